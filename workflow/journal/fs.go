package journal

import "io"

// An FS is what a [File] needs of a file system. Errors are those of package os,
// so that errors.Is finds fs.ErrNotExist, syscall.ENOSPC and the like.
type FS interface {
	// MkdirAll makes a directory and its parents.
	MkdirAll(dir string) error
	// Open opens a file for reading and writing.
	Open(name string) (FSFile, error)
	// Create makes a file, which must not exist.
	Create(name string) (FSFile, error)
	// ReadDir returns the names in a directory, sorted.
	ReadDir(dir string) ([]string, error)
	// Identity tells a file from any other that is put in its place.
	Identity(name string) (Identity, error)
	// Owner returns the user who owns a file and the user of this process,
	// as numbers; equal where the system has no such notion.
	Owner(name string) (owner, self int, err error)
	// Rename puts a file in place of another, atomically.
	Rename(from, to string) error
	// Remove removes a file.
	Remove(name string) error
	// SyncDir makes the creations, renames and removals in a directory durable.
	SyncDir(dir string) error
	// Lock takes an exclusive lock that ends with the process or when it is
	// closed; it fails with [ErrLocked] if somebody has it.
	Lock(name string) (io.Closer, error)
}

// An FSFile is an open file of an [FS].
type FSFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes the data durable, and of the metadata what is needed to read it.
	Sync() error
	// Size returns the file's length in bytes.
	Size() (int64, error)
}

// An Identity is what tells one file from another of the same name.
type Identity struct {
	Device, Inode uint64
	ModTime       int64 // Unix nanoseconds
	Size          int64
}
