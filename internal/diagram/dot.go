package diagram

import (
	"fmt"
	"strings"
)

// DOT returns the graph in the DOT language of Graphviz.
func (g *Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph playbook {\n")
	if g.Title != "" {
		fmt.Fprintf(&b, "  label=%s\n  labelloc=t\n", dotText(g.Title))
	}
	b.WriteString("  rankdir=TB\n  node [fontname=\"Helvetica\", fontsize=11]\n  edge [fontname=\"Helvetica\", fontsize=10]\n")
	nodes, groups := g.children()
	var level func(group int, indent string)
	level = func(group int, indent string) {
		for _, i := range nodes[group] {
			n := g.Nodes[i]
			fmt.Fprintf(&b, "%sn%d [label=%s, %s]\n", indent, i+1, dotText(strings.Join(n.lines(), "\n")), dotStyle(n))
		}
		for _, sub := range groups[group] {
			fmt.Fprintf(&b, "%ssubgraph cluster_%d {\n%s  label=%s\n%s  style=rounded\n", indent, sub, indent, dotText(g.Groups[sub-1].Label), indent)
			level(sub, indent+"  ")
			fmt.Fprintf(&b, "%s}\n", indent)
		}
	}
	level(0, "  ")
	for _, e := range g.Edges {
		var attributes []string
		if e.Label != "" {
			attributes = append(attributes, "label="+dotText(e.Label))
		}
		switch e.Line {
		case Dashed:
			attributes = append(attributes, "style=dashed")
		case Dotted:
			attributes = append(attributes, "style=dotted", "arrowhead=none")
		}
		if e.Taken {
			attributes = append(attributes, "penwidth=3")
		}
		fmt.Fprintf(&b, "  n%d -> n%d", e.From+1, e.To+1)
		if len(attributes) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(attributes, ", "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return b.String()
}

func dotStyle(n Node) string {
	shape := map[Shape]string{
		Box: "box", Start: "oval", End: "oval", Diamond: "diamond", Bar: "box3d", Person: "parallelogram", Nested: "folder",
	}[n.Shape]
	if shape == "" {
		shape = "box"
	}
	if m := n.State.mark(); m.word != "" {
		return fmt.Sprintf("shape=%s, style=filled, fillcolor=%q, color=%q", shape, m.fill, m.line)
	}
	return "shape=" + shape
}

// dotText writes a quoted string. Graphviz gives backslashes a meaning of its
// own, and reads HTML entities.
func dotText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '&':
			b.WriteString("&amp;")
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
