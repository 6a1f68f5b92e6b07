package workflow

import (
	"math"
	"runtime"
	"time"
)

// An arena has memory for what a run is made of, so that a small run takes a few
// allocations and not a few for each of its frames. Nothing in it is used twice:
// results and contexts may be held for longer than the run takes.
type arena struct {
	scopes   []scope
	slots    []any
	owners   []owner
	kids     []*scope
	contexts []stepCtx
	inUse    int // contexts
}

// build gives a run the arena in which it is made.
func (r *run) build(a *arena) {
	r.arena = a
	n := min(r.def.graph.Frames(), 64)
	r.scopes = cut(&a.kids, n, 2*n-1)[:0]
}

// cut takes n elements from the front of a list. If it is too short it makes
// another of the length more, or of just what is needed if that is as much.
func cut[T any](list *[]T, n, more int) []T {
	if n > len(*list) {
		if n >= more {
			return make([]T, n)
		}
		*list = make([]T, more)
	}
	part := (*list)[:n:n]
	*list = (*list)[n:]
	return part
}

// maxChunk is how many elements are made at once, at most. With the header that
// the runtime adds, so many contexts fill one of its size classes.
const maxChunk = 511

// chunk says how many to make at once of what each step has: enough for each of
// the definition once, and as many as there are already.
func (r *run) chunk() int {
	return min(max(r.m.Len(), r.def.graph.Nodes()), maxChunk)
}

// contextChunk is as chunk: a step of which there are as yet no contexts has one
// sooner or later, another only if it is repeated.
func (r *run) contextChunk() int {
	n := max(r.m.Len(), min(r.def.graph.Nodes(), 64)) - r.contexts
	n = min(max(n, 4), maxChunk)
	r.contexts += n
	return n
}

func (r *run) frameChunk() int {
	return min(max(r.m.FrameCount(), r.def.graph.Frames()), 64)
}

// A scratch is memory that a run needs only while it is under way. Runs in memory
// of one definition hand it on to each other.
type scratch struct {
	ring  []job
	notes [2][]note
	heap  []timer
	first worker // of the caller of Run
	arena arena
	clock *time.Timer // ticks for owner; nil until it is needed. It is not set while nobody has it
	owner *run
	alone bool // there is one processor only
}

// ownClock returns a clock that ticks for a run. Only runs outside of the bubbles of
// package synctest may share one: within, timers belong to their bubble.
func (s *scratch) ownClock(r *run) *time.Timer {
	s.owner = r
	if s.clock == nil {
		s.clock = time.AfterFunc(math.MaxInt64, func() { s.owner.tick() })
		s.clock.Stop()
	}
	return s.clock
}

func (r *run) borrow() {
	r.lent, _ = r.def.pool.Get().(*scratch)
	if r.lent == nil {
		r.lent = &scratch{alone: runtime.GOMAXPROCS(0) == 1}
	}
	r.ready.ring, r.notes.lists, r.timers.heap = r.lent.ring, r.lent.notes, r.lent.heap
	r.build(&r.lent.arena)
}

// giveBack is called when nothing of the run is under way any more. No note stays
// behind: what it refers to belongs to this run.
func (r *run) giveBack() {
	r.mu.Lock() // the caller's context may be ending
	defer r.mu.Unlock()
	s := r.lent
	s.ring, s.notes, s.heap = r.ready.ring, r.notes.lists, r.timers.heap
	s.first, s.arena, s.owner = worker{}, arena{}, nil
	for i, list := range s.notes {
		clear(list[:max(len(list), r.notes.used[i])])
		s.notes[i] = list[:0]
	}
	r.lent, r.arena, r.ready, r.notes.lists, r.timers.heap, r.timers.clock = nil, nil, queue{}, [2][]note{}, nil, nil
	r.m.Release()
	r.def.pool.Put(s)
}
