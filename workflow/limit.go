package workflow

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A limiter hands out the permits of semaphores and keys, over all runs that
// share it. A step that needs several gets all of them at once or none, so that
// steps cannot block each other; who has waited longest is served first.
type limiter struct {
	mu    sync.Mutex
	pools map[string]*pool
	sizes map[string]semaphoreSize // of the semaphores of all definitions that share it
}

type semaphoreSize struct {
	permits    int
	definition string
}

type pool struct {
	free  int
	queue []*permit
}

// A permit is one attempt's need of one semaphore, one key, or both.
type permit struct {
	r       *run
	inst    machine.Inst
	pools   [2]string // "" for none
	sizes   [2]int
	asked   int64
	granted bool
	gone    bool
}

func newLimiter() *limiter { return &limiter{pools: make(map[string]*pool)} }

// agree takes the sizes of a definition's semaphores. Those of another one that
// differ are an error: the size would depend on which step asks first.
func (l *limiter) agree(d *Definition) error {
	if len(d.permits) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(d.permits)) {
		if have, ok := l.sizes[name]; ok && have.permits != d.permits[name] {
			errs = append(errs, fmt.Errorf("workflow: %w: the semaphore %q has %d permits in the definition %q and %d in %q; "+
				"all definitions of an engine must agree", ErrOption, name, have.permits, have.definition, d.permits[name], d.name))
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	if l.sizes == nil {
		l.sizes = make(map[string]semaphoreSize)
	}
	for name, n := range d.permits {
		if _, ok := l.sizes[name]; !ok {
			l.sizes[name] = semaphoreSize{n, d.name}
		}
	}
	return nil
}

func (l *limiter) pool(name string, size int) *pool {
	p := l.pools[name]
	if p == nil {
		if semaphore, ok := strings.CutPrefix(name, "s:"); ok && l.sizes[semaphore].permits > 0 {
			size = l.sizes[semaphore].permits // that of an ended run, which is retried, may be another
		}
		p = &pool{free: size}
		l.pools[name] = p
	}
	return p
}

// ask grants the permit at once, or queues it.
func (l *limiter) ask(p *permit) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, name := range p.pools {
		if name != "" {
			pool := l.pool(name, p.sizes[i])
			pool.queue = append(pool.queue, p)
		}
	}
	return l.grant(p)
}

// grant takes what the permit needs if all of it is free and nobody who asked
// earlier could use it.
func (l *limiter) grant(p *permit) bool {
	for _, name := range p.pools {
		if name != "" && l.pools[name].free <= 0 {
			return false
		}
	}
	p.granted = true
	for _, name := range p.pools {
		if name != "" {
			pool := l.pools[name]
			pool.free--
			pool.remove(p)
		}
	}
	return true
}

// force gives a permit what it needs although others may have it: a step that
// was under way when the process before ended has it already.
func (l *limiter) force(p *permit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.granted = true
	for i, name := range p.pools {
		if name != "" {
			l.pool(name, p.sizes[i]).free--
		}
	}
}

func (q *pool) remove(p *permit) {
	for i, x := range q.queue {
		if x == p {
			q.queue = append(q.queue[:i], q.queue[i+1:]...)
			return
		}
	}
}

// giveBack returns a permit, granted or not, and the permits that this grants.
func (l *limiter) giveBack(p *permit) (granted []*permit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.gone {
		return nil
	}
	p.gone = true
	for _, name := range p.pools {
		if name == "" {
			continue
		}
		pool := l.pools[name]
		if p.granted {
			pool.free++
		} else {
			pool.remove(p)
		}
	}
	for i, name := range p.pools {
		if name == "" {
			continue
		}
		pool := l.pools[name]
		for k := 0; k < len(pool.queue) && pool.free > 0; {
			if next := pool.queue[k]; l.grant(next) {
				granted = append(granted, next)
			} else {
				k++
			}
		}
		if i == 1 && pool.free > 0 && len(pool.queue) == 0 {
			delete(l.pools, name) // a key that nobody uses any more
		}
	}
	return granted
}

// admit asks for an attempt's permits.
func (r *run) admit(j job, in In, key string) {
	if r.m.Outcome(j.inst) != Undecided {
		return // stopped meanwhile
	}
	rare := in.sc.frame.nodes[in.node].rare
	if rare == nil || rare.set&(optSemaphore|optKey) == 0 { // it needed some when it asked, in the process before
		r.feed(machine.Event{Kind: machine.EvGranted, Inst: j.inst})
		return
	}
	p := r.newPermit(j.inst, rare, key)
	if r.limits.ask(p) {
		r.feed(machine.Event{Kind: machine.EvGranted, Inst: j.inst, Outcome: Succeeded})
		return
	}
	choice := rare.semaphore
	if choice == "" {
		choice = key
	}
	r.note(note{kind: StepWaiting, sc: in.sc, node: in.node}, &noteMore{choice: choice})
}

func (r *run) newPermit(i machine.Inst, rare *rareDef, key string) *permit {
	p := &permit{r: r, inst: i, asked: r.now()}
	if rare.set&optSemaphore != 0 {
		p.pools[0], p.sizes[0] = "s:"+rare.semaphore, rare.permits
	}
	if rare.set&optKey != 0 { // the empty key is one, too
		p.pools[1], p.sizes[1] = "k:"+key, 1
	}
	if r.permits == nil {
		r.permits = make(map[machine.Inst]*permit)
	}
	r.permits[i] = p
	return p
}

// release gives an instance's permit back, if it has or awaits one.
func (r *run) release(i machine.Inst) {
	p := r.permits[i]
	if p == nil {
		return
	}
	delete(r.permits, i)
	r.grants = append(r.grants, r.limits.giveBack(p)...)
}

// tell lets the run of a granted permit go on.
func (p *permit) tell() {
	r := p.r
	r.mu.Lock()
	defer r.unlock()
	if r.permits[p.inst] != p {
		return // cancelled meanwhile, and given back by that
	}
	sc, node := r.scopeOf(p.inst)
	now := r.now()
	r.feed(machine.Event{Kind: machine.EvGranted, Inst: p.inst, Outcome: Succeeded})
	if r.permits[p.inst] == p { // else it is held back, and has given it away
		r.note(note{kind: StepGranted, sc: sc, node: node, at: now, dur: now - p.asked}, nil)
	}
	r.wake()
}
