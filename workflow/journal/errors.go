package journal

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a journal. All but ErrClosed, ErrInUse, ErrNoRun and
// ErrTooLarge arrive as the Kind of an [*Error].
var (
	// ErrCorrupt: bytes that were durable are not what was written: a flipped
	// bit, an overwritten or zeroed sector, a segment cut short. Restore the
	// file from a copy; nothing has been changed.
	ErrCorrupt = errors.New("record is corrupt")

	// ErrTruncated: a segment is shorter than it was made. Segments are made in
	// full and synced before they are used, so no crash of a writer does that:
	// what was cut off may hold records that were acknowledged. Restore the file
	// from a copy, or accept the loss with [Options.AllowTruncated]. It is a kind
	// of ErrCorrupt, for which errors.Is finds it too.
	ErrTruncated error = subKind{"file is cut short", ErrCorrupt}

	// ErrMissingSegment: a file of the chain is not there, or comes from
	// another place of the chain. That the last one is missing can be told only
	// if the STATE file is there, see Unproven of [Recovery].
	ErrMissingSegment = errors.New("segment is missing")

	// ErrForeign: a file that bears a segment's name is no segment, or belongs
	// to another journal.
	ErrForeign = errors.New("not a segment of this journal")

	// ErrVersion: the journal was written by a newer version of this package.
	ErrVersion = errors.New("format version is not known")

	// ErrLocked: another process, or another File of this process, has the
	// directory open.
	ErrLocked = errors.New("journal is in use")

	// ErrStaleEpoch: another process has opened the directory since, which
	// locking should have prevented. This journal takes no further record.
	ErrStaleEpoch = errors.New("another writer has taken over")

	// ErrNoSpace: the disk or the quota is full.
	ErrNoSpace = errors.New("no space left")

	// ErrReadOnly: the directory or the file system cannot be written.
	ErrReadOnly = errors.New("journal cannot be written")

	// ErrPoisoned: an earlier write or sync failed, so nobody knows what the
	// disk holds. Err of the [*Error] is the first failure.
	ErrPoisoned = errors.New("journal takes no records after a failed write")

	// ErrForeignUser: the directory belongs to another user, who could not open
	// what we would write.
	ErrForeignUser = errors.New("journal belongs to another user")

	// ErrKey: the journal is encrypted under another key, or it is encrypted
	// and no key was given, or the other way round.
	ErrKey = errors.New("key does not fit")

	// ErrTooLarge: a record is larger than [Options.MaxRecord]; see [SizeError].
	ErrTooLarge = errors.New("record is too large")

	// ErrNoRun: a run was named of which the journal has no record.
	ErrNoRun = errors.New("journal: no record of the run")

	// ErrInUse: somebody in this process has this journal to himself, see
	// [Exclusive]. That another process or File has the directory is [ErrLocked].
	ErrInUse = errors.New("journal: it is in use by another one in this process")

	// ErrClosed: the journal has been closed.
	ErrClosed = errors.New("journal: closed")
)

// A subKind is a kind within a wider one.
type subKind struct {
	text string
	of   error
}

func (k subKind) Error() string { return k.text }
func (k subKind) Unwrap() error { return k.of }

// An Error is one thing that is wrong with a journal. It never holds a payload.
type Error struct {
	Kind   error  // a sentinel of this package
	File   string // the file or directory concerned
	Offset int64  // byte offset in File; negative if it concerns the whole file
	Detail string // what was found
	Advice string // what to do
	Err    error  // the cause, if there is one below: usually the operating system's
}

// Error tells file, offset, kind, what was found, and what to do.
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString("journal: ")
	if e.File != "" {
		s.WriteString(e.File)
		if e.Offset >= 0 {
			fmt.Fprintf(&s, " at offset %d", e.Offset)
		}
		s.WriteString(": ")
	}
	s.WriteString(e.Kind.Error())
	if e.Detail != "" {
		s.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		s.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		s.WriteString(" (" + e.Advice + ")")
	}
	return s.String()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// A SizeError says which record is too large. Its kind is [ErrTooLarge].
type SizeError struct {
	Label string // the record's label, such as the step's path
	Size  int    // bytes of the payload
	Limit int    // bytes allowed
}

// Error names the record, its size and the limit.
func (e *SizeError) Error() string {
	name := e.Label
	if name == "" {
		name = "record"
	}
	return fmt.Sprintf("journal: %s: %v: %d bytes, %d are allowed (record a reference to the data, or raise MaxRecord)",
		name, ErrTooLarge, e.Size, e.Limit)
}

// Unwrap returns [ErrTooLarge].
func (e *SizeError) Unwrap() error { return ErrTooLarge }
