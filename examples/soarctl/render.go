package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/soarkit/soarkit/playbook"
)

func renderCommand() command {
	return command{
		name: "render",
		args: "[-format mermaid|dot|markdown] [-mode strict|spec|lenient] FILE",
		summary: "draw a CACAO 2.0 playbook as a diagram, or write it out as a runbook; one that is not valid\n" +
			"      is drawn as far as it goes, with what is wrong on standard error and exit status 1",
		run: render,
	}
}

func render(_ context.Context, s streams, args []string) error {
	f := flag.NewFlagSet("render", flag.ContinueOnError)
	format := f.String("format", "mermaid", "mermaid, dot or markdown")
	var mode playbook.Mode
	f.TextVar(&mode, "mode", playbook.Strict, "how strictly to judge: strict, spec, lenient")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return usagef("want one file, not %d", f.NArg())
	}
	draw, ok := map[string]func(*playbook.Playbook) string{
		"mermaid":  func(p *playbook.Playbook) string { return p.Mermaid(nil) },
		"dot":      func(p *playbook.Playbook) string { return p.DOT(nil) },
		"markdown": func(p *playbook.Playbook) string { return p.Markdown(nil) },
	}[*format]
	if !ok {
		return usagef("-format %s: want mermaid, dot or markdown", *format)
	}
	p, err := openPlaybook(s, f.Arg(0))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Arg(0), err)
	}
	if _, err = io.WriteString(s.out, draw(p)); err != nil {
		return err
	}
	bad := false
	for _, found := range p.Validate(mode) {
		if found.Severity == playbook.Error {
			bad = true
			fmt.Fprintf(s.err, "%s:%v\n", f.Arg(0), found)
		}
	}
	if bad {
		return errProblems
	}
	return nil
}
