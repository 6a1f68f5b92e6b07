package journal

import (
	"sync"
	"sync/atomic"
)

var (
	_ Exclusive = (*File)(nil)
	_ Exclusive = (*Memory)(nil)
)

// A use tells whether somebody has a journal to himself.
type use struct{ taken atomic.Bool }

func (u *use) take() (giveUp func(), err error) {
	if !u.taken.CompareAndSwap(false, true) {
		return nil, ErrInUse
	}
	return sync.OnceFunc(func() { u.taken.Store(false) }), nil
}
