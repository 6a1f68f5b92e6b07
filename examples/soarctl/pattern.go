package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

func patternCommand() command {
	return command{
		name: "pattern",
		args: "check|match [-mode compatible|strict|lenient] [-data FILE] [PATTERN]...",
		summary: "check STIX patterns, or match them against the observed-data in a STIX bundle (-data);\n" +
			"      without PATTERN, one a line from standard input; one JSON object for each",
		run: patterns,
	}
}

func patterns(_ context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return usagef("want check or match")
	}
	var mode pattern.Mode
	f := flag.NewFlagSet("pattern", flag.ContinueOnError)
	f.TextVar(&mode, "mode", pattern.Compatible, "how strictly to read: compatible, strict, lenient")
	data := f.String("data", "", "file with a STIX bundle, for match")
	if err := parse(f, s, args[1:]); err != nil {
		return err
	}
	var answer func(string) any
	switch {
	case args[0] == "check" && *data == "":
		answer = func(source string) any { return checkPattern(mode, source) }
	case args[0] == "match" && *data != "" && (*data != "-" || f.NArg() > 0):
		observed, err := readObserved(s, *data)
		if err != nil {
			return err
		}
		answer = func(source string) any { return matchPattern(mode, source, observed) }
	default:
		return usagef("want check without -data, or match with it; not both patterns and data from standard input")
	}
	sources := f.Args()
	if len(sources) == 0 {
		var err error
		if sources, err = readLines(s); err != nil {
			return err
		}
	}
	return writePatterns(s.out, sources, answer)
}

func readObserved(s streams, name string) ([]*pattern.Observed, error) {
	data, err := readInput(s, name)
	if err != nil {
		return nil, err
	}
	observed, err := pattern.DecodeObserved(data)
	if err == nil && len(observed) == 0 {
		err = fmt.Errorf("%s holds no observed-data", name)
	}
	return observed, err
}

// readLines returns the lines of standard input that are not blank.
func readLines(s streams) ([]string, error) {
	data, err := readInput(s, "-")
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines, nil
}

// writePatterns writes one line for each pattern. It is errProblems if one of
// them was wrong.
func writePatterns(w io.Writer, sources []string, answer func(string) any) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	bad := false
	for _, source := range sources {
		line := answer(source)
		_, wrong := line.(patternProblem)
		bad = bad || wrong
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad {
		return errProblems
	}
	return nil
}

// A patternProblem is the line of a pattern that cannot be read or matched.
type patternProblem struct {
	Pattern string `json:"pattern"`
	Line    int    `json:"line,omitzero"`
	Column  int    `json:"column,omitzero"`
	Problem string `json:"problem"`
}

func problemOf(source string, err error) patternProblem {
	p := patternProblem{Pattern: source, Problem: strings.TrimPrefix(err.Error(), "pattern: ")}
	if at, ok := errors.AsType[*pattern.ParseError](err); ok {
		p.Line, p.Column, p.Problem = at.Line, at.Column, at.Kind.Error()+": "+at.Detail
	}
	return p
}

func checkPattern(mode pattern.Mode, source string) any {
	p, err := mode.Parse(source)
	if err != nil {
		return problemOf(source, err)
	}
	normal, err := p.Normal()
	if err != nil {
		return problemOf(source, err)
	}
	return struct {
		Pattern string `json:"pattern"`
		Normal  string `json:"normal"` // equal for patterns that say the same
	}{p.String(), normal.String()}
}

func matchPattern(mode pattern.Mode, source string, observed []*pattern.Observed) any {
	p, err := mode.Parse(source)
	if err != nil {
		return problemOf(source, err)
	}
	m, err := pattern.Compile(p)
	if err != nil {
		return problemOf(source, err)
	}
	found, err := m.Find(observed...)
	if err != nil {
		return problemOf(source, err)
	}
	return struct {
		Pattern  string `json:"pattern"`
		Match    bool   `json:"match"`
		Observed []int  `json:"observed,omitempty"` // which observed-data of the file, from 0
	}{m.String(), found != nil, found}
}
