package journal

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"time"
)

// Compact drops the runs that ended before a time: a durable record says so,
// and from then on Replay does not yield them. Then it rewrites the filled
// segments of which at least half is void, neighbours together as far as they
// fit into one. A segment that is still being filled keeps its size.
func (f *File) Compact(ctx context.Context, endedBefore time.Time) error {
	f.compact.Lock()
	defer f.compact.Unlock()
	if err := f.dropRuns(ctx, unixNano(endedBefore)); err != nil {
		return err
	}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		span, err := f.worth()
		if err != nil || len(span) == 0 {
			return err
		}
		if err := f.rewrite(ctx, span); err != nil {
			return err
		}
	}
}

// retain is the background's Compact. Only one is of use at a time.
func (f *File) retain() {
	if !f.compact.TryLock() {
		return
	}
	f.compact.Unlock()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-f.stop:
			cancel(ErrClosed)
		case <-done:
		}
	}()
	err := f.Compact(ctx, time.Now().Add(-f.opt.Retain))
	if err != nil && !errors.Is(err, ErrClosed) {
		f.log.Warn("journal: ended runs could not be dropped", "dir", f.dir, "error", err)
	}
}

// dropRuns puts a drop record for each run that ended before a time in line and
// waits for them.
func (f *File) dropRuns(ctx context.Context, limit int64) error {
	f.mu.Lock()
	if err := f.usable(); err != nil {
		f.mu.Unlock()
		return err
	}
	runs := sortedRuns(f.runs, func(s *runState) bool { return s.ended && s.end < limit })
	if len(runs) == 0 {
		f.mu.Unlock()
		return nil
	}
	g := f.filling
	for _, run := range runs {
		before := len(g.buf)
		g.buf = appendFrame(g.buf, &Record{Run: run, Time: limit}, flagDrop, f.seal)
		g.add(nil, len(g.buf)-before)
		g.voids = append(g.voids, void{run, int64(before)})
		f.forget(run)
	}
	f.last++
	g.last = f.last
	last := f.last
	f.mu.Unlock()
	return f.Wait(ctx, last)
}

// forget takes a run out of the index. mu is held, or the journal is loading.
func (f *File) forget(run Run) {
	s := f.runs[run]
	if s == nil {
		return
	}
	s.dropped = true
	for _, sp := range s.spans {
		sp.segment.live -= sp.bytes
	}
	delete(f.runs, run)
	if c := &f.recent[run%recentRuns]; c.run == run {
		c.state = nil
	}
}

// worth returns the first neighbouring segments that are worth rewriting.
func (f *File) worth() ([]*segment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.usable(); err != nil {
		return nil, err
	}
	var (
		span []*segment
		live int64
		void bool // some segment of the span is at least half void
	)
	for _, s := range f.segments[:len(f.segments)-1] {
		half := s.data > 0 && s.live*2 <= s.data
		small := s.live < f.opt.SegmentSize/4
		if !half && !small || live+s.live > f.opt.SegmentSize {
			if void {
				break
			}
			span, live = nil, 0
		}
		if half || small {
			span, live, void = append(span, s), live+s.live, void || half
		}
	}
	if !void {
		return nil, nil
	}
	return span, nil
}

// rewrite puts one segment in place of several neighbours.
func (f *File) rewrite(ctx context.Context, span []*segment) error {
	first, last := span[0], span[len(span)-1]
	h := first.header
	h.flags |= headCompacted
	h.keyCheck = f.seal.keyCheck()
	h.last, h.after = last.last, last.sum
	for _, s := range span {
		h.revision = max(h.revision, s.revision+1)
	}
	tmp := filepath.Join(f.dir, segmentName(&h)+tmpSuffix)
	file, err := f.fs.Create(tmp)
	if err != nil {
		return ioError(tmp, "cannot be made", err)
	}
	w := &rewriter{File: f, file: file, seed: newSeed(h.journal, h.first), offset: headerSize,
		moved: make(map[Run]spot), bytes: make(map[Run]int64), oldest: first == f.oldest()}
	err = w.copy(ctx, span)
	if err == nil {
		h.sum, h.size = w.sum, uint64(w.offset)
		file, err = begin(f.fs, f.dir, tmp, file, &h)
	} else {
		err = errors.Join(err, file.Close(), f.fs.Remove(tmp))
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return ioError(tmp, "cannot be closed", err)
	}
	f.replace(span, w, &segment{header: h, name: segmentName(&h), size: w.offset, sum: h.after})
	return nil
}

