package workflow

import (
	"slices"
	"sync"
)

// evict forgets the runs that ended first, beyond those that are kept.
func (e *Engine) evict() {
	for _, r := range e.ended.beyond(e.opts.RetainRuns) {
		if e.runs[r.id] != r { // it was read from the journal, and nobody has wanted it since
			continue
		}
		delete(e.runs, r.id)
		e.order = slices.DeleteFunc(e.order, func(x *run) bool { return x == r })
		if e.dur != nil {
			e.dur.shelve(r)
		}
	}
}

// endedRuns lists the runs of an engine that have ended, in that order. Its lock
// is taken under those of runs.
type endedRuns struct {
	mu   sync.Mutex
	list []*run
}

func (l *endedRuns) add(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, r)
}

// remove takes back a run that starts a new generation.
func (l *endedRuns) remove(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(x *run) bool { return x == r })
}

// beyond takes the first ones off the list, so that n are left.
func (l *endedRuns) beyond(n int) []*run {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := slices.Clone(l.list[:max(len(l.list)-n, 0)])
	l.list = slices.Delete(l.list, 0, len(first))
	return first
}
