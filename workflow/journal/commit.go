package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"
)

// fencePeriod is how often the modes that do not sync each commit look whether
// another writer has taken over; the look costs as much as the write.
const fencePeriod = 50 * time.Millisecond

// A group is what is written at once: all records that were in line when the
// disk became free. Its buffer begins with room for the group record.
type group struct {
	buf   []byte
	items []item
	last  Position
	done  chan struct{} // closed when the group is committed or has failed
	turn  chan struct{} // tells one of those who wait to commit the group
	err   error         // set before done is closed

	segment *segment // where it was written
	voids   []void   // drop records in it
}

// An item is how many bytes the next records of the group take, all of one run.
// A nil run is a record of the journal's own.
type item struct {
	run     *runState
	bytes   int64
	records int
}

// A void is a drop record within a group.
type void struct {
	run Run
	at  int64 // offset in the group's buffer
}

// maxSpare is the largest buffer that is kept for the next group.
const maxSpare = 8 << 20

// newGroup returns an empty group with the buffers of one that is done with.
func newGroup(spare *group) *group {
	g := &group{done: make(chan struct{}), turn: make(chan struct{}, 1)}
	if spare != nil && cap(spare.buf) <= maxSpare {
		g.buf, g.items = spare.buf[:0], spare.items[:0]
	}
	g.buf = append(g.buf, make([]byte, groupSize)...)
	return g
}

func (g *group) empty() bool { return len(g.buf) == groupSize }

func (g *group) add(run *runState, n int) {
	if k := len(g.items); k > 0 && g.items[k-1].run == run {
		g.items[k-1].bytes += int64(n)
		g.items[k-1].records++
		return
	}
	g.items = append(g.items, item{run, int64(n), 1})
}

// wait returns the outcome of the group, or that its turn has come.
func (g *group) wait(ctx context.Context) (done bool, err error) {
	select {
	case <-g.done:
		return true, g.err
	case <-g.turn:
		return false, nil
	case <-ctx.Done():
		return true, context.Cause(ctx)
	}
}

// An output is the segment that is being written.
type output struct {
	segment *segment
	file    FSFile
	seed    uint32
	sum     uint32
	offset  int64         // where the next group goes
	synced  *atomic.Int64 // up to where the file is durable
	limit   int64         // where the segment is full
	next    chan ready    // the segment that comes next; nil until it is being made
}

// sync makes durable what has been written.
func (o *output) sync() error {
	if o.synced.Load() >= o.offset {
		return nil
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	o.synced.Store(o.offset)
	return nil
}

// A ready is a file of zeros, or why there is none.
type ready struct {
	file FSFile
	err  error
}

func (o *output) close() error {
	var err error
	if o.next != nil {
		if r := <-o.next; r.file != nil {
			err = r.file.Close()
		}
	}
	return errors.Join(err, o.file.Close())
}

// commitLoop is the committer: while it writes and syncs one group, the next
// one fills. It does nothing until somebody waits, so that what belongs together
// without being appended at once still takes one sync.
func (f *File) commitLoop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for !f.wanted && !f.closed {
			f.wake.Wait()
		}
		if f.filling.empty() || f.failed != nil {
			return // closed: Wait was called only if there was something in line
		}
		f.commitFilling()
	}
}

// lead commits in the caller's goroutine, for modes in which a commit is no
// more than a write and handing it to another goroutine would cost more. Before
// it does, it lets others run who are about to append, so that a write takes
// many records when many runs are busy. mu is held, but not all the time.
func (f *File) lead() {
	f.leading = true
	f.mu.Unlock()
	runtime.Gosched()
	f.mu.Lock()
	f.commitFilling()
	f.leading = false
	if !f.filling.empty() {
		f.filling.turn <- struct{}{}
	}
	if f.closed {
		f.wake.Broadcast() // Close waits for whoever leads
	}
}

// commitFilling commits what is in line. mu is held, but not while the disk is
// busy.
func (f *File) commitFilling() {
	g := f.filling
	f.inflight, f.filling = g, newGroup(f.spare)
	f.spare, f.wanted = nil, false
	f.mu.Unlock()
	err := f.commit(g)
	f.mu.Lock()
	f.inflight = nil
	f.settle(g, err)
}

// settle notes the outcome of a commit and tells those who wait. mu is held.
func (f *File) settle(g *group, err error) {
	if err != nil {
		f.fail(err)
		g.err = f.failed
		close(g.done)
		return
	}
	if f.segments[len(f.segments)-1] != g.segment {
		f.segments = append(f.segments, g.segment)
	}
	base := f.out.offset - int64(len(g.buf))
	for _, v := range g.voids {
		f.dropped[v.run] = spot{g.segment.first, base + v.at}
	}
	for _, it := range g.items {
		f.stats.Records += it.records
		if it.run != nil {
			it.run.grow(g.segment, it.bytes)
		}
	}
	g.segment.size, g.segment.sum = f.out.offset, f.out.sum
	f.written = f.out
	f.stats.Groups++
	f.stats.Bytes += int64(len(g.buf))
	if f.opt.Sync == SyncAlways {
		f.stats.Syncs++
	}
	f.durable = g.last
	f.spare = g
	close(g.done)
}

