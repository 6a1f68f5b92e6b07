package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// maxLine bounds one record's line.
const maxLine = 16 << 20

// openInput opens a file that is read piece by piece, or standard input for "-"
// and "".
func openInput(s streams, name string) (io.ReadCloser, error) {
	if name == "" || name == "-" {
		return io.NopCloser(s.in), nil
	}
	return os.Open(name)
}

// readRecords yields the records of a JSON Lines file. An error names the line
// and ends it.
func readRecords(r io.Reader) iter.Seq2[ioc.Record, error] {
	return func(yield func(ioc.Record, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		n := 1
		for ; lines.Scan(); n++ {
			text := bytes.TrimSpace(lines.Bytes())
			if len(text) == 0 {
				continue
			}
			record, err := readRecord(text)
			if err != nil {
				yield(ioc.Record{}, fmt.Errorf("line %d%w", n, err))
				return
			}
			if !yield(record, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("line %d: longer than %d bytes", n, maxLine)
			}
			yield(ioc.Record{}, err)
		}
	}
}

// readRecord reads one line. Package json alone would take keys that occur twice
// and text that is not Unicode; its errors about types speak of Go.
func readRecord(text []byte) (record ioc.Record, err error) {
	n, err := jsontree.Parse(text, jsontree.Limits{MaxBytes: maxLine})
	if e, ok := errors.AsType[*jsontree.Error](err); ok {
		detail := strings.TrimSuffix(e.Detail, ", first given in line 1") // of the record, not of the file
		return record, fmt.Errorf(", column %d: %w: %s", e.Pos.Column, e.Kind, detail)
	}
	if n.Kind() != jsontree.Object {
		return record, fmt.Errorf(": found a value of kind %v; a record is an object", n.Kind())
	}
	if err := json.Unmarshal(text, &record); err != nil {
		return record, fmt.Errorf(": %w", err)
	}
	return record, nil
}

// writeRecords writes one record a line.
func writeRecords(w io.Writer, set *ioc.Set) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for r := range set.All() {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	return out.Flush()
}

// A door lets through the records that may be handed to an audience, and counts
// those that may not.
type door struct {
	to       marking.Audience
	withheld int
	err      error // of reading
}

// flag adds the flag -to.
func (d *door) flag(f *flag.FlagSet) {
	f.TextVar(&d.to, "to", marking.OwnOrganisation,
		"who will receive it: named-recipients, own-organisation, clients, community, public;\nrecords whose marking forbids that are withheld")
}

// pass yields the records that may leave. After it, err and withheld say what
// became of the others. A record's strictest marking counts, and no marking
// counts as TLP:AMBER+STRICT.
func (d *door) pass(records iter.Seq2[ioc.Record, error]) iter.Seq[ioc.Record] {
	return func(yield func(ioc.Record) bool) {
		for r, err := range records {
			if err != nil {
				d.err = err
				return
			}
			if r.At(time.Time{}).Marking.Allows(d.to, marking.Offline) != nil {
				d.withheld++
				continue
			}
			if !yield(r) {
				return
			}
		}
	}
}

// report tells a person how many records stayed behind.
func (d *door) report(s streams) {
	if d.withheld > 0 {
		fmt.Fprintf(s.err, "%d records withheld: their marking forbids to hand them to: %v\n", d.withheld, d.to)
	}
}
