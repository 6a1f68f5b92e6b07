package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// print prints what a person wants to know at the end: the verdict with its
// reasons, the indicators, what was done, and where the rest is.
func (r *report) print(w io.Writer, dir string) {
	if r.Verdict != "" {
		fmt.Fprintf(w, "\nVerdict: %s (score %d; malicious from %d on)\n", r.Verdict, r.Score, maliciousFrom)
		for _, x := range r.Reasons {
			fmt.Fprintf(w, "  %+4d  %s (%s)\n", x.Points, printable(x.Text), x.Where)
		}
	}
	if r.Conclusion != "" {
		fmt.Fprintf(w, "Conclusion: %s, decided by %s\n", r.Conclusion, printable(r.ConcludedBy))
	}
	r.printIndicators(w)
	for i, d := range r.Decisions {
		if i == 0 {
			fmt.Fprintln(w, "\nDecided")
		}
		fmt.Fprintf(w, "  %s: %s, by %s at %s\n", printable(d.Step), d.Answer, printable(d.who()), d.Answered.Format(time.RFC3339))
	}
	if len(r.Actions) > 0 {
		fmt.Fprintln(w, "\nDone")
		for _, a := range r.Actions {
			fmt.Fprintf(w, "  %s%s: %s\n", warning(a, "WARNING "), a.What, printable(a.Outcome))
			for _, d := range a.Detail {
				fmt.Fprintf(w, "      %s\n", printable(d))
			}
		}
	}
	fmt.Fprintf(w, "\nRun %s: %s\n", r.Run.ID, r.Run.State)
	fmt.Fprintf(w, "Report (%s): %s, %s\n", r.Marking, printable(filepath.Join(dir, reportMarkdown)), printable(filepath.Join(dir, reportJSON)))
	if r.Waiting != nil {
		fmt.Fprintln(w, "\nA person must decide:")
		for _, q := range r.Waiting.Questions {
			first, _, _ := strings.Cut(q, "\n") // the report has all of it
			fmt.Fprintf(w, "  %s\n", printable(first))
		}
		fmt.Fprintf(w, "Go on with (or -approve no):\n  %s\n", r.Waiting.GoOn)
	}
}

// warning is the mark of an action that somebody must look after.
func warning(a action, mark string) string {
	if a.Warning {
		return mark
	}
	return ""
}

func (r *report) printIndicators(w io.Writer) {
	if len(r.Indicators) == 0 {
		return
	}
	fmt.Fprintln(w, "\nIndicators")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, i := range r.Indicators {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", i.Type, printable(i.Defanged), printable(strings.Join(i.Where, "; ")))
	}
	table.Flush()
}

// An output takes lines from the run's events and from a question to a person at
// the same time, and remembers whether one was lost.
type output struct {
	mu  sync.Mutex
	w   io.Writer
	err error // the first one
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// printable keeps what a mail's author wrote from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r == 0x7f || 0x80 <= r && r <= 0x9f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069) {
			return '\ufffd'
		}
		return r
	}, s)
}

// short is a duration as a person reads it.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
