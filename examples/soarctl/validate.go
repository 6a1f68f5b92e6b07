package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/soarkit/soarkit/playbook"
)

func validateCommand() command {
	return command{
		name:    "validate",
		args:    "[-mode strict|spec|lenient] FILE...",
		summary: "check CACAO 2.0 playbooks, one JSON object for each problem; exit 1 if one is an error",
		run:     validate,
	}
}

// A fileProblem is one line of output.
type fileProblem struct {
	File string `json:"file"`
	playbook.Problem
}

// MarshalJSON puts the members in the order in which a person reads them.
func (p fileProblem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		File     string            `json:"file"`
		Code     string            `json:"code"`
		Severity playbook.Severity `json:"severity"`
		Pointer  string            `json:"pointer"`
		Line     int               `json:"line"`
		Column   int               `json:"column"`
		Message  string            `json:"message"`
		Section  string            `json:"section"`
	}{p.File, p.Code, p.Severity, p.Pointer, p.Line, p.Column, p.Message, p.Section})
}

func validate(_ context.Context, s streams, args []string) error {
	var mode playbook.Mode
	f := flag.NewFlagSet("validate", flag.ContinueOnError)
	f.TextVar(&mode, "mode", playbook.Strict, "how strictly to judge: strict, spec, lenient")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return usagef("want at least one file")
	}
	lines := json.NewEncoder(s.out)
	lines.SetEscapeHTML(false)
	bad := false
	for _, name := range f.Args() {
		found, err := check(s, name, mode)
		if err != nil {
			fmt.Fprintf(s.err, "soarctl validate: %v\n", err)
			bad = true
		}
		for _, p := range found {
			bad = bad || p.Severity == playbook.Error
			if err := lines.Encode(fileProblem{name, p}); err != nil {
				return err
			}
		}
	}
	if bad {
		return errProblems
	}
	return nil
}

// check returns what is wrong with one file; the error says that it could not
// be read at all.
func check(s streams, name string, mode playbook.Mode) ([]playbook.Problem, error) {
	p, err := openPlaybook(s, name)
	if invalid, ok := errors.AsType[*playbook.ValidationError](err); ok {
		return invalid.Problems, nil
	}
	if err != nil {
		return nil, err
	}
	return p.Validate(mode), nil
}

func openPlaybook(s streams, name string) (*playbook.Playbook, error) {
	if name == "-" {
		return playbook.Read(s.in)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return playbook.Read(f)
}
