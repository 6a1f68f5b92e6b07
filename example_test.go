package soarkit_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/workflow"
)

// A report is read, what it names is judged, and a person approves the block.
func Example() {
	contain, err := workflow.New("contain", func(b *workflow.Builder, report workflow.Ref[string]) workflow.Ref[string] {
		seen := workflow.Step(b, "extract", extract, report)
		bad := workflow.Step(b, "judge", judge, seen, workflow.Retry(3, time.Second), workflow.Timeout(10*time.Second))
		ok := workflow.Approval(b, "approve", bad, workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
		return workflow.Undo(workflow.Step2(b, "block", block, bad, ok), unblock)
	})
	if err != nil {
		fmt.Println(err) // every problem of the definition at once
		return
	}
	report := "The beacon calls hxxps://login.evil[.]example[.]com/a from 198.51.100[.]7."
	fmt.Println(contain.Run(context.Background(), report, workflow.AnswerWith(sayYes)))
	// Output: blocked: login[.]evil[.]example[.]com 198[.]51[.]100[.]7 <nil>
}

func extract(_ context.Context, report string) ([]ioc.Match, error) {
	return ioc.Extract(report), nil
}

func judge(_ context.Context, seen []ioc.Match) ([]ioc.Indicator, error) {
	var bad []ioc.Indicator
	for _, m := range seen {
		if t := m.Indicator.Type(); t == ioc.Domain || t == ioc.IPv4 {
			bad = append(bad, m.Indicator)
		}
	}
	return bad, nil
}

func block(_ context.Context, bad []ioc.Indicator, _ workflow.Answer) (string, error) {
	var done strings.Builder
	done.WriteString("blocked:")
	for _, i := range bad {
		done.WriteString(" " + i.Defang())
	}
	return done.String(), nil
}

func unblock(context.Context, string) error { return nil }

func sayYes(context.Context, workflow.Pending) (workflow.Answer, error) {
	return workflow.Answer{Yes: true, By: workflow.Person{Name: "kim"}}, nil
}
