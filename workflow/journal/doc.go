// Package journal keeps what happened in workflow runs so that a run survives
// its process. It knows records, runs and durability and nothing about
// workflows: kinds and payloads of records are opaque to it.
//
// Two journals are here: [Memory], for tests and for engines that need not
// survive, and [File], a directory of checksummed segments. Others can be
// written against [Journal]; package journaltest holds the tests they must pass.
//
// # Writing
//
// [Journal.Append] puts a batch of records in line and returns at once with its
// [Position]; [Journal.Wait] returns when everything up to that position is
// durable in the sense of the journal's [SyncMode]. What follows from a record
// must not start before Wait has returned. All that wait at the same time share
// one sync of the disk (group commit), and the next group fills while the disk
// is busy with the last one.
//
// # Reading
//
// [Journal.Replay] yields the records of all runs, or of some, in the order in
// which they were appended. A reader that has replayed everything knows what the
// writer knew, up to the last position for which Wait returned nil. Records that
// were appended and never waited for may or may not be there, but never with a
// gap: what is there is a prefix of what was appended.
//
// # Runs
//
// A run is a number that the writer chooses, see [Run]. A record whose [Mark] is
// [End] ends its run; any later record of the run opens it again. Only ended runs
// are ever dropped, by [Journal.Compact].
//
// # When something is wrong
//
// Damage is never passed over. Everything that can be wrong with a journal has
// a sentinel (ErrCorrupt, ErrMissingSegment, ErrLocked and so on) and arrives as
// an [*Error] that names the file, the offset where there is one, and what to do
// about it. The one thing that is repaired without asking is a torn tail: the
// unfinished write of a process or a machine that stopped. It is cut at the last
// whole record and reported by [File.Recovery], see [Torn] for what is known of it.
// A file that is shorter than it was made is no torn tail ([ErrTruncated]).
//
// After a failed write or sync a journal takes no further record ([ErrPoisoned]):
// what the disk holds is unknown until it has been read again, so the only way on
// is to close and open it. Nothing that was acknowledged before is lost by that.
package journal
