package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

func runCommand() command {
	return command{
		name:    "run",
		args:    "[-var __name__=value]... [-dry-run] [-approve yes|no] [-allow NETWORK]... [-marking TLP:LEVEL] [-mode strict|spec|lenient] FILE",
		summary: "run a CACAO 2.0 playbook of manual and http-api commands: events as JSON lines, the last line is the result; exit 1 if the run failed",
		run:     runPlaybook,
	}
}

type runFlags struct {
	vars    map[string]string
	dryRun  bool
	approve string
	allow   []netip.Prefix
	marking marking.Marking
	mode    playbook.Mode
	file    string
}

func parseRun(s streams, args []string) (runFlags, error) {
	o := runFlags{vars: map[string]string{}}
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	f.Func("var", "value of an external variable, as __name__=value; may be repeated", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return fmt.Errorf("want __name__=value")
		}
		if _, twice := o.vars[name]; twice {
			return fmt.Errorf("%s is given twice", name)
		}
		o.vars[name] = value
		return nil
	})
	f.Func("allow", "network that http-api commands may reach besides public addresses, and without TLS; may be repeated", func(text string) error {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return errors.New("want a network such as 10.0.0.0/8")
		}
		o.allow = append(o.allow, p)
		return nil
	})
	f.TextVar(&o.marking, "marking", marking.Marking{}, "marking of the data, such as TLP:CLEAR; unmarked data stays in the organisation, so http-api commands to the public are refused")
	f.BoolVar(&o.dryRun, "dry-run", false, "carry out no command: say what would run")
	f.StringVar(&o.approve, "approve", "", "answer to every yes-or-no question: yes or no; without it the run waits")
	f.TextVar(&o.mode, "mode", playbook.Strict, "how strictly to judge: strict, spec, lenient")
	if err := parse(f, s, args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() != 1:
		return o, usagef("want one file, not %d", f.NArg())
	case o.approve != "" && o.approve != "yes" && o.approve != "no":
		return o, usagef("-approve %s: want yes or no", o.approve)
	}
	o.file = f.Arg(0)
	return o, nil
}

// The states of what was not run.
const (
	statePlanned = "planned" // a dry run
	stateRefused = "refused" // the playbook, or what it was given, cannot be used
)

// An outcome is the last line of output.
type outcome struct {
	Kind      string             `json:"kind"`  // always "result"
	State     string             `json:"state"` // of the run; planned or refused if there was none
	Variables map[string]string  `json:"variables,omitempty"`
	Error     string             `json:"error,omitempty"`
	Problems  []playbook.Problem `json:"problems,omitempty"`
	Questions []workflow.Pending `json:"questions,omitempty"`
}

// Planned is one line of a dry run: a command that would be carried out.
type planned struct {
	Kind string `json:"kind"` // always "planned"
	playbook.Planned
}

func runPlaybook(ctx context.Context, s streams, args []string) error {
	o, err := parseRun(s, args)
	if err != nil {
		return err
	}
	lines := &eventLines{enc: json.NewEncoder(s.out)}
	lines.enc.SetEscapeHTML(false)
	last := outcome{Kind: "result", State: stateRefused}
	err = execute(ctx, s, o, lines, &last)
	if waiting, ok := errors.AsType[*workflow.WaitingError](err); ok {
		last.Questions, err = waiting.Questions, nil // waiting is no failure
	}
	if err != nil {
		last.Error = err.Error()
	}
	if invalid, ok := errors.AsType[*playbook.ValidationError](err); ok {
		last.Problems = explained(invalid.Problems)
		last.Error = fmt.Sprintf("%s: %v", o.file, playbook.ErrInvalid)
		err = fmt.Errorf("%s: %w", o.file, &playbook.ValidationError{Problems: last.Problems})
	}
	if writeErr := errors.Join(lines.err, lines.enc.Encode(last)); writeErr != nil {
		return writeErr
	}
	if err != nil {
		fmt.Fprintf(s.err, "soarctl run: %v\n", err)
		return errProblems
	}
	return nil
}

