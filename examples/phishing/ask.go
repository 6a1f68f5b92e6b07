package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/user"
	"strings"
	"sync"

	"github.com/soarkit/soarkit/workflow"
)

// answerer answers the playbook's questions, or is nil where nobody can be asked:
// then the run waits. All questions here are ones for yes or no, as a form with
// one such field or without a form. Before a person is asked, soFar is called.
func answerer(o options, in io.Reader, out io.Writer, soFar func(workflow.Pending)) workflow.Answerer {
	switch o.approve {
	case "yes", "no":
		return func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
			// A flag answers for the person who typed it, but was given before the
			// question could be read: a service, as the record has it.
			return answer(q, o.approve == "yes", workflow.Person{Name: "-approve " + o.approve, Service: true})
		}
	case "ask":
		p := &prompter{lines: linesOf(in), out: out, soFar: soFar, person: somebody(o.terminal)}
		return p.ask
	}
	return nil
}

// answer fills in the question's form.
func answer(q workflow.Pending, yes bool, by workflow.Person) (workflow.Answer, error) {
	a := workflow.Answer{Yes: yes, By: by}
	for _, f := range q.Prompt.Form {
		if f.Type != workflow.Bool {
			return a, fmt.Errorf("%w: the field %s wants a %s, and only yes or no can be given here", workflow.ErrNoAnswer, f.Name, f.Type)
		}
		if a.Values == nil {
			a.Values = map[string]any{}
		}
		a.Values[f.Name] = yes
	}
	return a, nil
}

// A prompter asks on a terminal, one question at a time.
type prompter struct {
	mu     sync.Mutex
	lines  <-chan string // closed when the terminal is gone
	out    io.Writer
	soFar  func(workflow.Pending)
	person workflow.Person
}

// linesOf reads lines in the background, since a read from a terminal cannot be
// cancelled. The goroutine ends with the input, or with the program.
func linesOf(in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// somebody is who answers, as far as the system knows.
func somebody(terminal bool) workflow.Person {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if terminal {
		return workflow.Person{Name: name + " at the terminal"}
	}
	return workflow.Person{Name: name + " over standard input"}
}

func (p *prompter) ask(ctx context.Context, q workflow.Pending) (workflow.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.soFar(q)
	fmt.Fprintf(p.out, "\n%s\n", printable(q.Prompt.Text))
	for {
		fmt.Fprintf(p.out, "yes or no? ")
		select {
		case <-ctx.Done():
			fmt.Fprintln(p.out)
			return workflow.Answer{}, context.Cause(ctx)
		case line, open := <-p.lines:
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "y", "yes":
				return answer(q, true, p.person)
			case "n", "no":
				return answer(q, false, p.person)
			}
			if !open { // the terminal is gone: leave the question open
				return workflow.Answer{}, workflow.ErrNoAnswer
			}
		}
	}
}
