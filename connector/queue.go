package connector

import "slices"

// A waiter is a caller that stands in a limiter's queue.
type waiter struct {
	tenant string
	lane   int           // index into waiters.lanes
	wake   chan struct{} // capacity 1: look again
}

func (w *waiter) wakeUp() {
	if w == nil {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// waiters is a queue: further attempts of calls under way before new calls (they
// may hold what the others wait for), of both the interactive ones before bulk,
// among these the tenants in turn, and each tenant's callers as they came. The
// first stays the first until it is removed, or somebody comes in a lane before it.
type waiters struct {
	lanes [4]lane
}

func laneOf(newCall, interactive bool) int {
	i := 0
	if newCall {
		i += 2
	}
	if !interactive {
		i++
	}
	return i
}

type lane struct {
	tenants []string // in turn; the first has the first waiter
	waiting map[string][]*waiter
	n       int
}

func (q *waiters) len() int {
	n := 0
	for _, l := range q.lanes {
		n += l.n
	}
	return n
}

func (q *waiters) push(w *waiter) {
	l := &q.lanes[w.lane]
	if l.waiting == nil {
		l.waiting = map[string][]*waiter{}
	}
	if len(l.waiting[w.tenant]) == 0 {
		l.tenants = append(l.tenants, w.tenant)
	}
	l.waiting[w.tenant] = append(l.waiting[w.tenant], w)
	l.n++
}

// first returns the waiter whose turn it is, or nil.
func (q *waiters) first() *waiter {
	for i := range q.lanes {
		if l := &q.lanes[i]; l.n > 0 {
			return l.waiting[l.tenants[0]][0]
		}
	}
	return nil
}

// remove takes w out. If it was the first of its lane, the next tenant has its turn.
func (q *waiters) remove(w *waiter) {
	l := &q.lanes[w.lane]
	own := l.waiting[w.tenant]
	i := slices.Index(own, w)
	if i < 0 {
		return
	}
	turn := l.tenants[0] == w.tenant && i == 0
	own = slices.Delete(own, i, i+1)
	l.n--
	l.waiting[w.tenant] = own
	if turn {
		l.tenants = append(l.tenants[1:], w.tenant)
	}
	if len(own) == 0 {
		delete(l.waiting, w.tenant)
		l.tenants = slices.DeleteFunc(l.tenants, func(t string) bool { return t == w.tenant })
	}
}
