// Package atomicfile writes files that are either there as a whole or not at
// all, also after a loss of power: written beside their place, synced, moved
// into it, and the folder synced.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
)

// Replace makes data the content of the named file below root, whatever was
// there before. Readers see the old content or the new one.
func Replace(root *os.Root, name string, data []byte, perm fs.FileMode) error {
	return write(root, name, data, perm, root.Rename)
}

// Create makes a file with the content data. If the name is taken, it changes
// nothing and returns an error that wraps [fs.ErrExist].
func Create(root *os.Root, name string, data []byte, perm fs.FileMode) error {
	return write(root, name, data, perm, func(temporary, name string) error {
		// A link fails where a rename would replace.
		if err := root.Link(temporary, name); err != nil {
			return err
		}
		return root.Remove(temporary)
	})
}

func write(root *os.Root, name string, data []byte, perm fs.FileMode, place func(temporary, name string) error) (err error) {
	dir := path.Dir(name)
	temporary := path.Join(dir, "."+path.Base(name)+"."+rand.Text()+".tmp")
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(temporary)
		}
	}()
	_, werr := f.Write(data)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(temporary, name); err != nil {
		return err
	}
	return SyncDir(root, dir)
}

// SyncDir makes what was created, moved or removed in a folder durable. Where the
// system cannot do that, as on Windows, it does nothing.
func SyncDir(root *os.Root, dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
