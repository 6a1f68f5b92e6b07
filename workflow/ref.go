package workflow

import "github.com/soarkit/soarkit/workflow/machine"

// A Ref stands for a value that a run will have: the run's input, the result of a
// step, the item of a for-each. Passing it to a step is what makes the step
// depend on it. A Ref belongs to the frame it was made in: bodies may use Refs of
// the frames around them, never the other way round. The zero Ref is invalid.
type Ref[T any] struct{ ref }

// AnyRef is a Ref of any type.
type AnyRef interface{ raw() ref }

// ref is the untyped part of a Ref. node is -1 for the frame's parameter.
type ref struct {
	f    *Frame
	node int32
	on   machine.On // OnSuccess, or OnDecided for Optional
}

func (r ref) raw() ref { return r }
