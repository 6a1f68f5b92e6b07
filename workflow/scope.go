package workflow

import (
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A scope is one frame instance of a run with the values of its steps. Its
// header never changes after it was made, so that step functions may read the
// slots of decided steps without a lock: the lock under which a step was decided
// and its successor was started lies between.
type scope struct {
	run           *run
	frame         *Frame
	parent        *scope
	fi            machine.FrameInst
	base          machine.Inst
	index         int32      // of the item, iteration or branch
	replayed      bool       // slots may hold values that are still to be decoded
	dropped       bool       // a later generation has left it behind; the run's lock guards it
	path          string     // what comes before the names of its steps
	vals          []any      // by step: its slot
	owners        []owner    // by the owner's number
	param         any        // item, state of a loop, input of a typed sub-frame
	fail          *StepError // of a handler frame: what it handles
	*environments            // nil where the definition has no environment
	opened        int64
}

// environments has what is known of the environment in a scope. The run's lock
// guards it.
type environments struct {
	env   any   // at the start
	final any   // at the end, nil until asked for
	envs  []any // by step: after it, nil until asked for
}

// owner is what a node that owns frames has beside its slot.
type owner struct {
	kids []*scope // in the order in which they were opened: by index
	list []any    // of a for-each
}

func (r *run) newScope(c *machine.Command) *scope {
	info := r.m.Frame(c.Frame)
	f := r.def.frames[info.Def]
	sc := &cut(&r.arena.scopes, 1, r.frameChunk())[0]
	sc.run, sc.frame, sc.fi, sc.base, sc.index, sc.opened = r, f, c.Frame, info.Base, info.Index, r.m.Now()
	sc.vals = cut(&r.arena.slots, len(f.nodes), r.chunk())
	if r.rec != nil {
		sc.replayed = r.rec.replaying
	}
	if f.owners > 0 {
		sc.owners = cut(&r.arena.owners, int(f.owners), min(max(r.m.FrameCount(), int(r.def.owners)), 64))
	}
	if r.def.settings.env != nil {
		sc.environments = &environments{envs: make([]any, len(f.nodes))}
	}
	if info.Parent < 0 {
		sc.param = r.input
	} else {
		sc.parent = r.scopes[info.Parent]
		r.adopt(sc, info)
	}
	return sc
}

// adopt connects a scope to the one around it.
func (r *run) adopt(sc *scope, info machine.FrameInfo) {
	p := sc.parent
	sc.path = sc.frame.fixed
	if info.Owner < 0 {
		if sc.path == "" {
			sc.path = p.path + "!" + sc.frame.name + "/"
		}
		sc.fail = r.failureOf(p)
		if r.def.settings.env != nil {
			sc.env = r.patchAll(p.env, p)
		}
		return
	}
	local := int32(info.Owner - p.base)
	owner := &p.frame.nodes[local]
	state := &p.owners[owner.rare.ord]
	if n := len(owner.rare.frames); state.kids == nil && sc.frame.kind == machine.BranchFrame {
		state.kids = cut(&r.arena.kids, n, r.frameChunk())[:0]
	}
	state.kids = append(state.kids, sc)
	switch {
	case sc.path != "":
	case sc.frame.kind == machine.BranchFrame:
		sc.path = p.path + owner.name + "/" + sc.frame.name + "/"
	case sc.frame.kind == machine.ItemFrame || sc.frame.kind == machine.BodyFrame:
		sc.path = p.path + owner.name + "[" + strconv.Itoa(int(info.Index)) + "]/"
	default:
		sc.path = p.path + owner.name + "/"
	}
	if sc.frame.enter != nil {
		sc.param = sc.derive(func() any { return sc.frame.enter(In{r: r, sc: sc, node: -1, via: -1}) })
	} else if state.list != nil {
		sc.param = state.list[info.Index]
	}
	if r.def.settings.env != nil {
		sc.env = r.envAtStart(p, local, sc)
	}
}

// at returns the scope around sc, or sc itself, that is an instance of f.
func (sc *scope) at(f *Frame) *scope {
	for ; sc != nil; sc = sc.parent {
		if sc.frame == f {
			return sc
		}
	}
	return nil
}

// result returns what a decided step returned.
func (sc *scope) result(node int32) (any, bool) { return resultIn(sc.vals[node]) }

func resultIn(slot any) (any, bool) {
	switch v := slot.(type) {
	case nil, failed, underway:
		return nil, false
	case nothing:
		return nil, true
	case *recordedValue:
		return v.value(), true
	default:
		return v, true
	}
}

func (sc *scope) set(node int32, v any) {
	if v == nil {
		v = nothing{}
	}
	sc.vals[node] = v
}

func (sc *scope) pathOf(node int32) string {
	if node < 0 {
		return sc.path
	}
	if p := sc.frame.paths; p != nil {
		return p[node]
	}
	if sc.path == "" {
		return sc.frame.nodes[node].name
	}
	return sc.path + sc.frame.nodes[node].name
}

// placeOf returns the path of a node as events have it; of -1 that of the frame.
func (sc *scope) placeOf(node int32) string {
	p := sc.pathOf(node)
	if node < 0 && p != "" {
		return p[:len(p)-1]
	}
	return p
}

// failureOf returns what failed a frame: its first failure that was not handled,
// or its timeout.
func (r *run) failureOf(sc *scope) *StepError {
	info := r.m.Frame(sc.fi)
	if info.Failed >= 0 {
		if err := sc.failure(int32(info.Failed - sc.base)); err != nil {
			return err
		}
	}
	outcome := Failed
	if info.Cause == machine.FrameTimeout {
		outcome = TimedOut
	}
	return &StepError{Path: strings.TrimSuffix(sc.path, "/"), Outcome: outcome, Err: r.ownError(info.Cause)}
}

// settledFailures returns what else failed a frame beside its first failure: where
// that is of a step that lets all of its frames come to their end, each of them may
// have failed.
func (r *run) settledFailures(sc *scope, first *StepError) (others []*StepError) {
	failed := r.m.Frame(sc.fi).Failed
	if failed < 0 {
		return nil
	}
	n := &sc.frame.nodes[failed-sc.base]
	if !n.kind.OwnsFrames() {
		return nil
	}
	for _, kid := range sc.owners[n.rare.ord].kids {
		if r.m.Frame(kid.fi).Failed < 0 {
			continue
		}
		err := r.failureOf(kid)
		if err != first {
			others = append(others, err)
		}
		others = append(others, r.settledFailures(kid, err)...)
	}
	return others
}
