//go:build unix

package blocklist

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// lock takes the lock file, which keeps processes apart. The system gives it back
// when a process dies. The file stays where it is: to remove it would let two
// processes lock two files of one name.
func lock(ctx context.Context, dir *os.Root, name string) (unlock func() error, err error) {
	f, err := dir.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fileError("open", name, err)
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fileError("lock", name, err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			f.Close()
			e := connector.Errorf(connector.KindOf(ctx.Err()), "another process holds the lock %s", name)
			e.Err = context.Cause(ctx)
			return nil, e
		}
	}
}
