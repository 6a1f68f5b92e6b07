package main

import (
	"context"
	"flag"
	"io"

	"github.com/soarkit/soarkit/ioc"
)

func refangCommand() command {
	return command{
		name:    "refang",
		args:    "[FILE|-]",
		summary: "undo the defanging of indicators in text and leave the rest as it is",
		run: func(_ context.Context, s streams, args []string) error {
			return rewrite(s, "refang", args, ioc.Refang)
		},
	}
}

func defangCommand() command {
	return command{
		name:    "defang",
		args:    "[FILE|-]",
		summary: "defang the indicators in text, so that nothing in it can be clicked",
		run: func(_ context.Context, s streams, args []string) error {
			return rewrite(s, "defang", args, ioc.Defang)
		},
	}
}

func rewrite(s streams, name string, args []string, change func(string) string) error {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	if err := parse(f, s, args); err != nil {
		return err
	}
	if f.NArg() > 1 {
		return usagef("want one file, not %d", f.NArg())
	}
	text, err := readInput(s, f.Arg(0))
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, change(string(text)))
	return err
}
