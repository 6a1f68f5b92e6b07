package machine

// A FrameKind says how a frame of the definition is used.
type FrameKind uint8

// The kinds of frames.
const (
	RootFrame FrameKind = iota
	BranchFrame
	BodyFrame
	ItemFrame
	SubFrame
	HandlerFrame
)

// An Inst is a node instance of a run: a dense number that depends only on the
// definition and the order of events.
type Inst int32
