package journal

import (
	"context"
	"iter"
	"time"
)

// A Journal keeps records of runs. All methods are safe for concurrent use.
//
// What an implementer promises (package journaltest checks it):
//   - a batch is appended in its order, and batches in the order in which
//     Append was called;
//   - Append keeps no reference to the batch or to the payloads in it;
//   - Wait(p) returns nil only if every record up to p is durable;
//   - after a crash, Replay yields a prefix of what was appended that holds
//     everything for which Wait returned nil;
//   - after a failed write or sync, Append and Wait fail with [ErrPoisoned];
//   - after Close, every method fails with [ErrClosed], and Close returns nil.
type Journal interface {
	// Append puts the records of a batch in line and returns the position of
	// the last. It does not wait for the disk, and nothing may be written
	// before somebody waits or the journal is closed. An empty batch returns the
	// position of the last record appended. A record that is too large refuses
	// the whole batch with a [*SizeError].
	Append(batch []Record) (Position, error)

	// Wait returns nil when everything up to p is durable. It returns the cause
	// of ctx if that ends first; the records are in line all the same.
	Wait(ctx context.Context, p Position) error

	// Replay yields the records of the runs named, or of all runs if none is
	// named, in the order of appending, up to those appended when the iteration
	// began. The payload is valid until the next step of the iteration. An
	// error ends the iteration: the cause of ctx, damage ([ErrCorrupt] and
	// others), or [ErrNoRun] if a run is named of which there is no record.
	Replay(ctx context.Context, runs ...Run) iter.Seq2[Record, error]

	// Compact drops the records of all runs that ended before the given time
	// and gives their space back as far as it can be had.
	Compact(ctx context.Context, endedBefore time.Time) error

	// Close makes durable what was appended and ends what the journal started.
	// Its error is that of the last commit; closing twice is no error.
	Close() error
}

// An Exclusive journal makes sure that one user at a time in this process does
// what needs all of it to himself, such as an engine, which numbers the runs. [File]
// and [Memory] are.
type Exclusive interface {
	// Use returns [ErrInUse] until the function that the call before it returned
	// has been called. Calling that again does nothing. A closed journal is
	// [ErrClosed].
	Use() (giveUp func(), err error)
}

// A SecretKeeper is a journal that tells whether what it holds is kept from all who
// have not its key. A [Journal] that is none counts as one that anybody can read.
type SecretKeeper interface {
	KeepsSecrets() bool
}

var (
	_ SecretKeeper = (*File)(nil)
	_ SecretKeeper = (*Memory)(nil)
)

// A Run is the number of a run within one journal, chosen by the writer. Zero
// is a valid number. Numbers of runs that were dropped may be used again.
type Run uint64

// A Position counts the records appended to a journal since it was opened.
// Position zero is always durable.
type Position uint64

// A Kind tells the writer what a record is. The journal does not look at it.
type Kind uint8

// A Mark is what the journal itself must know of a record.
type Mark uint8

// The marks of records.
const (
	None Mark = iota // one record of a run among others
	End              // the run has ended; it may be dropped when it is old enough
)

// A Record is one thing that happened in a run.
type Record struct {
	Run     Run
	Kind    Kind
	Mark    Mark
	Step    uint64 // which step instance; the writer's numbering
	Attempt uint32 // which attempt of it
	Time    int64  // Unix time in nanoseconds
	Payload []byte // may be empty; nil and empty are the same

	// Label names the record in errors, for instance the step whose result is
	// too large. It is not kept: Replay yields an empty one.
	Label string
}

// A SyncMode says what a record survives once [Journal.Wait] has returned.
type SyncMode uint8

// The sync modes of [File], named for when the disk is synced.
const (
	// SyncAlways survives the loss of power: Wait returns after the data has
	// been forced to the disk. It is the default.
	SyncAlways SyncMode = iota

	// SyncInterval survives the death of the process at once, and the loss of
	// power after at most [Options.Interval]: records of the last interval may
	// be lost, always from the end, never with a gap.
	SyncInterval

	// SyncNone survives the death of the process, SIGKILL included. What the
	// operating system had not yet written by itself is lost with the power.
	SyncNone
)

// String returns "always", "interval" or "none".
func (m SyncMode) String() string {
	switch m {
	case SyncAlways:
		return "always"
	case SyncInterval:
		return "interval"
	case SyncNone:
		return "none"
	}
	return "invalid sync mode"
}

// unixNano is t.UnixNano, but of a time that is before 1678 or after 2262 the first
// or last that there is.
func unixNano(t time.Time) int64 { return int64(t.Sub(time.Unix(0, 0))) }
