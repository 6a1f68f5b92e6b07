package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// Fingerprint identifies what runs of the definition depend on across restarts:
// the names, kinds, joins and frames of its steps, and the order in which those of a
// frame are declared, by which a journal numbers them; the edges between them, the
// JSON shape of the input and of results, and [Version], its own and that of every
// workflow whose Body it uses. It does not depend on retries, timeouts, delays,
// semaphores, bounds and the parallelism of a for-each, texts, labels and the names
// of Go types, and it cannot see function bodies. Equal definitions have equal
// fingerprints in every process.
//
// What it does not depend on may change between two processes: what has happened in
// a run stays as it is, and the run goes on by the new retries, times and limits.
func (d *Definition) Fingerprint() string {
	d.printOnce.Do(func() { d.print = fingerprint(d.outline(outliner{})) })
	return d.print
}

func fingerprint(outline []string) string {
	h := sha256.New()
	for _, line := range outline {
		h.Write([]byte(line))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hasFingerprint tells whether a run that was started with a fingerprint can go on
// with d: earlier versions made it of another form of the outline.
func (d *Definition) hasFingerprint(print string) bool {
	return d.Fingerprint() == print || fingerprint(d.outline(outliner{form: 1})) == print
}

// Diff returns how other differs from d in what the fingerprint covers: lines that
// only d has, after "- ", and lines that only other has, after "+ "; nil if their
// fingerprints are equal.
func (d *Definition) Diff(other *Definition) []string {
	now := other.outline(outliner{})
	return diffOutlines(d.outline(outliner{}), now, now)
}

// An outliner writes outlines. Journals hold both forms. The first had limits of
// frames, and not the input, the keys of maps and versions of bodies; and where a
// name holds a space, its lines are ambiguous.
type outliner struct {
	form  int               // 1, or the present one
	names map[string]string // other names for paths of steps and frames
}

// presentForm is the first line of an outline, but of one in the first form.
const presentForm = "outline 2"

// outlinerOf returns one that writes the form of an outline.
func outlinerOf(outline []string) outliner {
	if len(outline) > 0 && outline[0] != presentForm {
		return outliner{form: 1}
	}
	return outliner{}
}

// word writes a name or path as one word.
func (o outliner) word(s string) string {
	if o.form == 1 || !strings.ContainsAny(s, " \"\\") {
		return s
	}
	return strconv.Quote(s)
}

// place writes the path of a step.
func (o outliner) place(path string) string { return o.word(renamePath(path, o.names)) }

// framePlace writes the path of a frame, which ends with a slash.
func (o outliner) framePlace(path string) string {
	if path == "" {
		return "/"
	}
	return o.word("/" + renamePath(strings.TrimSuffix(path, "/"), o.names) + "/")
}

// outline lists what the fingerprint covers, a line for each thing. Steps come in
// the order of declaration, which their numbers in a journal depend on.
func (d *Definition) outline(o outliner) []string {
	var lines []string
	head := fmt.Sprintf("definition %s version=%q", o.word(d.name), d.settings.version)
	if o.form != 1 {
		lines = append(lines, presentForm)
		if t := d.settings.input; t != nil {
			head += " input=" + o.shape(d, t)
		}
	}
	lines = append(lines, head)
	for _, f := range d.frames {
		lines = append(lines, o.frame(f))
		for i := range f.nodes {
			lines = append(lines, o.step(d, f, &f.nodes[i]))
		}
		for _, e := range f.edges {
			lines = append(lines, fmt.Sprintf("edge %s -> %s %v",
				o.place(f.path()+f.nodes[e.From].name), o.place(f.path()+f.nodes[e.To].name), e.On))
		}
	}
	return lines
}

func (o outliner) shape(d *Definition, t reflect.Type) string {
	return d.settings.codecs.shape(t, o.form != 1)
}

func (o outliner) frame(f *Frame) string {
	var s strings.Builder
	s.WriteString("frame " + o.framePlace(f.path()))
	if f.result >= 0 {
		s.WriteString(" returns " + o.place(f.path()+f.nodes[f.result].name))
	}
	if o.form != 1 {
		for _, v := range f.versions {
			fmt.Fprintf(&s, " version=%q", v)
		}
	}
	return s.String()
}

func (o outliner) step(d *Definition, f *Frame, n *nodeDef) string {
	var s strings.Builder
	fmt.Fprintf(&s, "step %s %v", o.place(f.path()+n.name), n.kind)
	if n.rare != nil {
		o.rare(&s, n.rare, n.kind)
	}
	if t := d.resultType(n); t != nil && recorded(n.kind) {
		s.WriteString(" result=" + o.shape(d, t))
	}
	return s.String()
}

func (o outliner) rare(s *strings.Builder, r *rareDef, kind machine.Kind) {
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
	switch {
	case kind == machine.Signal:
		fmt.Fprintf(s, " signal=%q", r.signal)
	case o.form != 1:
	case kind == machine.Each:
		fmt.Fprintf(s, " parallel=%d", max(r.parallelism, 0))
	case kind == machine.Loop:
		fmt.Fprintf(s, " max=%d", r.bound.Max)
	}
}
