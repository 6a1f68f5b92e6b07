package warninglist

// A needle is one entry of a list of substrings.
type needle struct {
	text string
	ref
}

// A needles value finds all of many strings in a value, in one pass over it: the
// automaton of Aho and Corasick. Children of a state lie in a linked list, which
// is short except at the root, which therefore has a table.
type needles struct {
	states []state
	root   [256]int32
	ends   [][]ref // by state: the needles that end there
}

type state struct {
	label          byte
	child, sibling int32 // first child, next child of the same parent; 0 for none
	fail           int32 // longest proper suffix that is a state
	output         int32 // nearest state along fail where a needle ends; 0 for none
}

func newNeedles(all []needle) *needles {
	if len(all) == 0 {
		return nil
	}
	n := &needles{states: make([]state, 1), ends: make([][]ref, 1)}
	for _, e := range all {
		at := int32(0)
		for i := range len(e.text) {
			at = n.grow(at, e.text[i])
		}
		n.ends[at] = append(n.ends[at], e.ref)
	}
	n.link()
	return n
}

// next returns the child of a state, 0 if it has none of that label.
func (n *needles) next(at int32, label byte) int32 {
	if at == 0 {
		return n.root[label]
	}
	for c := n.states[at].child; c != 0; c = n.states[c].sibling {
		if n.states[c].label == label {
			return c
		}
	}
	return 0
}

func (n *needles) grow(at int32, label byte) int32 {
	if c := n.next(at, label); c != 0 {
		return c
	}
	c := int32(len(n.states))
	n.states = append(n.states, state{label: label, sibling: n.states[at].child})
	n.ends = append(n.ends, nil)
	n.states[at].child = c
	if at == 0 {
		n.root[label] = c
	}
	return c
}

// link sets the fail and output links, breadth first.
func (n *needles) link() {
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for c := n.states[at].child; c != 0; c = n.states[c].sibling {
			if at != 0 {
				n.states[c].fail = n.step(n.states[at].fail, n.states[c].label)
			}
			fail := n.states[c].fail
			n.states[c].output = fail
			if len(n.ends[fail]) == 0 {
				n.states[c].output = n.states[fail].output
			}
			queue = append(queue, c)
		}
	}
}

func (n *needles) step(at int32, label byte) int32 {
	for {
		if c := n.next(at, label); c != 0 {
			return c
		}
		if at == 0 {
			return 0
		}
		at = n.states[at].fail
	}
}

// find calls yield for every needle that ends in text, once for each place. It
// stops early when yield returns false.
func (n *needles) find(text string, lower bool, yield func(ref) bool) {
	at := int32(0)
	for i := range len(text) {
		b := text[i]
		if lower && 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		at = n.step(at, b)
		for s := at; s != 0; s = n.states[s].output {
			for _, r := range n.ends[s] {
				if !yield(r) {
					return
				}
			}
		}
	}
}
