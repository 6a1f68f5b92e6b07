package workflow

import (
	"errors"
	"slices"
	"sync"
)

// evict forgets the runs that ended first, beyond those that are kept.
func (e *Engine) evict() {
	for _, r := range e.ended.beyond(e.opts.RetainRuns) {
		if e.runs[r.id] != r { // it is being read from the journal, see unshelve
			continue
		}
		if !r.retire(e.dur) {
			continue
		}
		delete(e.runs, r.id)
		e.order = slices.DeleteFunc(e.order, func(x *run) bool { return x == r })
	}
}

// errGone tells that the engine has forgotten a copy of a run meanwhile: it is to be
// looked up anew.
var errGone = errors.New("the run is no longer in memory")

// retire takes a run out of use, and puts it on the shelf if there is one. It returns
// false if a new generation has begun meanwhile.
func (r *run) retire(dur *durable) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		return false
	}
	r.gone = true
	if dur != nil {
		dur.shelve(r)
	}
	r.endings.remove(r)
	return true
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
