package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A segment is one file of a journal.
type segment struct {
	header
	name string // within the directory
	size int64  // offset behind the last record
	sum  uint32 // of all up to there; what the next segment's header must say
	data int64  // bytes of records of runs
	live int64  // of these, bytes of runs that have not been dropped
}

// least returns how many bytes the file of a segment has at least.
func (h *header) least() int64 {
	if h.size == 0 {
		return MinSegmentSize
	}
	return int64(h.size)
}

const segmentSuffix = ".seg"

// segmentName is 00000007.seg, or 00000003-00000007.2.seg for a compacted
// segment that stands for several.
func segmentName(h *header) string {
	if h.flags&headCompacted == 0 {
		return fmt.Sprintf("%08d%s", h.first, segmentSuffix)
	}
	return fmt.Sprintf("%08d-%08d.%d%s", h.first, h.last, h.revision, segmentSuffix)
}

// parseSegmentName is the inverse of segmentName.
func parseSegmentName(name string) (h header, ok bool) {
	base, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok {
		return h, false
	}
	firstText, rest, compacted := strings.Cut(base, "-")
	first, err := strconv.ParseUint(firstText, 10, 63)
	if err != nil {
		return h, false
	}
	h.first, h.last = first, first
	if compacted {
		lastText, revisionText, _ := strings.Cut(rest, ".")
		last, err1 := strconv.ParseUint(lastText, 10, 63)
		revision, err2 := strconv.ParseUint(revisionText, 10, 32)
		if err1 != nil || err2 != nil {
			return h, false
		}
		h.last, h.revision, h.flags = last, uint32(revision), headCompacted
	}
	return h, h.first > 0 && h.first <= h.last && segmentName(&h) == name
}

// sortSegments puts the names of a directory in the order of the chain and
// separates those that a compacted segment has replaced.
func sortSegments(names []string) (chain, replaced []header) {
	var all []header
	for _, name := range names {
		if h, ok := parseSegmentName(name); ok {
			all = append(all, h)
		}
	}
	replaces := func(a, b header) bool {
		return a.first <= b.first && b.last <= a.last && a.revision > b.revision
	}
	for _, h := range all {
		if slices.ContainsFunc(all, func(other header) bool { return replaces(other, h) }) {
			replaced = append(replaced, h)
		} else {
			chain = append(chain, h)
		}
	}
	slices.SortFunc(chain, func(a, b header) int {
		if a.first != b.first {
			return int(min(max(int64(a.first)-int64(b.first), -1), 1))
		}
		return int(int64(a.revision) - int64(b.revision))
	})
	return chain, replaced
}

// zeroFill makes a file of zeros and forces it to the disk.
func zeroFill(fsys FS, name string, size int64) (file FSFile, err error) {
	file, err = fsys.Create(name)
	if errors.Is(err, fs.ErrExist) {
		if err = fsys.Remove(name); err == nil {
			file, err = fsys.Create(name)
		}
	}
	if err != nil {
		return nil, ioError(name, "cannot be made", err)
	}
	if err = fill(file, 0, size); err == nil {
		err = file.Sync()
	}
	if err != nil {
		file.Close()
		return nil, ioError(name, "cannot be filled", errors.Join(err, fsys.Remove(name)))
	}
	return file, nil
}

// fill writes zeros from one offset to another.
func fill(file FSFile, from, to int64) error {
	zeros := make([]byte, max(0, min(to-from, 1<<20)))
	for at := from; at < to; at += int64(len(zeros)) {
		if _, err := file.WriteAt(zeros[:min(int64(len(zeros)), to-at)], at); err != nil {
			return err
		}
	}
	return nil
}

// begin turns a file of zeros into a segment: header, sync, rename, sync of the
// directory, so that a segment that has its name has a whole header. The file is
// closed in between, because not every system renames an open one.
func begin(fsys FS, dir, tmp string, file FSFile, h *header) (FSFile, error) {
	name := filepath.Join(dir, segmentName(h))
	_, err := file.WriteAt(h.encode(), 0)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, ioError(tmp, "cannot be written", err)
	}
	if err := fsys.Rename(tmp, name); err != nil {
		return nil, ioError(name, "cannot be put in place", err)
	}
	if err := fsys.SyncDir(dir); err != nil {
		return nil, ioError(dir, "cannot be synced", err)
	}
	if file, err = fsys.Open(name); err != nil {
		return nil, ioError(name, "cannot be opened", err)
	}
	return file, nil
}

// newHeader is that of a segment of some size that follows another.
func newHeader(journal [16]byte, number uint64, size int64, before uint32, epoch uint64, c *sealer) header {
	h := header{
		journal: journal,
		first:   number,
		last:    number,
		size:    uint64(size),
		before:  before,
		epoch:   epoch,
		created: time.Now().UnixNano(),
	}
	if c != nil {
		h.flags |= headEncrypted
		h.keyCheck = c.keyCheck()
	}
	return h
}
