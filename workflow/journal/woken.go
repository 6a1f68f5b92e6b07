package journal

import (
	"sync/atomic"
	"time"
)

// woken counts those whom commits have woken and who have not run since. While
// there are any, who gathers a group rests. If he gave his processor away again and
// again instead, it would come back to him before it looked for what lies in line
// at another one, so that it would be of no help there.
type woken struct {
	n     atomic.Int32
	none  chan struct{} // has room for the word that n has come down to 0
	bound *time.Timer
}

func newWoken() *woken {
	w := &woken{none: make(chan struct{}, 1), bound: time.NewTimer(time.Hour)}
	w.bound.Stop()
	return w
}

// ran says that one of them has.
func (w *woken) ran() {
	if w.n.Add(-1) > 0 {
		return
	}
	select {
	case w.none <- struct{}{}:
	default: // there is an earlier word, which does as well: who gets it looks again
	}
}

// rest waits until all have run, but not longer than limit. One at a time does.
func (w *woken) rest(limit time.Duration) {
	if w.n.Load() == 0 {
		return
	}
	w.bound.Reset(limit)
	defer w.bound.Stop()
	for w.n.Load() > 0 {
		select {
		case <-w.none:
		case <-w.bound.C:
			return
		}
	}
}
