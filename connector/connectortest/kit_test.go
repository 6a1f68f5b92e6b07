package connectortest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/soarkit/soarkit/connector/connectortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// families says which clauses a fake of each family can break.
var families = map[string][]string{
	"enricher":  {"not-found", "json", "marking"},
	"responder": {"plan-without-effect", "edited-plan", "apply-twice", "verify", "revert"},
	"notifier":  {"notify-twice"},
	"source":    {"resume"},
}

// common are the clauses that a fake of every family can break.
var common = []string{"manifest", "operations", "cancel", "deadline", "ended-context", "failure", "secrets", "wrap", "concurrent", "goroutines"}

func TestGoodFakesPass(t *testing.T) {
	for family := range families {
		t.Run(family, func(t *testing.T) { connectortest.Run(t, open(family, "")) })
	}
}

// Each fault must be found by the clause that is named after it, and by no other.
func TestEachFaultBreaksItsClause(t *testing.T) {
	tried := map[string]bool{}
	full := os.Getenv("SOARKIT_FULL") == "1"
	for family, own := range families {
		faults := own
		if family == "enricher" || full { // the common clauses do not know families
			faults = slices.Concat(own, common)
		}
		for _, fault := range faults {
			tried[fault] = true
			t.Run(family+"/"+fault, func(t *testing.T) {
				err := connectortest.Check(t.Context(), open(family, fault))
				if broken := brokenClauses(err); len(broken) != 1 || broken[0] != fault {
					t.Errorf("broken are %v, want %s alone:\n%v", broken, fault, err)
				}
				if err != nil && fault != "secrets" && strings.Contains(err.Error(), connectortest.Canary) {
					t.Errorf("the kit's own error shows the credential: %v", err)
				}
			})
		}
	}
	for _, c := range connectortest.Clauses() {
		if !tried[c.Name] {
			t.Errorf("no fake breaks the clause %q", c.Name)
		}
		if c.Reason == "" {
			t.Errorf("the clause %q gives no reason", c.Name)
		}
	}
}

func brokenClauses(err error) (names []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, err := range joined.Unwrap() {
		if broken, ok := errors.AsType[*connectortest.BrokenError](err); ok {
			names = append(names, broken.Clause.Name)
		}
	}
	return names
}

func TestConnectorThatCannotBeOpened(t *testing.T) {
	err := connectortest.Check(t.Context(), func(*connectortest.Setup) (connectortest.Target, error) {
		return connectortest.Target{}, errors.New("no such server")
	})
	if err == nil || !strings.Contains(err.Error(), "no such server") {
		t.Errorf("got %v", err)
	}
	if err = connectortest.Check(t.Context(), func(*connectortest.Setup) (connectortest.Target, error) {
		return connectortest.Target{}, nil
	}); err == nil {
		t.Error("a target of nothing passed")
	}
}

func ExampleCheck() {
	// A responder whose Verify believes the receipt.
	err := connectortest.Check(context.Background(), open("responder", "verify"))
	for _, name := range brokenClauses(err) {
		fmt.Println("broken:", name)
	}
	// Output:
	// broken: verify
}
