// Package diagram holds one model of a directed graph with groups and states,
// and writes it as Mermaid and as DOT.
//
// Output depends on the graph alone: nodes, groups and edges come in the order
// in which they were added, and names are numbered, never taken from labels. So
// equal graphs give equal bytes, and no label can break out of its place.
package diagram

// A Graph is a directed graph. The zero value is empty and ready to use.
type Graph struct {
	Title  string
	Nodes  []Node
	Edges  []Edge
	Groups []Group
}

// A Shape tells what a node stands for. The zero value is Box.
type Shape uint8

// The shapes.
const (
	Box     Shape = iota // work
	Start                // where it begins
	End                  // where a path ends
	Diamond              // a decision
	Bar                  // several paths at once
	Person               // somebody is asked
	Nested               // a graph of its own, drawn elsewhere
)

// A State tells what became of a node. The zero value is None.
type State uint8

// The states. Each is drawn with a glyph and a word beside its colour, which
// alone would be lost in print and on many eyes.
const (
	None State = iota // nothing is known
	Waiting
	Running
	Succeeded
	Failed
	Skipped
	Cancelled
)

// stateMark is how a state is written.
type stateMark struct{ glyph, word, fill, line string }

var stateMarks = [...]stateMark{
	None:      {},
	Waiting:   {"⏸", "waiting", "#fff4d6", "#8a6100"},
	Running:   {"▶", "running", "#dbeafe", "#1d4ed8"},
	Succeeded: {"✔", "succeeded", "#dcf5e3", "#1a7f37"},
	Failed:    {"✖", "failed", "#fde2e1", "#b42318"},
	Skipped:   {"–", "skipped", "#f2f2f2", "#767676"},
	Cancelled: {"■", "cancelled", "#f2f2f2", "#767676"},
}

func (s State) mark() stateMark {
	if int(s) < len(stateMarks) {
		return stateMarks[s]
	}
	return stateMark{}
}

// String returns the state's word, "" for None.
func (s State) String() string { return s.mark().word }

// Glyph returns a character for the state, "" for None.
func (s State) Glyph() string { return s.mark().glyph }

// A Node is one node. Its identity is its index in [Graph.Nodes].
type Node struct {
	Label string // may have several lines
	Note  string // a second, smaller line; "" is none
	Shape Shape
	State State
	Group int // 1 for the first of Graph.Groups; 0 is none
}

// A Group is a box around nodes.
type Group struct {
	Label  string
	Parent int // 1 for the first of Graph.Groups, which must come before this one; 0 is none
}

// A Line tells how an edge is drawn. The zero value is Solid.
type Line uint8

// The lines.
const (
	Solid  Line = iota // the usual way
	Dashed             // the way of failure
	Dotted             // back to where it came from
)

// An Edge leads from one node to another, by their indices.
type Edge struct {
	From, To int
	Label    string
	Line     Line
	Taken    bool // a run went this way; drawn bold
}

// AddNode adds a node and returns its index.
func (g *Graph) AddNode(n Node) int {
	g.Nodes = append(g.Nodes, n)
	return len(g.Nodes) - 1
}

// AddGroup adds a group and returns its number, from 1.
func (g *Graph) AddGroup(label string, parent int) int {
	g.Groups = append(g.Groups, Group{label, parent})
	return len(g.Groups)
}

// AddEdge adds an edge.
func (g *Graph) AddEdge(e Edge) { g.Edges = append(g.Edges, e) }

// children returns, for each group and for 0, what is directly in it.
func (g *Graph) children() (nodes, groups [][]int) {
	nodes = make([][]int, len(g.Groups)+1)
	groups = make([][]int, len(g.Groups)+1)
	for i, n := range g.Nodes {
		at := n.Group
		if at < 0 || at > len(g.Groups) {
			at = 0
		}
		nodes[at] = append(nodes[at], i)
	}
	for i, group := range g.Groups {
		at := group.Parent
		if at < 0 || at > i { // a parent comes before its children
			at = 0
		}
		groups[at] = append(groups[at], i+1)
	}
	return nodes, groups
}

// used returns the states that occur, in order.
func (g *Graph) used() []State {
	var seen [len(stateMarks)]bool
	for _, n := range g.Nodes {
		if int(n.State) < len(seen) {
			seen[n.State] = true
		}
	}
	var out []State
	for s, is := range seen {
		if is && State(s) != None {
			out = append(out, State(s))
		}
	}
	return out
}

// lines returns the lines of a node's text: label, note, state.
func (n Node) lines() []string {
	out := []string{n.Label}
	if n.Note != "" {
		out = append(out, n.Note)
	}
	if m := n.State.mark(); m.word != "" {
		out = append(out, m.glyph+" "+m.word)
	}
	return out
}
