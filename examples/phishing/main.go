// Command phishing is the main example: a mail that a user reported becomes a
// decision with its reasons, a set of indicators, a quarantine, a blocklist,
// notifications and a report, driven by a CACAO 2.0 playbook.
//
//	phishing [-out DIR] [-approve ask|yes|no] [-playbook FILE] [-online] [FILE.eml]
//
// Without a file it triages a sample of our own. It needs no network: names are
// resolved from a zone file of the samples, unless -online is given. All that it
// changes lies in the output directory, into which test data is copied.
//
// Where a person must decide and nobody can be asked (no terminal, no -approve),
// it stops with the run in the state waiting, writes the report so far, and
// prints the command that goes on. That command runs the playbook again: the
// steps before the question have no effect, or have it once and give the same
// answer again. (A run that waits on a journal goes on where it was; see
// examples/durable.) While a person is asked, the report so far is there; an
// interrupt cancels the run, a second one ends the program. One run at a time
// uses a directory.
//
// Exit status: 0 fine (also if waiting), 1 the run failed, was cancelled or could
// not begin, 2 wrong use.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program, whatever it is doing
	terminal := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	status := run(ctx, os.Args[1:], terminal, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// The exit statuses.
const (
	fine     = 0
	failed   = 1
	wrongUse = 2
)

// Files that a run writes into the output directory.
const (
	reportJSON     = "report.json"
	reportMarkdown = "report.md"
)

// Options are what the command line says.
type options struct {
	out      string
	approve  string // ask, yes, no, or "" where nobody can be asked
	playbook string // file; "" is the sample
	online   bool
	terminal bool   // a person sees what is printed, and can type
	mail     string // file; "" is the sample
}

func parseOptions(args []string, terminal bool, out io.Writer) (options, error) {
	o := options{terminal: terminal}
	f := flag.NewFlagSet("phishing", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.out, "out", "phishing-out", "directory for everything that is written")
	f.StringVar(&o.approve, "approve", "", "answer to every question: yes, no, or ask, which reads answers from standard input; the default is ask on a terminal and none elsewhere")
	f.StringVar(&o.playbook, "playbook", "", "CACAO 2.0 playbook to run; the default is the sample")
	f.BoolVar(&o.online, "online", false, "resolve names on the internet instead of in the samples' zone file")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(out)
		fmt.Fprintln(out, "usage: phishing [FLAG]... [FILE.eml]")
		f.PrintDefaults()
		return o, err
	}
	switch {
	case err != nil:
		return o, err
	case o.out == "":
		return o, errors.New("-out is empty: want a directory")
	case f.NArg() > 1:
		return o, fmt.Errorf("want one mail, not %d", f.NArg())
	case o.approve != "" && o.approve != "ask" && o.approve != "yes" && o.approve != "no":
		return o, fmt.Errorf("-approve %s: want ask, yes or no", o.approve)
	}
	if o.approve == "" && terminal {
		o.approve = "ask"
	}
	o.mail = f.Arg(0)
	return o, nil
}

func run(ctx context.Context, args []string, terminal bool, in io.Reader, out, errOut io.Writer) int {
	lines := &output{w: out}
	status := start(ctx, args, terminal, in, lines, errOut)
	if err := lines.failure(); err != nil && status == fine {
		fmt.Fprintf(errOut, "phishing: standard output: %v\n", err)
		return failed
	}
	return status
}

func start(ctx context.Context, args []string, terminal bool, in io.Reader, out, errOut io.Writer) int {
	o, err := parseOptions(args, terminal, out)
	if errors.Is(err, flag.ErrHelp) {
		return fine
	}
	if err != nil {
		fmt.Fprintf(errOut, "phishing: %s\nusage: phishing [-out DIR] [-approve ask|yes|no] [-playbook FILE] [-online] [FILE.eml]\n", printable(err.Error()))
		return wrongUse
	}
	r, err := runTriage(ctx, o, in, out)
	if r != nil {
		r.print(out, o.out)
	}
	if err != nil {
		fmt.Fprintf(errOut, "phishing: %s\n", printable(err.Error()))
		return failed
	}
	return fine
}

// sample returns the path of a file of the samples, unless another is given.
func sample(given, samples string, names ...string) string {
	if given != "" {
		return given
	}
	return filepath.Join(append([]string{samples}, names...)...)
}
