package jsontree

import (
	"fmt"
	"slices"
)

// Set makes v the value of the object's member called key: in the place of the
// value it had, else as the last member. A v that is part of a tree already is
// copied. The error is an [*Error] of kind [ErrKind] where n is not an object
// or v is nil.
func (n *Node) Set(key string, v *Node) error {
	if err := n.mustBe(Object, v); err != nil {
		return err
	}
	v = n.adoptable(v)
	v.key = key
	if old := n.Get(key); old != nil {
		n.replace(int(old.position), v)
	} else {
		n.attach(v)
	}
	if n.index == nil && len(n.children) > indexFrom {
		n.index = make(map[string]*Node, len(n.children))
		for _, c := range n.children {
			n.index[c.key] = c
		}
	}
	if n.index != nil {
		n.index[key] = v
	}
	n.touch()
	return nil
}

// Remove removes the object's member called key and tells whether there was
// one.
func (n *Node) Remove(key string) bool {
	c := n.Get(key)
	if c == nil {
		return false
	}
	delete(n.index, key)
	n.detach(int(c.position))
	return true
}

// Append makes v the array's last element. A v that is part of a tree already
// is copied. The error is an [*Error] of kind [ErrKind] where n is not an array
// or v is nil.
func (n *Node) Append(v *Node) error {
	if err := n.mustBe(Array, v); err != nil {
		return err
	}
	v = n.adoptable(v)
	v.key = ""
	n.attach(v)
	n.touch()
	return nil
}

// SetIndex replaces the array's element i by v, as [Node.Set] does for a member.
func (n *Node) SetIndex(i int, v *Node) error {
	if err := n.mustBe(Array, v); err != nil {
		return err
	}
	if n.Index(i) == nil {
		return &Error{Kind: ErrKind, Detail: fmt.Sprintf("an array of %d elements has no element %d", n.Len(), i), Pointer: n.Pointer(), Pos: n.Pos()}
	}
	v = n.adoptable(v)
	v.key = ""
	n.replace(i, v)
	n.touch()
	return nil
}

// RemoveIndex removes the array's element i and tells whether there was one.
func (n *Node) RemoveIndex(i int) bool {
	if n.Index(i) == nil {
		return false
	}
	n.detach(i)
	return true
}

// Clone returns a copy of n and everything below it, as the root of a tree of
// its own. The copy keeps the positions and the spelling of what was read.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := *n
	c.parent = nil
	c.place = place{}
	c.index = nil
	if n.index != nil {
		c.index = make(map[string]*Node, len(n.index))
	}
	c.children = make([]*Node, len(n.children))
	for i, child := range n.children {
		copied := child.Clone()
		copied.parent = &c
		copied.place = child.place
		c.children[i] = copied
		if c.index != nil {
			c.index[copied.key] = copied
		}
	}
	return &c
}

func (n *Node) mustBe(kind Kind, v *Node) error {
	if n.Kind() != kind {
		return &Error{Kind: ErrKind, Detail: fmt.Sprintf("%s, an %s is needed", n.Kind(), kind), Pointer: n.Pointer(), Pos: n.Pos()}
	}
	if v == nil {
		return &Error{Kind: ErrKind, Detail: "the new value is missing; use NewNull for null", Pointer: n.Pointer(), Pos: n.Pos()}
	}
	return nil
}

// adoptable returns v, or a copy of it where v has a place already or n lies
// within it.
func (n *Node) adoptable(v *Node) *Node {
	if v.parent != nil {
		return v.Clone()
	}
	for up := n; up != nil; up = up.parent {
		if up == v {
			return v.Clone()
		}
	}
	return v
}

func (n *Node) attach(v *Node) {
	v.parent = n
	v.position = int32(len(n.children))
	v.place = place{}
	n.children = append(n.children, v)
}

func (n *Node) replace(i int, v *Node) {
	old := n.children[i]
	v.parent = n
	v.position = int32(i)
	v.place = old.place
	n.children[i] = v
	old.parent = nil
	old.place = place{}
}

func (n *Node) detach(i int) {
	old := n.children[i]
	n.children = slices.Delete(n.children, i, i+1)
	for ; i < len(n.children); i++ {
		n.children[i].position = int32(i)
	}
	old.parent = nil
	old.place = place{}
	n.touch()
}

// touch marks n and everything around it as different from what was read.
func (n *Node) touch() {
	for ; n != nil && !n.edited; n = n.parent {
		n.edited = true
	}
}
