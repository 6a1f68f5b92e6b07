package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Open opens the journal in a directory, or begins one there. It reads all of
// it, so that what is damaged is found now and not when it is needed, cuts off
// the unfinished write of a process that died, and takes the directory for this
// process until Close.
//
// Its errors, each an [*Error] but for bad options and the cause of ctx:
// ErrLocked, ErrForeignUser, ErrReadOnly, ErrNoSpace, ErrCorrupt, ErrTruncated,
// ErrMissingSegment, ErrForeign, ErrVersion, ErrKey. If it fails, it has changed
// nothing of what the journal holds.
func Open(ctx context.Context, dir string, options Options) (*File, error) {
	opt, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	f := &File{
		dir:       dir,
		stateFile: filepath.Join(dir, stateName),
		fs:        opt.FS,
		opt:       opt,
		log:       opt.Logger,
		stop:      make(chan struct{}),
		filling:   newGroup(nil),
		woken:     newWoken(),
		runs:      make(map[Run]*runState),
		dropped:   make(map[Run]spot),
	}
	f.still.L = &f.mu
	if err := f.take(); err != nil {
		return nil, err
	}
	if err := f.load(ctx); err != nil {
		if f.out.file != nil {
			f.out.file.Close()
		}
		return nil, errors.Join(err, f.lock.Close())
	}
	f.written = f.out
	if opt.Sync == SyncInterval {
		f.work.Go(f.syncPeriodically)
	}
	return f, nil
}

// take makes the directory if need be and locks it.
func (f *File) take() error {
	if err := f.fs.MkdirAll(f.dir); err != nil {
		return ioError(f.dir, "the directory cannot be made", err)
	}
	owner, self, err := f.fs.Owner(f.dir)
	if err != nil {
		return ioError(f.dir, "the directory cannot be read", err)
	}
	if owner != self && !f.opt.AllowForeignUser {
		return &Error{Kind: ErrForeignUser, File: f.dir, Offset: -1,
			Detail: fmt.Sprintf("it belongs to user %d, this process runs as user %d", owner, self),
			Advice: "run as that user, or give the directory and what is in it to this one, or set AllowForeignUser"}
	}
	name := filepath.Join(f.dir, lockName)
	if f.lock, err = f.fs.Lock(name); err == nil {
		return nil
	}
	if !errors.Is(err, ErrLocked) {
		return ioError(name, "the journal cannot be locked", err)
	}
	e := &Error{Kind: ErrLocked, File: name, Offset: -1, Advice: "end the other one, or use another directory"}
	if s, err := readState(f.fs, f.dir); err == nil && s != nil {
		e.Detail = fmt.Sprintf("process %d on %s has it open since %s", s.PID, s.Host, s.Since.Format("2006-01-02 15:04:05 MST"))
	}
	return e
}

// load reads what is there and makes the journal ready to be written.
func (f *File) load(ctx context.Context) error {
	names, err := f.fs.ReadDir(f.dir)
	if err != nil {
		return ioError(f.dir, "the directory cannot be read", err)
	}
	prior, err := readState(f.fs, f.dir)
	if err != nil {
		return err
	}
	chain, replaced := sortSegments(names)
	var epoch uint64
	switch {
	case len(chain) > 0:
		epoch, err = f.read(ctx, chain, prior)
	case prior != nil:
		err = f.missing(1, prior.Last)
	default:
		err = f.create()
	}
	if err != nil {
		return err
	}
	if prior != nil {
		epoch = max(epoch, prior.Epoch)
		f.recovery.Clean = prior.Clean != nil
	}
	if epoch >= maxEpoch {
		return &Error{Kind: ErrCorrupt, File: f.dir, Offset: -1, Detail: "it says that it was opened more often than is possible", Advice: adviceRestore}
	}
	f.state = newState(f.journal, epoch+1)
	f.state.Last = f.out.segment.last
	f.recovery.Epoch, f.recovery.Segments, f.recovery.Runs = epoch+1, len(f.segments), len(f.runs)
	if f.mine, err = writeState(f.fs, f.dir, &f.state); err != nil {
		return err
	}
	return f.sweep(names, replaced)
}

// sweep removes what was being made, or had been replaced, when the process
// before this one stopped.
func (f *File) sweep(names []string, replaced []header) error {
	var old []string
	for _, h := range replaced {
		old = append(old, segmentName(&h))
	}
	for _, name := range names {
		if strings.HasSuffix(name, tmpSuffix) {
			old = append(old, name)
		}
	}
	for _, name := range old {
		if err := f.fs.Remove(filepath.Join(f.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return ioError(filepath.Join(f.dir, name), "cannot be removed", err)
		}
	}
	return nil
}

// create begins a journal.
func (f *File) create() error {
	rand.Read(f.journal[:])
	f.seal = newSealer(f.opt.AEAD, f.journal)
	tmp := filepath.Join(f.dir, nextName)
	file, err := zeroFill(f.fs, tmp, f.opt.SegmentSize)
	if err != nil {
		return err
	}
	h := newHeader(f.journal, 1, f.opt.SegmentSize, 0, 1, f.seal)
	if file, err = begin(f.fs, f.dir, tmp, file, &h); err != nil {
		return err
	}
	s := &segment{header: h, name: segmentName(&h), size: headerSize}
	f.segments = []*segment{s}
	f.out = newOutput(file, s, f.opt.SegmentSize)
	return nil
}

func (f *File) missing(first, last uint64) error {
	h := header{first: first, last: first}
	detail := "it is not in the directory"
	if last > first {
		detail = fmt.Sprintf("it and those up to %d are not in the directory", last)
	}
	return &Error{Kind: ErrMissingSegment, File: filepath.Join(f.dir, segmentName(&h)), Offset: -1,
		Detail: detail, Advice: adviceRestore}
}

// read reads the chain of segments and leaves the last one open for writing.
// It returns the highest epoch that wrote there.
func (f *File) read(ctx context.Context, chain []header, prior *state) (epoch uint64, err error) {
	c := new(cursor)
	for i := range chain {
		if err := ctx.Err(); err != nil {
			return 0, context.Cause(ctx)
		}
		next := uint64(1)
		if i > 0 {
			next = chain[i-1].last + 1
		}
		if chain[i].first > next {
			return 0, f.missing(next, chain[i].first-1)
		}
		l := loader{File: f, cursor: c, last: i == len(chain)-1, epoch: epoch}
		if l.last {
			l.clean = cleanOf(prior)
		}
		if err := l.load(&chain[i]); err != nil {
			return 0, err
		}
		epoch = l.epoch
	}
	last := chain[len(chain)-1].last
	if prior != nil && prior.Last > last {
		return 0, f.missing(last+1, prior.Last)
	}
	if prior != nil && prior.Journal != hex.EncodeToString(f.journal[:]) {
		return 0, &Error{Kind: ErrForeign, File: filepath.Join(f.dir, stateName), Offset: -1,
			Detail: "it is of another journal than the segments", Advice: "restore both from the same copy"}
	}
	if f.out.file == nil {
		return 0, f.missing(last+1, last+1) // a compacted segment is never the last
	}
	if prior == nil && (f.recovery.Records > 0 || epoch > 1 || last > 1) {
		f.recovery.Unproven = true
		f.log.Warn("journal: the STATE file is missing, so nobody can tell whether the end of the journal is all there", "dir", f.dir)
	}
	return epoch, nil
}

func cleanOf(s *state) *cleanEnd {
	if s == nil {
		return nil
	}
	return s.Clean
}
