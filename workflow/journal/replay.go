package journal

import (
	"context"
	"errors"
	"iter"
	"maps"
	"path/filepath"
	"slices"
)

// Replay yields the records of the runs. It waits for what is in line to be
// committed, then reads the segments in which the runs have records, checking
// every checksum again. Records may be appended and runs dropped meanwhile.
func (f *File) Replay(ctx context.Context, runs ...Run) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		v, err := f.view(ctx, runs)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer f.release()
		err = v.each(ctx, func(r Record) error {
			if !yield(r, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Record{}, err)
		}
	}
}

var errStopped = errors.New("journal: the iteration was stopped")

// A view is what one iteration sees of the journal.
type view struct {
	fs       FS
	dir      string
	seal     *sealer
	segments []segment // copies: a segment that is being written goes on growing
	dropped  map[Run]spot
	only     map[Run]bool // nil for all
}

// view waits for what is in line and notes what is there. The caller must call
// release when it is done; until then no file is removed.
func (f *File) view(ctx context.Context, runs []Run) (*view, error) {
	f.mu.Lock()
	last := f.last
	f.mu.Unlock()
	if err := f.Wait(ctx, last); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	v := &view{fs: f.fs, dir: f.dir, seal: f.seal, dropped: maps.Clone(f.dropped)}
	wanted := make(map[*segment]bool)
	for _, run := range runs {
		s := f.runs[run]
		if s == nil {
			return nil, ErrNoRun
		}
		for _, sp := range s.spans {
			wanted[sp.segment] = true
		}
	}
	if len(runs) > 0 {
		v.only = make(map[Run]bool, len(runs))
		for _, run := range runs {
			v.only[run] = true
		}
	}
	for _, s := range f.segments {
		if len(runs) == 0 || wanted[s] {
			v.segments = append(v.segments, *s)
		}
	}
	f.readers++
	return v, nil
}

// release ends the use of a view and removes what waited for that.
func (f *File) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readers--
	f.empty()
}

// empty removes the files that nobody reads any more. mu is held.
func (f *File) empty() {
	if f.readers > 0 {
		return
	}
	for _, name := range f.trash {
		// A file that stays is removed by the next Open, which finds it replaced.
		if err := f.fs.Remove(filepath.Join(f.dir, name)); err != nil {
			f.log.Warn("journal: a replaced segment cannot be removed", "file", name, "error", err)
		}
	}
	f.trash = nil
}

func (v *view) each(ctx context.Context, visit func(Record) error) error {
	c := new(cursor)
	for i := range v.segments {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := v.segment(ctx, c, &v.segments[i], visit); err != nil {
			return err
		}
	}
	return nil
}

func (v *view) segment(ctx context.Context, c *cursor, s *segment, visit func(Record) error) error {
	name := filepath.Join(v.dir, s.name)
	file, err := v.fs.Open(name)
	if err != nil {
		return ioError(name, "cannot be opened", err)
	}
	defer file.Close()
	*c = cursor{file: file, buf: c.buf[:0]}
	corrupt := func(offset int64, detail string) error {
		return &Error{Kind: ErrCorrupt, File: name, Offset: offset, Detail: detail, Advice: adviceRestore}
	}
	seen := 0
	end, err := c.scan(newSeed(s.journal, s.first), headerSize, s.size, func(offset int64, frame []byte) error {
		body := frame[frameSize:]
		if isGroup(body) {
			return nil
		}
		r, flags, err := decodeBody(body)
		if err != nil {
			return corrupt(offset, "its checksum is right, but its fields are not")
		}
		if flags&flagDrop != 0 || v.only != nil && !v.only[r.Run] {
			return nil
		}
		if at, ok := v.dropped[r.Run]; ok && (spot{s.first, offset}).before(at) {
			return nil
		}
		if seen++; seen%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := v.seal.reveal(&r, body); err != nil {
			return corrupt(offset, err.Error())
		}
		return visit(r)
	})
	if err != nil {
		return err
	}
	if end.offset != s.size {
		if end.damage == "" {
			end.damage = "there are zeros where a record was"
		}
		return corrupt(end.offset, end.damage)
	}
	return nil
}

// sortedRuns is for what must not depend on the order of a map.
func sortedRuns(m map[Run]*runState, keep func(*runState) bool) []Run {
	var runs []Run
	for run, s := range m {
		if keep(s) {
			runs = append(runs, run)
		}
	}
	slices.Sort(runs)
	return runs
}
