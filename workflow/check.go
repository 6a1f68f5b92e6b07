package workflow

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A checker finds what is wrong with a graph.
type checker struct {
	g       *Graph
	permits map[string]int          // capacity by semaphore
	signals map[string]reflect.Type // payload of typed steps, by signal
}

func (c *checker) err() error {
	problems := c.g.problems
	if len(problems) == 0 {
		return nil
	}
	more := max(len(problems)-MaxProblems, 0)
	return &BuildError{Definition: c.g.name, Problems: problems[:len(problems)-more], More: more}
}

func (c *checker) check() {
	g := c.g
	if g.frames == nil {
		g.report(ErrScope, "", "the graph has been built before")
		return
	}
	if g.steps > MaxSteps {
		g.problems = nil
		g.report(ErrLimit, "", fmt.Sprintf("%d steps, at most %d", g.steps, MaxSteps))
		return
	}
	if detail := badName(g.name); detail != "" {
		g.report(ErrName, "", "the definition's name "+detail)
	}
	if e := g.settings.env; e != nil && (e.Initial == nil || e.Apply == nil) {
		g.report(ErrNilFunc, "", "an Environment needs Initial and Apply")
	}
	if g.settings.timeout < 0 || g.settings.parallelism < 0 || g.settings.parallelism > 1<<30 {
		g.report(ErrOption, "", "a timeout or parallelism of the run is negative or too large")
	}
	for _, f := range g.frames {
		c.frame(f)
	}
}

func (c *checker) frame(f *Frame) {
	if f.depth() > MaxDepth {
		c.g.report(ErrLimit, f.path(), fmt.Sprintf("frames are nested %d deep, at most %d", f.depth(), MaxDepth))
		return
	}
	c.names(f)
	for i := range f.nodes {
		if n := &f.nodes[i]; n.rare != nil {
			c.options(f, int32(i), n)
		}
	}
	if c.order(f) {
		c.reachable(f)
	}
}

func (c *checker) names(f *Frame) {
	if f.kind == machine.BranchFrame || f.kind == machine.HandlerFrame {
		if detail := badName(f.name); detail != "" {
			c.g.report(ErrName, f.path(), "the frame's name "+detail)
		}
	}
	seen := make(map[string]struct{}, len(f.nodes))
	for i := range f.nodes {
		n := &f.nodes[i]
		if detail := badName(n.name); detail != "" {
			f.problem(int32(i), ErrName, "the step's name "+detail)
		}
		if seen[n.name] = struct{}{}; len(seen) != i+1 {
			f.problem(int32(i), ErrDuplicate, "two steps of one frame have this name; instance paths must differ")
			// Keep the count right, so that each further duplicate shows too.
			seen[fmt.Sprint("\x00", i)] = struct{}{}
		}
		if n.rare == nil {
			continue
		}
		var branches []string
		for _, b := range n.rare.frames {
			if b.name != "" && slices.Contains(branches, b.name) {
				f.problem(int32(i), ErrDuplicate, fmt.Sprintf("two branches are called %q", b.name))
			}
			branches = append(branches, b.name)
		}
	}
}

// badName says what is wrong with a name. The characters that paths are made of
// are reserved.
func badName(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > MaxNameLength:
		return fmt.Sprintf("is %d bytes long, at most %d", len(name), MaxNameLength)
	}
	plain := true
	for i := range len(name) {
		if b := name[i]; b < ' ' || b >= 0x7f || b == '/' || b == '[' || b == ']' || b == '!' {
			plain = false
		}
	}
	if plain {
		return ""
	}
	switch {
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case strings.ContainsAny(name, "/[]!"):
		return "holds one of / [ ] !, of which paths are made"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "holds a control character"
	}
	return ""
}

// order finds a topological order, or reports a cycle.
func (c *checker) order(f *Frame) bool {
	declared := true
	for _, e := range f.edges {
		declared = declared && e.From < e.To
	}
	if declared {
		return true // as in every typed definition
	}
	next := make([][]int32, len(f.nodes))
	degree := make([]int32, len(f.nodes))
	for _, e := range f.edges {
		next[e.From] = append(next[e.From], e.To)
		degree[e.To]++
	}
	order := make([]int32, 0, len(f.nodes))
	for i, d := range degree {
		if d == 0 {
			order = append(order, int32(i))
		}
	}
	for head := 0; head < len(order); head++ {
		for _, to := range next[order[head]] {
			if degree[to]--; degree[to] == 0 {
				order = append(order, to)
			}
		}
	}
	if len(order) == len(f.nodes) {
		f.topo = order
		return true
	}
	var names []string
	for i, d := range degree {
		if d > 0 && len(names) < 8 {
			names = append(names, f.nodes[i].name)
		}
	}
	c.g.report(ErrCycle, f.path()+names[0], fmt.Sprintf("%d steps depend on each other or on such a cycle: %s",
		len(f.nodes)-len(order), strings.Join(names, ", ")))
	return false
}

// each calls fn for the nodes of f in topological order.
func (f *Frame) each(fn func(i int32)) {
	if f.topo != nil {
		for _, i := range f.topo {
			fn(i)
		}
		return
	}
	for i := range f.nodes {
		fn(int32(i))
	}
}
