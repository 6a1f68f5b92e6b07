package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// A triage is one run of the playbook over one mail, and what is known of it.
type triage struct {
	options
	mailName  string // as it was given
	source    []byte // of the playbook
	playbook  *playbook.Playbook
	workspace *workspace
	record    record   // what the operations answered
	follow    progress // what became of the steps
	began     time.Time
}

// runTriage runs the playbook over one mail and writes the report. The report is
// not nil if the run started; the error then says that it failed.
func runTriage(ctx context.Context, o options, in io.Reader, out io.Writer) (*report, error) {
	samples, err := findSamples()
	if err != nil {
		return nil, err
	}
	t := &triage{options: o}
	t.mailName = sample(o.mail, samples, "mail", "phishing.eml")
	mail, err := readMail(t.mailName)
	if err != nil {
		return nil, err
	}
	file := sample(o.playbook, samples, "playbooks", "phishing.json")
	if t.source, t.playbook, err = loadPlaybook(file); err == nil {
		err = t.tryPlaybook(ctx, samples)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if t.workspace, err = openWorkspace(o.out); err != nil {
		return nil, err
	}
	defer t.workspace.Close()
	if err := t.workspace.fill(mail, samples); err != nil {
		return nil, err
	}
	tools, err := openCatalog(t.workspace, samples, o.online, &t.record)
	if err != nil {
		return nil, err
	}
	defer tools.Close()
	program, err := compile(ctx, t.playbook, tools)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t.run(ctx, program, in, out)
}

// tryPlaybook compiles the playbook against the catalog over empty directories,
// so that nothing is written for one that cannot run here.
func (t *triage) tryPlaybook(ctx context.Context, samples string) error {
	dir, err := os.MkdirTemp("", "phishing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := openWorkspace(dir)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.makeDirs(mailDir, blocklistDir, outboxDir, maildirDir, logsDir, intelDir); err != nil {
		return err
	}
	tools, err := openCatalog(w, samples, t.online, new(record))
	if err != nil {
		return err
	}
	defer tools.Close()
	_, err = compile(ctx, t.playbook, tools)
	return err
}

func compile(ctx context.Context, p *playbook.Playbook, tools *toolbox) (*playbook.Program, error) {
	return playbook.Compile(ctx, p, playbook.Options{
		Executors: playbook.Executors{
			playbook.ManualCommand:    playbook.Manual(),
			playbook.OperationCommand: playbook.Operations(tools.catalog),
		},
		// What is learned from the mail may be shared with those who can help: the
		// guard lets it go to an abuse desk, and to nobody in public.
		Marking: marking.Marking{TLP: marking.TLPGreen},
	})
}

func (t *triage) run(ctx context.Context, program *playbook.Program, in io.Reader, out io.Writer) (*report, error) {
	t.follow.playbook, t.follow.out, t.began = t.playbook, out, time.Now()
	id := "phishing-" + t.workspace.sum[:16]
	opts := []workflow.RunOption{workflow.RunID(id), workflow.Observe(t.follow.observe)}
	soFar := func(q workflow.Pending) {
		t.follow.asked(q, program.Step(q.Path))
		if err := t.writeSoFar(id, q); err != nil {
			fmt.Fprintf(out, "the report so far cannot be written: %v\n", err)
		}
	}
	if ask := answerer(t.options, in, out, soFar); ask != nil {
		opts = append(opts, workflow.AnswerWith(t.follow.decisions.listen(ask)))
	}
	result, err := program.Run(ctx, map[string]string{"__mail__": t.workspace.mail}, opts...)
	if result == nil {
		return nil, err
	}
	r := t.report(id, result.State())
	if waiting, ok := errors.AsType[*workflow.WaitingError](err); ok {
		r.wait(waiting.Questions, t.goOn())
		err = nil
	}
	if err != nil {
		err = cause(ctx, err)
		r.Run.Error = err.Error()
		err = fmt.Errorf("%s: %w", t.mailName, err)
	}
	return r, errors.Join(err, t.write(r))
}

// cause is what a person must know of a failed run: the innermost step that
// failed, and why; or what cancelled it. The way to it is in the report, with the
// failure of each step.
func cause(ctx context.Context, err error) error {
	inner, found := errors.AsType[*playbook.StepError](err)
	switch {
	case ctx.Err() != nil && errors.Is(err, workflow.ErrCancelled):
		return fmt.Errorf("%w: %w", workflow.ErrCancelled, context.Cause(ctx))
	case !found:
		return err
	}
	for next := inner; found; next, found = errors.AsType[*playbook.StepError](inner.Err) {
		inner = next
	}
	return fmt.Errorf("step %q: %w", inner.Name, inner.Err)
}

// writeSoFar writes the report of a run that waits for an answer: a person may
// think for long, or never answer.
func (t *triage) writeSoFar(run string, q workflow.Pending) error {
	r := t.report(run, workflow.StateWaiting)
	r.wait([]workflow.Pending{q}, t.goOn())
	return t.write(r)
}

func loadPlaybook(name string) (source []byte, p *playbook.Playbook, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, errors.Unwrap(err) // the caller names the file
	}
	defer f.Close()
	source, err = io.ReadAll(io.LimitReader(f, playbook.MaxBytes+1))
	if err == nil {
		p, err = playbook.Decode(source)
	}
	return source, p, err
}
