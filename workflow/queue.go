package workflow

import (
	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// A job is something that a worker does outside of the lock.
type job struct {
	kind    jobKind
	decide  machine.Decide
	again   bool // a process that has ended may have begun with it
	inst    machine.Inst
	attempt int32
	via     int32            // of an undo: the generation of what is undone
	at      int64            // when the machine wanted it; of a durable run
	pos     journal.Position // what must be durable before it is done
}

type jobKind uint8

const (
	jobRun jobKind = iota
	jobDecide
	jobAsk
	jobAdmit
	jobUndo
)

// queue is a ring of jobs, first in, first out.
type queue struct {
	ring []job // its length is a power of two
	head int
	n    int
}

// push adds a job, to be filled in where it lies.
func (q *queue) push() *job {
	if q.n == len(q.ring) {
		q.grow(q.n + 1)
	}
	j := &q.ring[(q.head+q.n)&(len(q.ring)-1)]
	q.n++
	return j
}

// grow makes room for n jobs in all.
func (q *queue) grow(n int) {
	size := max(len(q.ring), 16)
	for size < n {
		size *= 2
	}
	grown := make([]job, size)
	k := copy(grown, q.ring[q.head:])
	copy(grown[k:], q.ring[:q.head])
	q.ring, q.head = grown, 0
}

// first returns the first job, which must be there.
func (q *queue) first() *job { return &q.ring[q.head] }

// pop takes the first job. It has often just been pushed, so that it is copied
// field by field, as it was written.
func (q *queue) pop(j *job) {
	x := &q.ring[q.head]
	j.kind, j.decide, j.again, j.inst, j.attempt, j.via, j.at, j.pos = x.kind, x.decide, x.again, x.inst, x.attempt, x.via, x.at, x.pos
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
}

// all yields the jobs in their order.
func (q *queue) all(yield func(*job) bool) {
	for i := range q.n {
		if !yield(&q.ring[(q.head+i)&(len(q.ring)-1)]) {
			return
		}
	}
}

// isPure tells whether a job has no effect that anybody could see.
func (j *job) isPure() bool { return j.kind == jobDecide || j.kind == jobAdmit }
