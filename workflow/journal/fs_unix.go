//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package journal

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func (osFS) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockPatience is how long a lock that is held is asked for again: a supervisor
// may start this process when the one before has just been killed, and on a busy
// machine the lock was seen to outlive the report of that death.
const lockPatience = 200 * time.Millisecond

// Lock uses flock, which a child process does not keep by inheriting an
// unrelated descriptor and which another File of this process respects too
// (record locks of fcntl would do neither).
func (osFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for begin := time.Now(); ; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		switch {
		case err == unix.EINTR:
		case err == unix.EWOULDBLOCK && time.Since(begin) < lockPatience:
			time.Sleep(time.Millisecond)
		default:
			f.Close()
			if err == unix.EWOULDBLOCK {
				return nil, ErrLocked
			}
			return nil, &os.PathError{Op: "flock", Path: name, Err: err}
		}
	}
}

func (osFS) Owner(name string) (owner, self int, err error) {
	var stat unix.Stat_t
	if err := unix.Stat(name, &stat); err != nil {
		return 0, 0, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return int(stat.Uid), os.Geteuid(), nil
}

// Identity asks the system directly: it is asked before every commit, and
// os.Stat would allocate.
func (osFS) Identity(name string) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(name, &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return Identity{
		Device:  uint64(stat.Dev), // a signed integer on some systems
		Inode:   stat.Ino,
		ModTime: stat.Mtim.Nano(),
		Size:    stat.Size,
	}, nil
}

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
