package workflowtest

import "github.com/soarkit/soarkit/workflow/machine"

// settle applies the rules until none has anything to change. A failure stops its
// frame only when nothing else follows any more: skips spread first.
func (o *Oracle) settle() {
	for o.follow() || o.fail() {
	}
	if o.root.closed && o.state == machine.Running {
		o.finish()
	}
}

func (o *Oracle) follow() (changed bool) {
	for i := 0; i < len(o.frames); i++ { // frames are added meanwhile
		if f := o.frames[i]; !f.closed {
			changed = o.joins(f) || o.owners(f) || o.still(f) || changed
		}
	}
	return changed
}

func (o *Oracle) fail() bool {
	for _, f := range o.frames {
		if !f.closed && o.failures(f) {
			return true
		}
	}
	return false
}

func (o *Oracle) finish() {
	outcome := o.root.outcome
	switch {
	case outcome == machine.Cancelled && len(o.undo) == 0:
		o.state = machine.RunAborted
	case outcome.IsFailure() && len(o.undo) == 0:
		o.state = machine.RunFailed
	case outcome == machine.Succeeded || outcome == machine.Skipped:
		o.state = machine.RunSucceeded
	}
}

// joins is the join table.
func (o *Oracle) joins(f *oracleFrame) bool {
	if f.stopping {
		return false
	}
	for _, n := range f.nodes {
		if n.Phase != Idle {
			continue
		}
		edges, fired, dead, live := 0, 0, 0, false
		first := int32(-1)
		for _, e := range o.shape.Frames[f.def].Edges {
			if e.To != n.index {
				continue
			}
			edges++
			from := f.nodes[e.From].Outcome
			switch {
			case from == machine.Undecided:
			case e.On.Fires(from):
				if fired++; first < 0 || f.nodes[e.From].ended < f.nodes[first].ended {
					first = e.From
				}
			default:
				dead++
			}
			live = live || from != machine.Undecided && from != machine.Skipped
		}
		start, skip := false, false
		switch n.def.Join {
		case machine.JoinAll:
			start, skip = fired == edges, dead > 0
		case machine.JoinAny:
			start, skip = fired > 0 || edges == 0, edges > 0 && dead == edges
		case machine.JoinAllDone:
			all := fired+dead == edges
			start, skip = all && (live || edges == 0), all && !live && edges > 0
		}
		switch {
		case skip:
			o.end(n, machine.Skipped)
			return true
		case start:
			if n.def.Join == machine.JoinAny {
				n.via = first
			}
			if n.def.Rare.Conditional {
				n.Phase = Conditional
			} else {
				o.begin(n)
			}
			return true
		}
	}
	return false
}

// takes marks the failures that start n as handled.
func (o *Oracle) takes(n *OracleNode) {
	for _, e := range o.shape.Frames[n.frame.def].Edges {
		p := n.frame.nodes[e.From]
		if e.To == n.index && p.Outcome.IsFailure() && e.On.Fires(p.Outcome) && (n.via < 0 || n.via == e.From) {
			p.handled = true
		}
	}
}

// failures finds failures that nothing can handle any more.
func (o *Oracle) failures(f *oracleFrame) bool {
	if f.stopping {
		return false
	}
	for _, n := range f.nodes {
		if !n.Outcome.IsFailure() || n.handled || n.judged {
			continue
		}
		hope := false
		for _, e := range o.shape.Frames[f.def].Edges {
			t := f.nodes[e.To]
			if e.From == n.index && e.On.Fires(n.Outcome) && (t.Phase == Idle || t.Phase == Conditional) {
				hope = true
			}
		}
		if !hope {
			n.judged = true
			o.stop(f, machine.FrameFailed, true)
			return true
		}
	}
	return false
}

// owners opens what owners may open, and ends those whose frames have ended.
func (o *Oracle) owners(f *oracleFrame) bool {
	for _, n := range f.nodes {
		if n.Phase == Deciding && n.stopped {
			o.ownerStopped(n)
			return true
		}
		if n.Phase != Framing {
			continue
		}
		r, open := n.def.Rare, 0
		for _, kid := range n.kids {
			switch {
			case !kid.closed:
				open++
			case kid.outcome.IsFailure():
				n.failedIn = true
			case kid.outcome == machine.Skipped:
				n.emptyIn = true
			}
		}
		if n.failedIn && !n.stopped && !n.siblings && !r.Settle && !r.Tolerate {
			n.siblings = true
			for _, kid := range n.kids {
				o.stop(kid, machine.FrameFailed, false)
			}
			return true
		}
		failed := n.failedIn && !r.Settle && !r.Tolerate
		if n.def.Kind == machine.Each && !n.stopped && !failed && n.next < n.count && open < int(max(r.Parallel, 1)) {
			o.kid(n, r.Frames[0], n.next)
			n.next++
			return true
		}
		if open == 0 {
			o.ownerDone(n)
			return true
		}
	}
	return false
}

func (o *Oracle) ownerDone(n *OracleNode) {
	r := n.def.Rare
	switch {
	case n.stopped:
		o.ownerStopped(n)
	case n.failedIn && !r.Tolerate:
		o.end(n, machine.Failed)
	case n.emptyIn && !r.Tolerate:
		o.end(n, machine.Skipped)
	case n.def.Kind == machine.Loop:
		n.Phase = Deciding
	default:
		o.end(n, machine.Succeeded)
	}
}

func (o *Oracle) ownerStopped(n *OracleNode) {
	switch n.timedOut {
	case machine.FrameTimeout:
		o.end(n, machine.TimedOut)
	case machine.LoopBound:
		o.end(n, machine.Failed)
	default:
		o.end(n, machine.Cancelled)
	}
}

// still closes a frame in which nothing is left to happen, or runs its handler.
func (o *Oracle) still(f *oracleFrame) bool {
	for _, n := range f.nodes {
		if n.Phase != Done || !f.stopping && n.Outcome.IsFailure() && !n.handled {
			return false
		}
	}
	if !f.stopping {
		f.closed, f.outcome = true, machine.Succeeded
		if r := o.shape.Frames[f.def].Result; r >= 0 && f.nodes[r].Outcome != machine.Succeeded {
			f.outcome = machine.Skipped
		}
		return true
	}
	if h := o.shape.Frames[f.def].Handler; f.handle && h >= 0 {
		if f.handler == nil {
			f.handler = o.open(h, f.path+"!", nil, f, 0)
			return true
		}
		if !f.handler.closed {
			return false
		}
	}
	f.closed = true
	switch {
	case f.cause == machine.RunCancelled:
		f.outcome = machine.Cancelled
	case f.cause == machine.FrameTimeout && f.handle:
		f.outcome = machine.TimedOut
	case f.handle:
		f.outcome = machine.Failed
	default:
		f.outcome = machine.Cancelled
	}
	return true
}
