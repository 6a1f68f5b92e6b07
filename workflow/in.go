package workflow

import (
	"github.com/soarkit/soarkit/workflow/machine"
)

// In is what an untyped function may ask about the run. It is valid during the
// call that it was handed to, and cheap to copy.
type In struct {
	r       *run
	sc      *scope
	node    int32 // local index in the scope's frame
	inst    machine.Inst
	attempt int32
	via     int32 // the edge that an any-join took, -1
}