// grow notes records of a run in a segment.
func (r *runState) grow(s *segment, bytes int64) {
	s.data += bytes
	if r.dropped {
		return
	}
	s.live += bytes
	if n := len(r.spans); n > 0 && r.spans[n-1].segment == s {
		r.spans[n-1].bytes += bytes
		return
	}
	r.spans = append(r.spans, span{s, bytes})
}

// fail poisons the journal, once, and tells those who wait for the group that
// fills. mu is held.
func (f *File) fail(err error) {
	if f.failed != nil {
		return
	}
	f.failed = f.poisoned(err)
	f.log.Error("journal: no record is taken any more", "dir", f.dir, "error", err)
	if !f.filling.empty() {
		f.filling.err = f.failed
		close(f.filling.done)
		f.filling = newGroup(nil)
	}
}

func (f *File) poisoned(err error) error {
	return &Error{Kind: ErrPoisoned, File: f.dir, Offset: -1, Err: err,
		Advice: "close the journal and open it again; what was acknowledged is kept"}
}

// commit writes a group, and syncs it if the mode wants that. It is called by
// one goroutine at a time, without mu.
func (f *File) commit(g *group) error {
	if f.opt.Sync == SyncAlways || time.Since(f.fenced) > fencePeriod {
		if err := f.fence(); err != nil {
			return err
		}
		f.fenced = time.Now()
	}
	o := &f.out
	if o.offset+int64(len(g.buf)) > o.limit && o.offset > headerSize {
		if err := f.rotate(int64(len(g.buf))); err != nil {
			return err
		}
	}
	head := groupRecord{epoch: f.state.Epoch, synced: o.synced.Load(), length: int64(len(g.buf) - groupSize)}
	head.appendTo(g.buf[:0])
	sum := o.sum
	for at := 0; at < len(g.buf); {
		frame := g.buf[at:]
		frame = frame[:frameSize+binary.LittleEndian.Uint32(frame)]
		sum = extend(sum, place(o.seed, o.offset+int64(at), frame))
		at += len(frame)
	}
	name := filepath.Join(f.dir, o.segment.name)
	if _, err := o.file.WriteAt(g.buf, o.offset); err != nil {
		return ioError(name, fmt.Sprintf("%d bytes cannot be written at offset %d", len(g.buf), o.offset), err)
	}
	g.segment, o.sum = o.segment, sum
	o.offset += int64(len(g.buf))
	if f.opt.Sync == SyncAlways {
		if err := o.sync(); err != nil {
			return f.cannotSync(o.segment, err)
		}
	}
	if o.next == nil && o.offset > o.limit/2 {
		f.prepare()
	}
	return nil
}

// prepare makes the next segment's file in the background, so that filling it
// with zeros holds nobody up.
func (f *File) prepare() {
	next := make(chan ready, 1)
	f.out.next = next
	f.work.Go(func() {
		file, err := zeroFill(f.fs, filepath.Join(f.dir, nextName), f.opt.SegmentSize)
		next <- ready{file, err}
	})
}

// rotate begins a new segment with room for n bytes. The old one is durable
// before the new one exists, so that only the last segment can be torn.
func (f *File) rotate(n int64) error {
	o := &f.out
	if err := o.sync(); err != nil {
		return f.cannotSync(o.segment, err)
	}
	if o.next == nil {
		f.prepare()
	}
	made := <-o.next
	o.next = nil
	if made.err != nil {
		return made.err
	}
	h := newHeader(f.journal, o.segment.last+1, o.sum, f.state.Epoch, f.seal)
	file, err := begin(f.fs, f.dir, filepath.Join(f.dir, nextName), made.file, &h)
	if err != nil {
		return err
	}
	old := o.file
	f.out = newOutput(file, &segment{header: h, name: segmentName(&h), size: headerSize, sum: o.sum},
		max(f.opt.SegmentSize, headerSize+n))
	f.state.Last = h.first
	if f.mine, err = writeState(f.fs, f.dir, &f.state); err != nil {
		return err
	}
	if f.opt.Retain > 0 {
		f.work.Go(f.retain)
	}
	if f.opt.Sync == SyncInterval {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.retired = append(f.retired, old)
		return nil
	}
	if err := old.Close(); err != nil {
		return ioError(filepath.Join(f.dir, o.segment.name), "cannot be closed", err)
	}
	return nil
}

func newOutput(file FSFile, s *segment, limit int64) output {
	synced := new(atomic.Int64)
	synced.Store(s.size)
	return output{
		segment: s,
		file:    file,
		seed:    newSeed(s.journal, s.first),
		sum:     s.sum,
		offset:  s.size,
		synced:  synced,
		limit:   limit,
	}
}
