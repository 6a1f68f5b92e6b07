// Command soarctl puts the library on a command line, for people and for
// scripts. Each subcommand writes JSON, one object a line, to standard output
// and what a person must know to standard error.
//
// Exit status: 0 fine, 1 problems found, 2 wrong use.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// The exit statuses.
const (
	fine     = 0
	problems = 1
	wrongUse = 2
)

// A streams value is what a subcommand may read and write.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// A command is one subcommand. Its run returns nil, errProblems after having
// written the problems out, a usageError, or what went wrong.
type command struct {
	name, args, summary string
	run                 func(ctx context.Context, s streams, args []string) error
}

func commands() []command {
	return []command{
		extractCommand(),
		refangCommand(),
		defangCommand(),
		validateCommand(),
		renderCommand(),
		runCommand(),
		patternCommand(),
		stixCommand(),
		mispCommand(),
	}
}

// errProblems ends a subcommand that did its work and found something wrong.
var errProblems = errors.New("problems found")

// A usageError is a call that cannot be understood.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	s := streams{in, out, errOut}
	if len(args) == 0 {
		usage(errOut)
		return wrongUse
	}
	switch name := args[0]; {
	case (name == "help" || name == "-h" || name == "-help" || name == "--help") && len(args) == 1:
		usage(out)
		return fine
	case name == "help":
		if c, ok := find(args[1]); ok {
			c.help(ctx, s)
			return fine
		}
		args = args[1:]
	default:
		if c, ok := find(name); ok {
			return c.status(ctx, s, args[1:])
		}
	}
	fmt.Fprintf(errOut, "soarctl: there is no subcommand %q; see soarctl help\n", args[0])
	return wrongUse
}

func find(name string) (command, bool) {
	all := commands()
	if i := slices.IndexFunc(all, func(c command) bool { return c.name == name }); i >= 0 {
		return all[i], true
	}
	return command{}, false
}

// help prints what a subcommand does, and its flags. One whose first argument says
// what to do names them in its summary.
func (c command) help(ctx context.Context, s streams) {
	fmt.Fprintf(s.out, "usage: soarctl %s %s\n\n  %s\n\n", c.name, c.args, c.summary)
	_ = c.run(ctx, s, []string{"-h"})
}

func (c command) status(ctx context.Context, s streams, args []string) int {
	err := c.run(ctx, s, args)
	if _, wrong := errors.AsType[*usageError](err); wrong {
		fmt.Fprintf(s.err, "soarctl %s: %v\nusage: soarctl %s %s\n", c.name, err, c.name, c.args)
		return wrongUse
	}
	switch {
	case err == nil:
		return fine
	case errors.Is(err, flag.ErrHelp):
		return fine
	case errors.Is(err, errProblems):
		return problems
	}
	fmt.Fprintf(s.err, "soarctl %s: %v\n", c.name, err)
	return problems
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: soarctl SUBCOMMAND [FLAG]... [ARGUMENT]...")
	for _, c := range commands() {
		fmt.Fprintf(w, "\n  soarctl %s %s\n      %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprintln(w, "\nexit status: 0 fine, 1 problems found, 2 wrong use; FILE - is standard input")
}

// parse reads a subcommand's flags; wrong ones are a usageError, and a call for
// help prints the flags.
func parse(f *flag.FlagSet, s streams, args []string) error {
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(s.out)
		f.PrintDefaults()
		return err
	case err != nil:
		return usagef("%v", err)
	}
	return nil
}

// MaxInput bounds what is read into memory from one file.
const maxInput = 64 << 20

// readInput returns a whole file, or standard input for "-" and "".
func readInput(s streams, name string) ([]byte, error) {
	r := s.in
	if name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxInput:
		return nil, fmt.Errorf("%s: larger than %d MiB, the limit for a file that is read whole", name, maxInput>>20)
	}
	return data, nil
}
