package workflow

import "github.com/soarkit/soarkit/workflow/machine"

// This file hands [RunParallelism] to the machine, which keeps it: whose step has
// no room has not begun.

// startParallel is the event before the start of a run whose parallelism is
// bounded. The record of the start has it.
func startParallel(n int) *machine.Event {
	return &machine.Event{Kind: machine.EvParallel, N: int64(n)}
}

// adoptParallelism brings a run that was read from a journal under the bound that
// its definition has now; earlier versions told the machine of none. More attempts
// may be under way than that. They are begun again, but never too many at once.
func (r *run) adoptParallelism() {
	n := r.def.settings.parallelism
	if n != r.m.Parallel() {
		r.feed(*startParallel(n))
	}
	if n > 0 && r.m.UnderWay() > n {
		r.most = n
	}
}

// admits tells whether one more job may be under way.
func (r *run) admits() bool { return r.most == 0 || r.active < r.most || r.isWithinBound() }

// isWithinBound tells whether no more attempts are under way than the machine
// would let begin, so that the workers need not look after it any more.
func (r *run) isWithinBound() bool {
	if r.m.UnderWay() > r.most {
		return false
	}
	r.most = 0
	return true
}

// readmitLine gives steps that were admitted to a semaphore or key, and wait for
// room since, the permits that they had in the process before.
func (r *run) readmitLine() error {
	for _, sc := range r.scopes {
		for node := range sc.frame.nodes {
			inst := sc.base + machine.Inst(node)
			if !r.m.InLine(inst) {
				continue
			}
			if err := r.readmit(job{inst: inst, attempt: r.m.Attempt(inst) + 1, via: r.m.Via(inst)}); err != nil {
				return err
			}
		}
	}
	return nil
}
