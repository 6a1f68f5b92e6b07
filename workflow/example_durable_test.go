package workflow_test

import (
	"context"
	"fmt"
	"os"

	"github.com/soarkit/soarkit/workflow"
	"github.com/soarkit/soarkit/workflow/journal"
)

// A run waits for an approval while the program that started it is replaced.
func ExampleOpen() {
	contain := workflow.Must(workflow.New("contain", func(b *workflow.Builder, host workflow.Ref[string]) workflow.Ref[string] {
		ok := workflow.Approval(b, "approve", host, workflow.Describe("Isolate it?"))
		return workflow.Step2(b, "isolate", func(_ context.Context, host string, a workflow.Answer) (string, error) {
			return host + " isolated, " + a.By.Name + " agreed", nil
		}, host, ok)
	}))
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	process := func(work func(e *workflow.Engine) error) {
		j, err := journal.Open(ctx, dir, journal.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		defer j.Close()
		e, err := workflow.Open(ctx, j, contain) // goes on with what is unfinished
		if err != nil {
			fmt.Println(err)
			return
		}
		defer e.Close(ctx)
		if err := work(e); err != nil {
			fmt.Println(err)
		}
	}
	process(func(e *workflow.Engine) error {
		_, err := workflow.Start(ctx, e, contain, "INC-42", "host1")
		return err
	})
	process(func(e *workflow.Engine) error {
		r, err := workflow.Attach(e, contain, "INC-42")
		if err != nil {
			return err
		}
		for ev, err := range r.Events(ctx, 0) {
			if err != nil {
				return err
			}
			if ev.Kind == workflow.QuestionAsked {
				if err := e.Answer(*ev.Question, workflow.Answer{Yes: true, By: workflow.Person{Name: "ada"}}); err != nil {
					return err
				}
			}
		}
		result, err := r.Wait(ctx)
		fmt.Println(result)
		return err
	})
	// Output:
	// host1 isolated, ada agreed
}
