// Package journaltest helps people who write a journal, or who want to know how
// their program behaves when the disk under a journal does not.
//
// [Run] checks everything that [journal.Journal] promises, each promise as a
// subtest. [Disk] is a file system in memory for [journal.Options] that loses
// what was not synced, tears sectors, flips bits, fails to sync, fills up and
// loses its power at a chosen operation.
package journaltest
