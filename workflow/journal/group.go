package journal

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"
)

// A group is what is written at once: all records that were in line when the
// disk became free. Its buffer begins with room for the group record.
type group struct {
	buf     []byte
	items   []item
	last    Position
	waiters atomic.Int32  // who wait for it, whoever commits it included; written under mu
	asleep  int32         // those of them who sleep until it is done; guarded by mu
	done    chan struct{} // closed when the group is committed or has failed; nil if nobody else waits
	err     error         // set before done is closed
	over    bool          // it is committed or has failed; guarded by mu

	segment *segment // where it was written
	voids   []void   // drop records in it
}

// An item is how many bytes the next records of the group take, all of one run.
// A nil run is a record of the journal's own.
type item struct {
	run     *runState
	bytes   int64
	records int
}

// A void is a drop record within a group.
type void struct {
	run Run
	at  int64 // offset in the group's buffer
}

// maxSpare is the largest buffer that is kept for the next group.
const maxSpare = 8 << 20

// newGroup returns an empty group with the buffers of one that is done with,
// and in its place if nobody else can have seen it.
func newGroup(spare *group) *group {
	g := new(group)
	if spare != nil && cap(spare.buf) <= maxSpare {
		if spare.done == nil {
			g = spare
		}
		*g = group{buf: spare.buf[:0], items: spare.items[:0]}
	}
	g.buf = append(g.buf, make([]byte, groupSize)...)
	return g
}

func (g *group) empty() bool { return len(g.buf) == groupSize }

func (g *group) add(run *runState, n int) {
	if k := len(g.items); k > 0 && g.items[k-1].run == run {
		g.items[k-1].bytes += int64(n)
		g.items[k-1].records++
		return
	}
	g.items = append(g.items, item{run, int64(n), 1})
}

// join makes the caller one of those who wait for the group. mu is held.
func (g *group) join() {
	g.waiters.Add(1)
	g.asleep++
	if g.done == nil {
		g.done = make(chan struct{})
	}
}

// end tells those who wait what became of the group. mu is held.
func (f *File) end(g *group, err error) {
	g.err, g.over = err, true
	if g.done != nil {
		f.woken.n.Add(g.asleep)
		close(g.done)
	}
}

// await returns the outcome of the group to one who has joined it.
func (f *File) await(ctx context.Context, g *group) error {
	if ctx.Done() == nil { // a plain receive is cheaper than a select
		<-g.done
		f.woken.ran()
		return g.err
	}
	select {
	case <-g.done:
		f.woken.ran()
		return g.err
	case <-ctx.Done():
		f.leave(g)
		return context.Cause(ctx)
	}
}

// leave is called by one who has joined the group and does not wait for its end.
func (f *File) leave(g *group) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g.over {
		f.woken.ran()
	} else {
		g.asleep--
	}
}

// There is one committer at a time. A caller of Wait who finds nobody committing
// is the next one, for the group with its own record: so a run that is alone
// goes to the disk and back without another goroutine. If others wait for the
// next group by then, a goroutine commits that, and goes on for as long as
// somebody waits: while it writes and syncs one group, the next one fills.

// lead commits the group that fills in the caller's goroutine and returns what
// became of it. mu is held, but not all the time.
func (f *File) lead() error {
	f.leading = true
	f.filling.waiters.Add(1)
	err := f.commitFilling()
	if f.filling.waiters.Load() > 0 && !f.closed {
		f.work.Go(f.commitAll)
	} else {
		f.stepDown()
	}
	return err
}

// commitAll commits groups until nobody waits for the next one. leading is set
// when it is called.
func (f *File) commitAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.filling.waiters.Load() > 0 {
		_ = f.commitFilling() // those who wait have it from their group
	}
	f.stepDown()
}

func (f *File) stepDown() {
	f.leading = false
	if f.closed {
		f.still.Broadcast() // Close waits for whoever leads
	}
}

// commitFilling commits what is in line. mu is held, but not while the disk is
// busy.
func (f *File) commitFilling() error {
	f.gather()
	g := f.filling
	if g.empty() {
		return f.failed // the journal was poisoned meanwhile
	}
	f.inflight, f.filling = g, newGroup(f.spare)
	f.spare = nil
	f.mu.Unlock()
	begin := time.Now()
	err := f.commit(g)
	took := time.Since(begin)
	f.mu.Lock()
	f.cost += (took - f.cost) / 8
	f.inflight = nil
	f.settle(g, err)
	return g.err
}

const (
	// yields is how often in a row the processor is given away without anybody
	// joining the group before it counts as complete.
	yields = 16
	// maxGather bounds how long a group is held open for steps that keep all
	// processors busy. It is the time that Go itself lets a goroutine run before
	// another one of the same processor gets its turn.
	maxGather = 10 * time.Millisecond
)

// gather lets others join the group that fills. Those whom the last commit has
// woken, and those who wait already, are known; most of them are about to come
// back, and the fewer groups there are the fewer syncs. So the caller rests until
// all of the woken have run, and after that, as long as some of the known are
// missing, the processor is given to those who are ready to run. That costs
// nothing where there is nobody: a lone run never gets here, and when all that
// is missing is blocked the yields return at once.
//
// Once a quarter of those who are known has come, the others are given as long
// as a commit takes and no longer, so that nobody waits much more than he would
// for the disk.
//
// Where a commit is no more than a write, one yield is all that pays, and it
// does so even if nobody is known: writes are so short that each run would come
// to make its own.
//
// mu is held, but not all the time.
func (f *File) gather() {
	g, known, cost := f.filling, f.known, f.cost
	always := f.opt.Sync == SyncAlways
	if always && g.waiters.Load() >= known {
		return
	}
	f.mu.Unlock()
	defer f.mu.Lock()
	if !always {
		runtime.Gosched()
		return
	}
	begin := time.Now()
	f.woken.rest(cost)
	came, quiet := time.Now(), 0
	for seen := g.waiters.Load(); seen < known; {
		runtime.Gosched()
		now := time.Now()
		n := g.waiters.Load()
		if n > seen {
			seen, came, quiet = n, now, 0
		} else if quiet++; quiet >= yields && now.Sub(came) >= cost/16 {
			return
		}
		if waited := now.Sub(begin); waited > maxGather || seen >= known/4 && waited > cost {
			return
		}
	}
}
