package journal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// SyncDir does nothing: NTFS journals its directories, and a directory cannot
// be flushed.
func (osFS) SyncDir(string) error { return nil }

func (osFS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if err == nil {
		return f, nil
	}
	f.Close()
	if err == windows.ERROR_LOCK_VIOLATION {
		return nil, ErrLocked
	}
	return nil, &os.PathError{Op: "LockFileEx", Path: name, Err: err}
}

// Owner knows no users: access lists of the system decide who may open a file.
func (osFS) Owner(string) (owner, self int, err error) { return 0, 0, nil }

func (osFS) Identity(name string) (Identity, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Identity{}, err
	}
	return Identity{ModTime: info.ModTime().UnixNano(), Size: info.Size()}, nil
}

func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
