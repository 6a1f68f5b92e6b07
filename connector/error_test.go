package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
)

func ExampleError() {
	err := fmt.Errorf("step %q: %w", "lookup", &connector.Error{
		Kind: connector.ErrRateLimited, Connector: "rdap", Op: connector.OpEnrich, Status: 429,
		NotBefore: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	})
	if errors.Is(err, connector.ErrRateLimited) {
		e, _ := errors.AsType[*connector.Error](err)
		fmt.Println(e.Retryable(), e.RetryAt().Format(time.Kitchen))
	}
	fmt.Println(err)
	// Output:
	// true 12:00PM
	// step "lookup": rdap enrich: rate limited (status 429, not before 2026-11-23T12:00:00Z)
}

func TestKinds(t *testing.T) {
	retryable := map[connector.Kind]bool{
		connector.ErrTransient: true, connector.ErrTimeout: true, connector.ErrRateLimited: true, connector.ErrQuota: true,
	}
	kinds := connector.Kinds()
	if len(kinds) != 13 {
		t.Errorf("%d kinds, want the 13 of the design", len(kinds))
	}
	for _, k := range kinds {
		e := &connector.Error{Kind: k}
		if e.Retryable() != retryable[k] {
			t.Errorf("%v: retryable = %v", k, e.Retryable())
		}
		if e.Indeterminate() != (k == connector.ErrIndeterminate) {
			t.Errorf("%v: indeterminate = %v", k, e.Indeterminate())
		}
		if !errors.Is(fmt.Errorf("x: %w", e), k) || connector.KindOf(fmt.Errorf("x: %w", e)) != k {
			t.Errorf("%v: not found by errors.Is", k)
		}
		var back connector.Kind
		if text, err := k.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != k {
			t.Errorf("%v: text form %q reads back as %v", k, text, back)
		}
	}
}

type foreign struct{ retryable, indeterminate bool }

func (foreign) Error() string         { return "foreign" }
func (f foreign) Retryable() bool     { return f.retryable }
func (f foreign) Indeterminate() bool { return f.indeterminate }

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want connector.Kind
	}{
		{nil, 0},
		{errors.New("x"), connector.ErrPermanent},
		{context.Canceled, connector.ErrCancelled},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), connector.ErrTimeout},
		{foreign{retryable: true}, connector.ErrTransient},
		{foreign{retryable: true, indeterminate: true}, connector.ErrIndeterminate},
		{connector.ErrConflict, connector.ErrConflict},
		{&connector.Error{}, connector.ErrPermanent},
		{errors.Join(io.EOF, &connector.Error{Kind: connector.ErrQuota}), connector.ErrQuota},
	} {
		if got := connector.KindOf(c.err); got != c.want {
			t.Errorf("KindOf(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}

func ExampleSecret() {
	config := struct {
		User  string           `json:"user"`
		Token connector.Secret `json:"token"`
	}{"analyst", connector.NewSecret("hunter2")}
	b, _ := json.Marshal(config)
	fmt.Println(string(b))
	fmt.Println(config.Token, config.Token.Reveal())
	// Output:
	// {"user":"analyst","token":"[redacted]"}
	// [redacted] hunter2
}

func TestSecretShowsNowhere(t *testing.T) {
	const canary = "hunter2"
	type inner struct{ token connector.Secret }
	v := struct {
		inner
		Token connector.Secret
		list  []connector.Secret
	}{inner{connector.NewSecret(canary)}, connector.NewSecret(canary), []connector.Secret{connector.NewSecret(canary)}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v, "token", v.Token)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v, "token", v.Token)
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprintf("%v %+v %#v", v, v, v), fmt.Sprintf("%v %+v %#v %s %q", v.Token, v.Token, v.Token, v.Token, v.Token),
		string(b), log.String(),
	} {
		if strings.Contains(shown, canary) || strings.Contains(shown, fmt.Sprintf("%x", canary)) {
			t.Errorf("the secret shows in %s", shown)
		}
	}
	var back connector.Secret
	if err := back.UnmarshalText([]byte(connector.Redacted)); !errors.Is(err, connector.ErrInvalid) {
		t.Errorf("a redacted secret was taken for one: %v", err)
	}
	if !(connector.Secret{}).IsZero() || !connector.NewSecret("").IsZero() {
		t.Error("no secret is not zero")
	}
}
