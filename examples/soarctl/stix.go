package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/stix"
)

func stixCommand() command {
	return command{
		name: "stix",
		args: "export|import|check [FLAG]... [FILE]",
		summary: "export: records, one JSON object a line, become a STIX 2.1 bundle (-to, -id, -tlp1);\n" +
			"      import: the reverse, one JSON object a line (-source, -role);\n" +
			"      check: what is wrong with a bundle, one JSON object for each problem (-warnings)",
		run: runSTIX,
	}
}

func runSTIX(_ context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return usagef("want export, import or check")
	}
	switch args[0] {
	case "export":
		return exportSTIX(s, args[1:])
	case "import":
		return importSTIX(s, args[1:])
	case "check":
		return checkSTIX(s, args[1:])
	}
	return usagef("want export, import or check, not %q", args[0])
}

func exportSTIX(s streams, args []string) error {
	var d door
	var e stix.Exporter
	f := flag.NewFlagSet("stix export", flag.ContinueOnError)
	d.flag(f)
	id := f.String("id", "", "identifier of the bundle; default: a random one")
	f.BoolVar(&e.TLPv1, "tlp1", false, "write TLP markings of version 1.0")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file")
	}
	if parsed, err := stix.ParseID(*id); *id != "" && (err != nil || parsed.Type() != "bundle") {
		return usagef("-id %s is no identifier of a bundle: bundle--UUID", *id)
	}
	in, err := openInput(s, f.Arg(0))
	if err != nil {
		return err
	}
	defer in.Close()
	w := stix.NewWriter(s.out, stix.ID(*id))
	bad := false
	for v, err := range e.Objects(d.pass(readRecords(in))) {
		if err != nil {
			bad = true
			fmt.Fprintln(s.err, err)
			continue
		}
		if err := w.Write(v); err != nil {
			return err
		}
	}
	if err := errors.Join(d.err, w.Close()); err != nil {
		return err
	}
	d.report(s)
	if bad {
		return errProblems
	}
	return nil
}

func importSTIX(s streams, args []string) error {
	m := &stix.Importer{At: time.Now()}
	f := flag.NewFlagSet("stix import", flag.ContinueOnError)
	f.StringVar(&m.Source, "source", "", "source of objects that name no creator; without it they are skipped")
	f.TextVar(&m.DefaultRole, "role", ioc.RoleUnknown, "role of indicators that do not say what they indicate: affected, actor, infrastructure, reporter")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file")
	}
	in, err := openInput(s, f.Arg(0))
	if err != nil {
		return err
	}
	defer in.Close()
	for o, err := range stix.NewReader(in).Objects() {
		if err != nil {
			return err
		}
		if err := m.Add(o); err != nil {
			return err
		}
	}
	set, skipped := m.Records()
	bad := false
	for _, k := range skipped {
		fmt.Fprintf(s.err, "line %d, %s: %v\n", k.Line, k.ID, k.Reason)
		bad = bad || !errors.Is(k.Reason, stix.ErrNoPattern)
	}
	if err := writeRecords(s.out, set); err != nil {
		return err
	}
	if bad {
		return errProblems
	}
	return nil
}

// A stixProblem is the line of one problem of a bundle.
type stixProblem struct {
	Object   stix.ID `json:"object,omitempty"`
	Line     int     `json:"line,omitzero"`
	Column   int     `json:"column,omitzero"`
	Pointer  string  `json:"pointer,omitempty"`
	Code     string  `json:"code"`
	Severity string  `json:"severity"`
	Section  string  `json:"section,omitempty"`
	Problem  string  `json:"problem"`
}

func checkSTIX(s streams, args []string) error {
	var rules stix.Rules
	f := flag.NewFlagSet("stix check", flag.ContinueOnError)
	f.BoolVar(&rules.Warnings, "warnings", false, "report also what should be different")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file")
	}
	in, err := openInput(s, f.Arg(0))
	if err != nil {
		return err
	}
	defer in.Close()
	err = stix.ValidateBundle(in, rules)
	if err == nil {
		return nil
	}
	lines := json.NewEncoder(s.out)
	lines.SetEscapeHTML(false)
	worst := error(nil)
	for _, p := range flatten(err) {
		if p.Severity != stix.Warning.String() {
			worst = errProblems
		}
		if err := lines.Encode(p); err != nil {
			return err
		}
	}
	return worst
}

// flatten turns the joined errors of a bundle into lines.
func flatten(err error) []stixProblem {
	var list []stixProblem
	switch e := err.(type) {
	case *stix.ValidationError:
		for _, p := range e.Problems {
			list = append(list, stixProblem{e.Object, p.Line, p.Column, p.Pointer, p.Code, p.Severity.String(), p.Section, p.Detail})
		}
	case *stix.SyntaxError:
		list = append(list, stixProblem{Line: e.Line, Column: e.Column, Pointer: e.Pointer, Code: "syntax", Severity: stix.Violation.String(), Problem: e.Reason})
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			list = append(list, flatten(inner)...)
		}
	default:
		list = append(list, stixProblem{Code: "bundle", Severity: stix.Violation.String(), Problem: err.Error()})
	}
	return list
}
