package journal

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"
)

// A File is a journal in a directory, made by [Open]. One process at a time has
// it open.
type File struct {
	dir       string
	stateFile string
	fs        FS
	opt       Options
	log       *slog.Logger

	lock     io.Closer
	seal     *sealer
	journal  [16]byte
	recovery Recovery

	// Only who commits uses these, one at a time.
	out    output
	state  state
	mine   Identity  // the STATE file that this process put in place
	fenced time.Time // when that was last looked at

	work    sync.WaitGroup // goroutines of this journal
	stop    chan struct{}  // closed by Close
	compact sync.Mutex     // one compaction at a time

	mu       sync.Mutex
	still    sync.Cond // Close waits here until nobody commits
	closed   bool
	use      use
	failed   error         // the first failure; the journal is poisoned
	filling  *group        // takes records
	inflight *group        // is being committed; nil if none is
	leading  bool          // somebody commits, or is about to
	woken    *woken        // by the last commits
	known    int32         // how many waited when the last commit ended
	cost     time.Duration // how long a commit takes, smoothed
	written  output        // as out was after the last commit
	spare    *group        // whose buffers can be used again
	last     Position      // of the last record appended
	durable  Position      // of the last record committed
	segments []*segment
	runs     map[Run]*runState
	recent   [recentRuns]recentRun // some of them, each in the place that its number gives it
	dropped  map[Run]spot          // up to where the records of a run are void
	readers  int                   // iterations under way
	trash    []string              // files to remove when no iteration is under way
	retired  []FSFile              // filled segments that the interval's sync may still hold
	stats    Stats
}

// A runState is what the journal knows of a run.
type runState struct {
	ended   bool
	dropped bool  // no longer in the index; records in line may still point here
	end     int64 // time of the last record, which bears the End mark if ended
	spans   []span
}

// recentRuns is how many of the runs are found without the map, which is large after
// a while, and then slow for those few that take records.
const recentRuns = 256

type recentRun struct {
	run   Run
	state *runState // nil if the place is free
}

// A span says how many bytes of a run's records lie in a segment.
type span struct {
	segment *segment
	bytes   int64
}

// A spot is a place in the journal.
type spot struct {
	segment uint64 // first number
	offset  int64
}

func (s spot) before(t spot) bool {
	return s.segment < t.segment || s.segment == t.segment && s.offset < t.offset
}

// A Recovery says what [Open] found.
type Recovery struct {
	Epoch    uint64 // how often the journal has been opened
	Segments int
	Records  int
	Runs     int   // that have records; ended ones count
	Clean    bool  // the journal had been closed
	Torn     *Torn // what was cut off at the end; nil if it was whole

	// Unproven says that the STATE file was missing. It knows which segment is the
	// last one, and where a journal that was closed ends, so segments may have been
	// lost at the end that nobody can miss now. A new STATE file is in place.
	Unproven bool
}

// A Torn says where the end of the journal was cut off: behind the last whole
// record of a write that is not all there. That is what a crash leaves of a write
// which nobody was told is durable. What it looks like cannot tell it from the
// very last write before a crash, acknowledged or not, of which the disk has lost
// sectors or ends of sectors since; a loss of all its sectors leaves nothing to
// report. A flipped bit is not taken for it, nor is damage to a journal that had
// been closed or to a write that another one followed: these are [ErrCorrupt].
//
// If [Options.AllowTruncated] was needed, it says what was left of the file.
type Torn struct {
	File   string
	Offset int64  // end of the last whole record, where the journal goes on
	Bytes  int64  // how much was cut off; 0 if only zeros followed
	Detail string // what was wrong there
}

// Stats count what a journal has done since it was opened.
type Stats struct {
	Records  int   // committed
	Groups   int   // writes; each holds all records that were in line
	Syncs    int   // syncs of groups, those of rotation and compaction excepted
	Bytes    int64 // written to segments
	Segments int   // that are there now
	Runs     int   // that have records
}

// Stats returns the counts.
func (f *File) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Segments, s.Runs = len(f.segments), len(f.runs)
	return s
}

// Recovery returns what Open found.
func (f *File) Recovery() Recovery { return f.recovery }

