package journal

import (
	"crypto/cipher"
	"fmt"
	"log/slog"
	"time"
)

// Defaults and bounds of [Options].
const (
	DefaultSegmentSize = 16 << 20
	MinSegmentSize     = 64 << 10
	MaxSegmentSize     = 1 << 30

	DefaultMaxRecord = 4 << 20
	MaxMaxRecord     = 64 << 20

	DefaultInterval = 100 * time.Millisecond
)

// Options adjust a [File]. The zero value is a good default.
type Options struct {
	// Sync says what a record survives once Wait has returned.
	Sync SyncMode

	// Interval is the longest time between two syncs in mode SyncInterval.
	// Zero means DefaultInterval.
	Interval time.Duration

	// SegmentSize is the size in bytes at which a new file is begun. Files are
	// allocated and zero-filled in full, because a disk syncs a write into
	// allocated blocks faster than one that grows a file. Zero means
	// DefaultSegmentSize. A journal may be opened with another size than before.
	SegmentSize int64

	// MaxRecord bounds the payload of one record in bytes. Zero means
	// DefaultMaxRecord.
	MaxRecord int

	// Retain is how long the records of an ended run are kept. If it is
	// positive, older ones are dropped in the background whenever a segment has
	// been filled. Zero keeps them until Compact is called.
	Retain time.Duration

	// AEAD, if not nil, encrypts and authenticates the payload of every record
	// and authenticates its other fields. The key is the caller's, and so is
	// keeping it; NonceSize must be at least 12 bytes. Nonces are random: with a
	// 12-byte nonce, change the key before 2^32 records.
	//
	// Without the key nobody reads a payload, changes a record or makes one, be it
	// one that drops a run. It hides nothing but payloads: not their sizes, nor
	// runs, kinds, steps and times. And it does not bind a record to its place:
	// whoever can write to the directory can take records away, repeat them and
	// change their order, which the checksums, made against accidents, do not
	// show. Keep the directory to its user. Drop records in segments written
	// before they were sealed are believed until the segments are compacted.
	AEAD cipher.AEAD

	// AllowForeignUser opens a journal that belongs to another user.
	AllowForeignUser bool

	// AllowTruncated opens a journal whose last segment has been cut short, with
	// the records that are left in it. It accepts that records are lost which had
	// been acknowledged; Recovery says where the journal ends now.
	AllowTruncated bool

	// Logger is told of what was repaired and of background work that failed.
	// Nil discards it.
	Logger *slog.Logger

	// FS is the file system; nil is that of the operating system. It is there
	// for tests, see journaltest.Disk.
	FS FS
}

// withDefaults returns o with its zero fields replaced, or says what is wrong
// with it.
func (o Options) withDefaults() (Options, error) {
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = DefaultSegmentSize
	}
	if o.MaxRecord == 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
	switch {
	case o.Sync > SyncNone:
		return o, fmt.Errorf("journal: options: sync mode %d does not exist", o.Sync)
	case o.Interval < 0:
		return o, fmt.Errorf("journal: options: interval %v is negative", o.Interval)
	case o.SegmentSize < MinSegmentSize || o.SegmentSize > MaxSegmentSize:
		return o, fmt.Errorf("journal: options: segment size %d is not within %d and %d bytes", o.SegmentSize, MinSegmentSize, MaxSegmentSize)
	case o.MaxRecord < 0 || o.MaxRecord > MaxMaxRecord:
		return o, fmt.Errorf("journal: options: record limit %d is not within 0 and %d bytes", o.MaxRecord, MaxMaxRecord)
	case o.Retain < 0:
		return o, fmt.Errorf("journal: options: retention %v is negative", o.Retain)
	case o.AEAD != nil && o.AEAD.NonceSize() < 12:
		return o, fmt.Errorf("journal: options: nonce of %d bytes is too short to be random, 12 are needed", o.AEAD.NonceSize())
	}
	return o, nil
}