func (f *File) oldest() *segment {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.segments[0]
}

// A rewriter copies what is not void.
type rewriter struct {
	*File
	file   FSFile
	seed   uint32
	sum    uint32
	offset int64
	buf    []byte
	oldest bool          // no segment comes before
	moved  map[Run]spot  // drop records that were kept
	bytes  map[Run]int64 // of the records that were kept
}

func (w *rewriter) copy(ctx context.Context, span []*segment) error {
	w.mu.Lock()
	v := &view{fs: w.fs, dir: w.dir, dropped: maps.Clone(w.dropped)}
	for _, s := range span {
		v.segments = append(v.segments, *s)
	}
	w.mu.Unlock()
	for i := range v.segments {
		if err := w.copySegment(ctx, v, &v.segments[i]); err != nil {
			return err
		}
	}
	return w.flush()
}

func (w *rewriter) copySegment(ctx context.Context, v *view, s *segment) error {
	name := filepath.Join(w.dir, s.name)
	file, err := w.fs.Open(name)
	if err != nil {
		return ioError(name, "cannot be opened", err)
	}
	defer file.Close()
	c := &cursor{file: file}
	end, err := c.scan(newSeed(s.journal, s.first), headerSize, s.size, func(offset int64, frame []byte) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		body := frame[frameSize:]
		if isGroup(body) {
			return nil
		}
		r, flags, err := decodeBody(body)
		if err != nil {
			return &Error{Kind: ErrCorrupt, File: name, Offset: offset, Detail: err.Error(), Advice: adviceRestore}
		}
		at, void := v.dropped[r.Run]
		here := spot{s.first, offset}
		switch {
		case flags&flagDrop != 0:
			// Where nothing is older, all that the record voids goes with it now.
			if w.oldest || here.before(at) {
				return nil
			}
			if len(r.Payload) == 0 && w.seal != nil { // it was not sealed in early segments
				frame = appendFrame(nil, &r, flagDrop, w.seal)
			}
			w.moved[r.Run] = spot{v.segments[0].first, w.offset + int64(len(w.buf))}
		case void && here.before(at):
			return nil
		default:
			w.bytes[r.Run] += int64(len(frame))
		}
		return w.put(frame)
	})
	if err == nil && end.offset != s.size {
		err = &Error{Kind: ErrCorrupt, File: name, Offset: end.offset, Detail: end.damage, Advice: adviceRestore}
	}
	return err
}

func (w *rewriter) put(frame []byte) error {
	start := len(w.buf)
	w.buf = append(w.buf, frame...)
	crc := place(w.seed, w.offset+int64(start), w.buf[start:])
	w.sum = extend(w.sum, crc)
	if len(w.buf) < window {
		return nil
	}
	return w.flush()
}

func (w *rewriter) flush() error {
	if _, err := w.file.WriteAt(w.buf, w.offset); err != nil {
		return ioError(filepath.Join(w.dir, "the compacted segment"), "cannot be written", err)
	}
	w.offset += int64(len(w.buf))
	w.buf = w.buf[:0]
	return nil
}

// replace puts the new segment in the index and gives up the old ones.
func (f *File) replace(span []*segment, w *rewriter, s *segment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := make(map[*segment]bool, len(span))
	numbers := make(map[uint64]bool, len(span))
	var kept []*segment
	for _, o := range span {
		old[o], numbers[o.first] = true, true
		f.trash = append(f.trash, o.name)
	}
	for _, o := range f.segments {
		switch {
		case o == span[0]:
			kept = append(kept, s)
		case !old[o]:
			kept = append(kept, o)
		}
	}
	f.segments = kept
	for run, state := range f.runs {
		state.move(old, s, w.bytes[run])
	}
	for _, n := range w.bytes {
		s.data += n
	}
	for run, at := range f.dropped {
		if to, ok := w.moved[run]; ok {
			f.dropped[run] = to
		} else if numbers[at.segment] {
			delete(f.dropped, run)
		}
	}
	f.empty()
}

// move puts the bytes of a run in the segments that were replaced on the
// account of the one in their place.
func (r *runState) move(old map[*segment]bool, to *segment, bytes int64) {
	kept := make([]span, 0, len(r.spans))
	moved := false
	for _, sp := range r.spans {
		switch {
		case !old[sp.segment]:
			kept = append(kept, sp)
		case !moved && bytes > 0:
			kept, moved = append(kept, span{to, bytes}), true
			to.live += bytes
		}
	}
	r.spans = kept
}
