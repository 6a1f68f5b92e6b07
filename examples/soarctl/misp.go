package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"github.com/google/uuid"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/misp"
)

func mispCommand() command {
	return command{
		name: "misp",
		args: "export|import [FLAG]... [FILE]",
		summary: "export: records, one JSON object a line, become a MISP event (-to, -info, -org, -uuid);\n" +
			"      import: events, alone or as a server's answer, become records, one JSON object a line (-source)",
		run: runMISP,
	}
}

func runMISP(_ context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return usagef("want export or import")
	}
	switch args[0] {
	case "export":
		return exportMISP(s, args[1:])
	case "import":
		return importMISP(s, args[1:])
	}
	return usagef("want export or import, not %q", args[0])
}

func exportMISP(s streams, args []string) error {
	var d door
	var x misp.Exporter
	f := flag.NewFlagSet("misp export", flag.ContinueOnError)
	d.flag(f)
	f.StringVar(&x.Info, "info", "", "title of the event")
	f.StringVar(&x.UUID, "uuid", "", "UUID of the event; default: a random one")
	org := f.String("org", "", "name of the organisation that makes the event")
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file")
	}
	if x.UUID != "" && uuid.Validate(x.UUID) != nil {
		return usagef("-uuid %s is no UUID", x.UUID)
	}
	if *org != "" {
		x.Orgc = &misp.Organisation{Name: *org}
	}
	in, err := openInput(s, f.Arg(0))
	if err != nil {
		return err
	}
	defer in.Close()
	event, err := x.Event(d.pass(readRecords(in)))
	d.report(s)
	if err := cmp.Or(d.err, err); err != nil { // without records the event fails, too
		return err
	}
	out := json.NewEncoder(s.out)
	out.SetEscapeHTML(false)
	return out.Encode(event)
}

func importMISP(s streams, args []string) error {
	var m misp.Importer
	f := flag.NewFlagSet("misp import", flag.ContinueOnError)
	f.StringVar(&m.Source, "source", "", "source of events that name no organisation; without it they are skipped")
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
	all, bad := &ioc.Set{}, false
	for event, err := range misp.Events(in) {
		if err != nil {
			return err
		}
		set, skipped := m.Records(event)
		for _, k := range skipped {
			fmt.Fprintf(s.err, "event %s%s: %v\n", event.UUID, k.Pointer, k.Reason)
			bad = bad || !errors.Is(k.Reason, misp.ErrNoIndicator)
		}
		if err := all.Merge(set); err != nil {
			return err
		}
	}
	if err := writeRecords(s.out, all); err != nil {
		return err
	}
	if bad {
		return errProblems
	}
	return nil
}
