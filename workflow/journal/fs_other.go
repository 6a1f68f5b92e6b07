//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package journal

import (
	"errors"
	"io"
	"os"
)

func (osFS) SyncDir(string) error { return nil }

// Lock fails: without a lock that ends with the process, two writers could
// destroy a journal, so there is no File on such a system.
func (osFS) Lock(name string) (io.Closer, error) {
	return nil, &os.PathError{Op: "lock", Path: name, Err: errors.ErrUnsupported}
}

func (osFS) Owner(string) (owner, self int, err error) { return 0, 0, nil }

func (osFS) Identity(name string) (Identity, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Identity{}, err
	}
	return Identity{ModTime: info.ModTime().UnixNano(), Size: info.Size()}, nil
}

func isNoSpace(error) bool { return false }

func isReadOnly(error) bool { return false }
