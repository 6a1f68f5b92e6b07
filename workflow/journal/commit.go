package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"
)

// fencePeriod is how often the modes that do not sync each commit look whether
// another writer has taken over; the look costs as much as the write.
const fencePeriod = 50 * time.Millisecond

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

// settle notes the outcome of a commit and tells those who wait. mu is held.
func (f *File) settle(g *group, err error) {
	if err != nil {
		f.fail(err)
		f.end(g, f.failed)
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
	f.known = g.waiters.Load() + f.filling.waiters.Load()
	f.spare = g
	f.end(g, nil)
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
		f.end(f.filling, f.failed)
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
	if o.offset+int64(len(g.buf)) > o.limit {
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
	if _, err := o.file.WriteAt(g.buf, o.offset); err != nil {
		return ioError(filepath.Join(f.dir, o.segment.name),
			fmt.Sprintf("%d bytes cannot be written at offset %d", len(g.buf), o.offset), err)
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

// rotate begins a new segment with room for n bytes, be they more than a segment
// usually has: no write ever makes a file longer, so that a short one is known
// to have been cut. The old segment is durable before the new one exists, so
// that only the last one can be torn.
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
	size := max(f.opt.SegmentSize, headerSize+n)
	if err := fill(made.file, f.opt.SegmentSize, size); err != nil {
		return errors.Join(ioError(filepath.Join(f.dir, nextName), "cannot be filled", err), made.file.Close())
	}
	h := newHeader(f.journal, o.segment.last+1, size, o.sum, f.state.Epoch, f.seal)
	file, err := begin(f.fs, f.dir, filepath.Join(f.dir, nextName), made.file, &h)
	if err != nil {
		return err
	}
	old := o.file
	f.out = newOutput(file, &segment{header: h, name: segmentName(&h), size: headerSize, sum: o.sum}, size)
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
