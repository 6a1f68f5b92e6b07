package diagram

import (
	"fmt"
	"strings"
)

// Mermaid returns the graph as a Mermaid flowchart, top to bottom.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	if g.Title != "" {
		fmt.Fprintf(&b, "---\ntitle: \"%s\"\n---\n", mermaidTitle(g.Title))
	}
	b.WriteString("flowchart TD\n")
	nodes, groups := g.children()
	var level func(group int, indent string)
	level = func(group int, indent string) {
		for _, i := range nodes[group] {
			left, right := mermaidShape(g.Nodes[i].Shape)
			fmt.Fprintf(&b, "%sn%d%s\"%s\"%s\n", indent, i+1, left, mermaidText(strings.Join(g.Nodes[i].lines(), "\n")), right)
		}
		for _, sub := range groups[group] {
			fmt.Fprintf(&b, "%ssubgraph g%d [\"%s\"]\n", indent, sub, mermaidText(g.Groups[sub-1].Label))
			level(sub, indent+"  ")
			fmt.Fprintf(&b, "%send\n", indent)
		}
	}
	level(0, "  ")
	var taken []string
	for i, e := range g.Edges {
		arrow := map[Line]string{Solid: "-->", Dashed: "-.->", Dotted: "-.-"}[e.Line]
		if e.Label != "" {
			arrow += "|\"" + mermaidText(e.Label) + "\"|"
		}
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.From+1, arrow, e.To+1)
		if e.Taken {
			taken = append(taken, fmt.Sprint(i))
		}
	}
	for _, s := range g.used() {
		m := s.mark()
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:#111\n", m.word, m.fill, m.line)
	}
	for i, n := range g.Nodes {
		if word := n.State.String(); word != "" {
			fmt.Fprintf(&b, "  class n%d %s\n", i+1, word)
		}
	}
	if len(taken) > 0 {
		fmt.Fprintf(&b, "  linkStyle %s stroke-width:3px\n", strings.Join(taken, ","))
	}
	return b.String()
}

func mermaidShape(s Shape) (left, right string) {
	switch s {
	case Start, End:
		return "([", "])"
	case Diamond:
		return "{", "}"
	case Bar:
		return "[[", "]]"
	case Person:
		return "[/", "/]"
	case Nested:
		return "[(", ")]"
	}
	return "[", "]"
}

// mermaidText writes text for a place between quotes. Mermaid decodes numeric
// entities, which begin with # there, and refuses lines that look like the item
// of a list.
func mermaidText(s string) string {
	var b strings.Builder
	itemMark := true // only digits so far in this line
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r == '\n':
			b.WriteString("<br/>")
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case strings.ContainsRune("\"#&<>`\\", r) || itemMark && strings.ContainsRune(".)-+*", r):
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
		itemMark = r == '\n' || itemMark && '0' <= r && r <= '9'
	}
	return b.String()
}

// mermaidTitle writes text for the front matter, which is YAML.
func mermaidTitle(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\ufeff':
			b.WriteByte(' ')
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '`':
			b.WriteByte('\'') // would end the fence around the diagram
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
