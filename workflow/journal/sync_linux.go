package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync leaves out the file's times, which saves a write of the inode as
// long as the file does not grow.
func dataSync(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
		}
	}
}
