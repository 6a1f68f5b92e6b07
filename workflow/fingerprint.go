package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Fingerprint identifies what runs of the definition depend on across restarts:
// the names, kinds, joins and frames of its steps, the edges between them, how
// many items or iterations of a step there may be, the JSON shape of results,
// and [Version]. It does not depend on retries, timeouts, delays, semaphores,
// texts, labels and the names of Go types, and it cannot see function bodies. Equal
// definitions have equal fingerprints in every process.
func (d *Definition) Fingerprint() string {
	d.printOnce.Do(func() {
		h := sha256.New()
		for _, line := range d.outline() {
			h.Write([]byte(line))
			h.Write([]byte{'\n'})
		}
		d.print = hex.EncodeToString(h.Sum(nil)[:16])
	})
	return d.print
}

// Diff returns how other differs from d in what the fingerprint covers: lines that
// only d has, after "- ", and lines that only other has, after "+ "; nil if their
// fingerprints are equal.
func (d *Definition) Diff(other *Definition) []string {
	return diffOutlines(d.outline(), other.outline())
}

// outline lists what the fingerprint covers, a line for each thing. Steps come in
// the order of declaration, which their numbers in a journal depend on.
func (d *Definition) outline() []string {
	lines := []string{fmt.Sprintf("definition %s version=%q", d.name, d.settings.version)}
	for _, f := range d.frames {
		lines = append(lines, f.outline()...)
		for i := range f.nodes {
			lines = append(lines, d.outlineStep(f, &f.nodes[i]))
		}
		for _, e := range f.edges {
			lines = append(lines, fmt.Sprintf("edge %s%s -> %s%s %v", f.path(), f.nodes[e.From].name, f.path(), f.nodes[e.To].name, e.On))
		}
	}
	return lines
}

func (f *Frame) outline() []string {
	line := "frame /" + f.path()
	if f.result >= 0 {
		line += " returns " + f.path() + f.nodes[f.result].name
	}
	return []string{line}
}

func (d *Definition) outlineStep(f *Frame, n *nodeDef) string {
	var s strings.Builder
	fmt.Fprintf(&s, "step %s%s %v", f.path(), n.name, n.kind)
	if r := n.rare; r != nil {
		r.outline(&s, n.kind)
	}
	if t := d.resultType(n); t != nil && recorded(n.kind) {
		s.WriteString(" result=" + d.settings.codecs.shape(t))
	}
	return s.String()
}

func (r *rareDef) outline(s *strings.Builder, kind machine.Kind) {
	if r.join != JoinAll {
		fmt.Fprintf(s, " join=%v", r.join)
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{
		{r.cond != nil, "conditional"},
		{r.set&optAtMostOnce != 0, "at_most_once"},
		{r.undo != nil, "undo"},
		{r.set&optUndoAlways != 0, "undo_always"},
		{r.set&optSettle != 0, "settle"},
		{r.tolerate, "tolerate"},
		{r.mustChoose, "must_choose"},
		{r.until, "until"},
	} {
		if flag.set {
			s.WriteString(" " + flag.name)
		}
	}
	switch kind {
	case machine.Each:
		fmt.Fprintf(s, " parallel=%d", max(r.parallelism, 0))
	case machine.Loop:
		fmt.Fprintf(s, " max=%d", r.bound.Max)
	case machine.Signal:
		fmt.Fprintf(s, " signal=%q", r.signal)
	}
}