// Append puts a batch in line. It is written with all else that is in line when
// somebody waits for it, or for something behind it; by Close otherwise.
func (f *File) Append(batch []Record) (Position, error) {
	if err := checkSizes(batch, f.opt.MaxRecord); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.usable(); err != nil {
		return 0, err
	}
	if len(batch) == 0 {
		return f.last, nil
	}
	g := f.filling
	for i := range batch {
		r := &batch[i]
		before := len(g.buf)
		g.buf = appendFrame(g.buf, r, 0, f.seal)
		g.add(f.run(r.Run, r.Mark, r.Time), len(g.buf)-before)
	}
	f.last += Position(len(batch))
	g.last = f.last
	return f.last, nil
}

// run notes a record of a run and returns the run's state. mu is held.
func (f *File) run(run Run, mark Mark, at int64) *runState {
	c := &f.recent[run%recentRuns]
	if c.state == nil || c.run != run {
		c.run, c.state = run, f.runs[run]
		if c.state == nil {
			c.state = new(runState)
			f.runs[run] = c.state
		}
	}
	s := c.state
	s.ended, s.end = mark == End, at
	return s
}

// Wait returns when everything up to p is durable in the sense of the mode.
func (f *File) Wait(ctx context.Context, p Position) error {
	f.mu.Lock()
	switch {
	case f.closed:
		f.mu.Unlock()
		return ErrClosed
	case p <= f.durable:
		f.mu.Unlock()
		return nil
	case f.failed != nil:
		defer f.mu.Unlock()
		return f.failed
	case p > f.last:
		f.mu.Unlock()
		return errors.New("journal: wait for a position that was not given out")
	}
	g := f.filling
	if f.inflight != nil && p <= f.inflight.last {
		g = f.inflight
	} else if !f.leading {
		// A sync may take long. Who may have to leave before that does not lead.
		if f.opt.Sync != SyncAlways || ctx.Done() == nil {
			defer f.mu.Unlock()
			return f.lead()
		}
		f.leading = true
		f.work.Go(f.commitAll)
	}
	g.join()
	f.mu.Unlock()
	return f.await(ctx, g)
}

// Use takes the journal for one user, see [Exclusive].
func (f *File) Use() (giveUp func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	return f.use.take()
}

// usable returns why the journal takes no records, if so. mu is held.
func (f *File) usable() error {
	if f.closed {
		return ErrClosed
	}
	return f.failed
}

// Close commits what is in line, ends the goroutines of the journal, notes that
// it was closed, and gives up the lock.
func (f *File) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	f.mu.Unlock()
	close(f.stop)
	f.work.Wait()

	f.compact.Lock() // a Compact that was called before finishes first
	defer f.compact.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.leading {
		f.still.Wait()
	}
	err := f.failed
	if err == nil {
		err = f.finish()
	}
	for _, old := range f.retired {
		err = errors.Join(err, old.Close())
	}
	return errors.Join(err, f.out.close(), f.lock.Close())
}

// finish makes all durable and writes the mark of a clean shutdown. Somebody
// who has taken over has a state of his own, which must stay.
func (f *File) finish() error {
	if !f.filling.empty() {
		if err := f.lead(); err != nil {
			return err
		}
	}
	if err := f.fence(); err != nil {
		return err
	}
	if err := f.out.sync(); err != nil {
		return f.poisoned(f.cannotSync(f.out.segment, err))
	}
	f.state.Clean = &cleanEnd{Segment: f.out.segment.first, Offset: f.out.offset, Sum: f.out.sum}
	_, err := writeState(f.fs, f.dir, &f.state)
	return err
}

// syncPeriodically is the goroutine of mode SyncInterval.
func (f *File) syncPeriodically() {
	tick := time.NewTicker(f.opt.Interval)
	defer tick.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-tick.C:
			f.syncNow()
		}
	}
}

// syncNow syncs what has been written. Nobody waits for that: records are
// appended and written meanwhile. A segment that is filled up is retired by who
// writes and closed here, when no sync holds it.
func (f *File) syncNow() {
	f.mu.Lock()
	if !f.filling.empty() && !f.leading && f.failed == nil {
		_ = f.lead() // what nobody waited for
	}
	old, w, ok := f.retired, f.written, f.failed == nil
	f.retired = nil
	f.mu.Unlock()
	for _, o := range old {
		if err := o.Close(); err != nil {
			f.log.Warn("journal: close of a filled segment", "error", err)
		}
	}
	if !ok || w.synced.Load() >= w.offset {
		return
	}
	err := w.sync()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Syncs++
	if err != nil {
		f.fail(f.cannotSync(w.segment, err))
	}
}

func (f *File) cannotSync(s *segment, err error) error {
	return ioError(filepath.Join(f.dir, s.name), "cannot be synced", err)
}
