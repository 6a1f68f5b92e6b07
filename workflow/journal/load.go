package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
)

// A loader reads one segment.
type loader struct {
	*File
	cursor *cursor
	last   bool      // it is the last of the chain
	clean  *cleanEnd // where the last must end, if that is known
	epoch  uint64    // the highest so far

	plainDrops bool // drop records may be plain although the journal is encrypted

	segment *segment
	name    string
	sum     uint32 // of the records so far
	size    int64  // of the file
	begun   int64  // beginning of the group that the last record belongs to
	group   int64  // and its end
	synced  int64  // highest offset that a group says was synced
}

func (l *loader) load(named *header) error {
	l.name = filepath.Join(l.dir, segmentName(named))
	file, err := l.fs.Open(l.name)
	if err != nil {
		return ioError(l.name, "cannot be opened", err)
	}
	*l.cursor = cursor{file: file, buf: l.cursor.buf[:0]}
	err = l.verify(named, file)
	if err == nil && l.last && l.segment.flags&headCompacted == 0 {
		l.out = newOutput(file, l.segment, l.size)
		return nil
	}
	return errors.Join(err, file.Close())
}

// verify reads header and records and notes them.
func (l *loader) verify(named *header, file FSFile) error {
	b, err := l.cursor.at(0, headerSize)
	if err != nil {
		return ioError(l.name, "cannot be read", err)
	}
	h, bad := decodeHeader(b)
	if bad == nil {
		bad = l.fits(&h, named)
	}
	if bad != nil {
		if bad.File == "" {
			bad.File = l.name
		}
		return bad
	}
	l.segment = &segment{header: h, name: segmentName(&h), size: headerSize}
	l.epoch = max(l.epoch, h.epoch)
	l.sum = h.before
	if h.flags&headCompacted != 0 {
		l.sum = 0
	}
	if l.size, err = file.Size(); err != nil {
		return ioError(l.name, "cannot be read", err)
	}
	if least := h.least(); l.size < least && !l.acceptable() {
		return l.truncated(fmt.Sprintf("%d bytes are there, it was made with %d", l.size, least))
	}
	l.segments = append(l.segments, l.segment)
	end, err := l.cursor.scan(newSeed(h.journal, h.first), headerSize, l.size, l.visit)
	var damage *Error
	switch {
	case errors.As(err, &damage):
		return err
	case err != nil:
		return ioError(l.name, "cannot be read", err)
	}
	l.segment.size, l.segment.sum = end.offset, l.sum
	if l.last && h.flags&headCompacted == 0 {
		return l.tail(end)
	}
	return l.whole(end)
}

// fits tells whether a header is the one that the chain wants here.
func (l *loader) fits(h, named *header) (bad *Error) {
	restore := "restore the file from a copy of this journal"
	var prev *segment
	if n := len(l.segments); n > 0 {
		prev = l.segments[n-1]
	}
	switch {
	case prev != nil && h.journal != prev.journal:
		return &Error{Kind: ErrForeign, Offset: 16, Detail: "it belongs to another journal than the segment before it", Advice: restore}
	case segmentName(h) != segmentName(named):
		return &Error{Kind: ErrForeign, Offset: 32, Advice: restore,
			Detail: fmt.Sprintf("by its name it is segment %d, by its header segment %d", named.first, h.first)}
	case h.flags&headCompacted == 0 && h.last != h.first, h.epoch > maxEpoch, h.size > math.MaxInt64:
		return &Error{Kind: ErrCorrupt, Offset: 40, Detail: "the header's checksum is right, but its fields are not", Advice: adviceRestore}
	case prev != nil && h.first != prev.last+1:
		return &Error{Kind: ErrForeign, Offset: 32, Advice: restore,
			Detail: fmt.Sprintf("it overlaps segment %d", prev.first)}
	case prev != nil && h.before != prev.sum:
		return &Error{Kind: ErrCorrupt, File: filepath.Join(l.dir, prev.name), Offset: prev.size, Advice: adviceRestore,
			Detail: fmt.Sprintf("the records that segment %d follows do not end like this: some are missing, or one of the two files is from another time", h.first)}
	}
	if prev == nil {
		l.journal = h.journal
		l.seal = newSealer(l.opt.AEAD, h.journal)
	}
	l.plainDrops, bad = checkKey(l.seal, h)
	return bad
}