// explained returns the errors among problems, in the words of this command: who
// runs it has no executors to pass.
func explained(problems []playbook.Problem) []playbook.Problem {
	var out []playbook.Problem
	for _, p := range problems {
		if p.Severity != playbook.Error {
			continue
		}
		if p.Code == "RUN-01" {
			what, _, _ := strings.Cut(p.Message, ";")
			p.Message = what + "; soarctl runs manual and http-api commands, others need a program such as examples/phishing"
		}
		out = append(out, p)
	}
	return out
}

// wanted adds to an error about values that are missing how to give them.
func wanted(err error, p *playbook.Playbook, given map[string]string) error {
	if !errors.Is(err, playbook.ErrNoValue) {
		return err
	}
	var flags []string
	for _, v := range p.Variables {
		if _, ok := given[v.Name]; v.External && !v.HasValue && !ok {
			flags = append(flags, "-var "+v.Name+"=VALUE")
		}
	}
	return fmt.Errorf("%w: %s", err, strings.Join(flags, " "))
}

func execute(ctx context.Context, s streams, o runFlags, lines *eventLines, last *outcome) error {
	p, err := openPlaybook(s, o.file)
	if err != nil {
		return err
	}
	if o.dryRun {
		plan, err := playbook.DryRun(ctx, p, playbook.DryRunOptions{Mode: o.mode}, o.vars)
		for _, c := range plan {
			lines.encode(planned{"planned", c})
		}
		if err == nil {
			last.State = statePlanned
		}
		return wanted(err, p, o.vars)
	}
	can, done, err := executors(o.allow)
	if err != nil {
		return err
	}
	defer done()
	program, err := playbook.Compile(ctx, p, playbook.Options{Mode: o.mode, Executors: can, Marking: o.marking})
	if err != nil {
		return err
	}
	opts := []workflow.RunOption{workflow.Observe(lines.write)}
	if o.approve != "" {
		opts = append(opts, workflow.AnswerWith(o.answer))
	}
	result, err := program.Run(ctx, o.vars, opts...)
	if result != nil {
		last.State, last.Variables = result.State().String(), result.Variables
		return err
	}
	return wanted(err, p, o.vars)
}

// answer says yes or no to a question that a yes or no can answer.
func (o runFlags) answer(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
	a := workflow.Answer{Yes: o.approve == "yes", By: workflow.Person{Name: "soarctl -approve " + o.approve, Service: true}}
	for _, f := range q.Prompt.Form {
		if f.Type != workflow.Bool {
			return a, fmt.Errorf("%w: the field %s wants a %s", workflow.ErrNoAnswer, f.Name, f.Type)
		}
		if a.Values == nil {
			a.Values = map[string]any{}
		}
		a.Values[f.Name] = a.Yes
	}
	return a, nil
}

// executors returns what a playbook may do from a command line: ask, and send
// HTTP requests to hosts on the public internet. A program of your own passes a
// catalog of connectors as well; see examples/phishing.
func executors(allow []netip.Prefix) (e playbook.Executors, done func() error, err error) {
	client, err := connector.NewClient(connector.ClientOptions{
		Connector: "soarctl", Addresses: connector.AddressPolicy{Allow: allow}, AllowPlaintext: len(allow) > 0,
	})
	if err != nil {
		return nil, nil, err
	}
	return playbook.Executors{
		playbook.ManualCommand: playbook.Manual(),
		playbook.HTTPCommand:   playbook.HTTP(client, playbook.HTTPOptions{}),
	}, client.Close, nil
}

// eventLines writes each event as a line; it remembers the first error.
type eventLines struct {
	mu  sync.Mutex
	enc *json.Encoder
	err error
}

func (l *eventLines) write(e workflow.Event) { l.encode(e) }

func (l *eventLines) encode(line any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = l.enc.Encode(line)
	}
}
