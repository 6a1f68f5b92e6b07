package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

func extractCommand() command {
	return command{
		name:    "extract",
		args:    "[-count] [-mode strict|balanced|loose] [-types TYPE,...] [-html] [FILE|-]",
		summary: "find indicators in text, one JSON object for each match, with byte offsets",
		run:     extract,
	}
}

// A found match is one line of output. End is exclusive.
type found struct {
	Type     ioc.Type `json:"type"`
	Value    string   `json:"value"`
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Defanged bool     `json:"defanged"`
	Implied  bool     `json:"implied"`
}

func extract(ctx context.Context, s streams, args []string) error {
	var x ioc.Extractor
	f := flag.NewFlagSet("extract", flag.ContinueOnError)
	count := f.Bool("count", false, "print the number of matches of each type instead of the matches")
	f.TextVar(&x.Mode, "mode", ioc.Balanced, "how much evidence a match needs: strict, balanced, loose")
	f.Func("types", "comma-separated types to look for; the default is all but phone and yara", func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			t, err := ioc.ParseType(strings.TrimSpace(name))
			if err != nil {
				return fmt.Errorf("%w; the types are %s", err, typeNames())
			}
			x.Types = append(x.Types, t)
		}
		return nil
	})
	f.BoolVar(&x.HTML, "html", false, "the text is HTML: skip tags within a name")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file, not %d", f.NArg())
	}
	in := s.in
	if name := f.Arg(0); name != "" && name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	out := bufio.NewWriter(s.out)
	err := writeMatches(ctx, out, &x, in, *count)
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	return err
}

func typeNames() string {
	var names []string
	for t := range ioc.Types() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

func writeMatches(ctx context.Context, w io.Writer, x *ioc.Extractor, in io.Reader, count bool) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	counts := make(map[ioc.Type]int)
	for m, err := range x.Read(in) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		counts[m.Indicator.Type()]++
		if count {
			continue
		}
		if err := lines.Encode(found{
			Type: m.Indicator.Type(), Value: m.Indicator.Value(), Start: m.Start, End: m.End,
			Defanged: m.Has(ioc.Defanged), Implied: m.Implied(),
		}); err != nil {
			return err
		}
	}
	if !count {
		return nil
	}
	for t := range ioc.Types() {
		if counts[t] == 0 {
			continue
		}
		if err := lines.Encode(struct {
			Type  ioc.Type `json:"type"`
			Count int      `json:"count"`
		}{t, counts[t]}); err != nil {
			return err
		}
	}
	return nil
}