// visit notes a record.
func (l *loader) visit(offset int64, frame []byte) error {
	body := frame[frameSize:]
	l.sum = extend(l.sum, binary.LittleEndian.Uint32(frame[4:]))
	if isGroup(body) {
		g, err := decodeGroup(body)
		switch {
		case err != nil || g.epoch > maxEpoch:
			return l.corrupt(offset, "its checksum is right, but its fields are not")
		case g.epoch < l.epoch:
			return l.corrupt(offset, "it was written by a writer that had been overtaken")
		}
		l.epoch, l.synced = g.epoch, max(l.synced, g.synced)
		l.begun, l.group = offset, offset+groupSize+g.length
		return nil
	}
	r, flags, err := decodeBody(body)
	if err != nil {
		return l.corrupt(offset, "its checksum is right, but its fields are not")
	}
	drop := flags&flagDrop != 0
	if !drop || len(r.Payload) > 0 || !l.plainDrops {
		if err := l.seal.reveal(&r, body); err != nil {
			return l.corrupt(offset, err.Error())
		}
	}
	if drop {
		l.forget(r.Run)
		l.dropped[r.Run] = spot{l.segment.first, offset}
		return nil
	}
	l.run(r.Run, r.Mark, r.Time).grow(l.segment, int64(len(frame)))
	l.recovery.Records++
	return nil
}

func (l *loader) corrupt(offset int64, detail string) *Error {
	return &Error{Kind: ErrCorrupt, File: l.name, Offset: offset, Detail: detail, Advice: adviceRestore}
}

// whole checks the end of a segment that was filled: what follows knows its
// sum, or, if it was compacted, its own header does.
func (l *loader) whole(end stop) error {
	h := &l.segment.header
	if h.flags&headCompacted != 0 {
		if h.sum != l.sum || int64(h.size) != end.offset {
			return l.ends(end)
		}
		l.segment.sum = h.after
		return nil
	}
	if end.damage != "" {
		return l.ends(end)
	}
	return nil
}

// ends says that the records end too early.
func (l *loader) ends(end stop) error {
	detail := end.damage
	if detail == "" {
		detail = "the records end here, but there were more"
	}
	return l.corrupt(end.offset, detail)
}

// truncated says that the file does.
func (l *loader) truncated(detail string) error {
	advice := adviceRestore
	if l.last {
		advice += "; or set AllowTruncated to go on with the records that are left"
	}
	return &Error{Kind: ErrTruncated, File: l.name, Offset: l.size, Detail: detail, Advice: advice}
}

// acceptable tells whether the file may have been cut short.
func (l *loader) acceptable() bool {
	return l.last && l.opt.AllowTruncated && l.segment.flags&headCompacted == 0
}

// tail checks the end of the last segment. A torn write is cut off; anything
// else that is not zeros behind the last record is damage.
func (l *loader) tail(end stop) error {
	data, err := l.cursor.dataEnd(end.offset)
	if err != nil {
		return ioError(l.name, "cannot be read", err)
	}
	if reach := l.reach(end, data); reach > l.size || l.size < l.segment.least() {
		if !l.acceptable() {
			return l.truncated(fmt.Sprintf("%d bytes are there, but a write went on to offset %d", l.size, reach))
		}
		end.damage = fmt.Sprintf("the file was cut short, %d bytes were left", l.size)
		l.size = max(l.size, l.segment.least())
		return l.cut(end, data, l.size)
	}
	c := l.clean
	if c != nil && (c.Segment != l.segment.first || c.Offset != end.offset || c.Sum != l.sum) {
		if end.damage == "" {
			end.damage = fmt.Sprintf("the journal was closed at offset %d of segment %d, but its records end here", c.Offset, c.Segment)
		}
		return l.ends(end)
	}
	if data == end.offset && l.group <= end.offset {
		return nil
	}
	if end.damage == "" {
		end.damage = "there are zeros where a record should be"
	}
	seed := newSeed(l.segment.journal, l.segment.first)
	flipped, err := l.cursor.flipped(seed, end.offset, l.size)
	if err != nil {
		return ioError(l.name, "cannot be read", err)
	}
	if flipped {
		end.damage += "; with one bit turned it is whole, so all of it had been written"
		return l.ends(end)
	}
	torn, err := l.cursor.torn(seed, end.offset, l.group, l.synced)
	if err != nil {
		return ioError(l.name, "cannot be read", err)
	}
	if !torn {
		return l.ends(end)
	}
	return l.cut(end, data, data)
}

// reach returns how long the file must be for the last write that was begun in
// it: none is begun where there is no room for all of it. Only early segments
// may have been made too small for their first write.
func (l *loader) reach(end stop, data int64) int64 {
	switch {
	case l.group > end.offset && l.begun > headerSize:
		return l.group
	case l.group <= end.offset && data > end.offset && end.offset > headerSize:
		return end.offset + groupSize
	}
	return 0
}

// cut overwrites with zeros what is behind the last whole record and reports it.
// There is data up to some offset; the zeros may go further.
func (l *loader) cut(end stop, data, to int64) error {
	l.recovery.Torn = &Torn{File: l.name, Offset: end.offset, Bytes: data - end.offset, Detail: end.damage}
	l.log.Warn("journal: the end was cut off", "file", l.name, "offset", end.offset,
		"bytes", data-end.offset, "found", end.damage)
	if err := fill(l.cursor.file, end.offset, to); err != nil {
		return ioError(l.name, "its end cannot be cut off", err)
	}
	if err := l.cursor.file.Sync(); err != nil {
		return ioError(l.name, "cannot be synced", err)
	}
	return nil
}
