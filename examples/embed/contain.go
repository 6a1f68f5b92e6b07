package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// An Alert asks to contain a host.
type Alert struct {
	Host string `json:"host"`
}

// A Verdict says what is known about the host of an alert.
type Verdict struct {
	Host string `json:"host"`
	Bad  bool   `json:"bad"`
}

// newContain makes the definition: look the host up, ask a person if it is bad,
// isolate it, and release it again if anything after that fails.
func newContain() (*workflow.Workflow[Alert, string], error) {
	return workflow.New("contain", func(b *workflow.Builder, in workflow.Ref[Alert]) workflow.Ref[string] {
		verdict := workflow.Step(b, "look-up", lookUp, in,
			workflow.Retry(3, time.Second), workflow.Timeout(10*time.Second))
		approved := workflow.Approval(b, "approve", verdict,
			workflow.When(verdict, func(v Verdict) bool { return v.Bad }),
			workflow.Describe("Isolate this host?"), workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
		return workflow.Undo(
			workflow.Step2(b, "isolate", isolate, verdict, approved, workflow.Destructive(), workflow.Milestone("contained")),
			release)
	})
}

// lookUp stands for an enricher: hosts of the lab are bad.
func lookUp(_ context.Context, a Alert) (Verdict, error) {
	if a.Host == "" {
		return Verdict{}, workflow.Permanent(fmt.Errorf("the alert names no host"))
	}
	return Verdict{Host: a.Host, Bad: strings.HasPrefix(a.Host, "lab-") || strings.HasPrefix(a.Host, "ws-")}, nil
}

// isolate stands for a responder. It would hand the idempotency key on, so that
// the remote system does the same thing once however often it is asked.
func isolate(ctx context.Context, v Verdict, a workflow.Answer) (string, error) {
	call, _ := workflow.CallOf(ctx)
	return fmt.Sprintf("%s isolated for %s (key %.8s)", v.Host, a.By.Name, call.Key), nil
}

func release(context.Context, string) error { return nil }
