package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// A cursor reads a file through a window, so that a segment of any size is read
// in a bounded amount of memory.
type cursor struct {
	file FSFile
	buf  []byte
	base int64 // offset of buf[0] in the file
}

const window = 256 << 10

// at returns n bytes from an offset on, fewer at the end of the file. They are
// valid until the next call.
func (c *cursor) at(offset int64, n int) ([]byte, error) {
	if offset >= c.base && offset+int64(n) <= c.base+int64(len(c.buf)) {
		return c.buf[offset-c.base:][:n], nil
	}
	want := max(n, window)
	if cap(c.buf) < want {
		c.buf = make([]byte, want)
	}
	got, err := c.file.ReadAt(c.buf[:want], offset)
	c.buf, c.base = c.buf[:got], offset
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return c.buf[:min(n, got)], nil
}

// A stop says where a scan ended and why.
type stop struct {
	offset int64
	damage string // what is wrong there; "" if there are zeros, or nothing more
}

// scan calls visit for each whole record from an offset on, up to a limit.
func (c *cursor) scan(seed uint32, offset, limit int64, visit func(offset int64, frame []byte) error) (stop, error) {
	for offset < limit {
		frame, err := c.at(offset, frameSize)
		if err != nil {
			return stop{offset: offset}, err
		}
		if len(frame) < frameSize {
			return stop{offset, endDamage(frame)}, nil
		}
		length := int64(binary.LittleEndian.Uint32(frame))
		switch {
		case length == 0:
			return stop{offset: offset}, nil
		case length < minBody || length > MaxMaxRecord+maxOverhead:
			return stop{offset, "the length of the record is out of range"}, nil
		case offset+frameSize+length > limit:
			return stop{offset, "the record is longer than the segment"}, nil
		}
		if frame, err = c.at(offset, frameSize+int(length)); err != nil {
			return stop{offset: offset}, err
		}
		if len(frame) < frameSize+int(length) {
			return stop{offset, "the file ends within the record"}, nil
		}
		if checksum(seed, offset, frame) != binary.LittleEndian.Uint32(frame[4:]) {
			return stop{offset, "the checksum of the record does not match"}, nil
		}
		if err := visit(offset, frame); err != nil {
			return stop{offset: offset}, err
		}
		offset += int64(len(frame))
	}
	return stop{offset: offset}, nil
}

// endDamage judges the last few bytes of a file.
func endDamage(rest []byte) string {
	for _, b := range rest {
		if b != 0 {
			return "the file ends within a record"
		}
	}
	return ""
}

var zero = []byte{0}

// dataEnd returns the offset behind the last byte that is not zero, from an
// offset on.
func (c *cursor) dataEnd(offset int64) (int64, error) {
	end := offset
	for {
		b, err := c.at(offset, window)
		if err != nil {
			return 0, err
		}
		if len(b) == 0 {
			return end, nil
		}
		// Most of a new segment is zeros, and Count looks at many bytes at a time.
		if bytes.Count(b, zero) < len(b) {
			end = offset + int64(len(bytes.TrimRight(b, "\x00")))
		}
		offset += int64(len(b))
	}
}

// nextGroup looks for the first group record between two offsets. It tries
// every byte, because what lies there cannot be trusted to have an order.
func (c *cursor) nextGroup(seed uint32, offset, end int64) (groupRecord, int64, bool, error) {
	for ; offset+groupSize <= end; offset++ {
		frame, err := c.at(offset, groupSize)
		if err != nil {
			return groupRecord{}, 0, false, err
		}
		if len(frame) < groupSize {
			break
		}
		if binary.LittleEndian.Uint32(frame) != groupSize-frameSize ||
			checksum(seed, offset, frame) != binary.LittleEndian.Uint32(frame[4:]) {
			continue
		}
		if g, err := decodeGroup(frame[frameSize:]); err == nil && isGroup(frame[frameSize:]) {
			return g, offset, true, nil
		}
	}
	return groupRecord{}, 0, false, nil
}

// torn tells whether damage at an offset of the last segment is what a write
// that was not finished leaves behind. If it is not, it is damage to something
// that was durable, or at least wholly written.
//
// A write goes to sectors that held zeros, in any order, and each sector gets
// all of it, nothing, or a first part. So a torn write leaves a sector that ends
// in zeros within the extent of the group it belonged to, and it leaves nothing
// torn below the offset up to which some later group says the file was synced.
//
// group is the end of the group that the offset lies in, 0 if it lies between
// groups; synced is what the groups before the offset say.
func (c *cursor) torn(seed uint32, offset, group, synced int64) (bool, error) {
	end, err := c.dataEnd(offset)
	if err != nil {
		return false, err
	}
	extent := max(end, offset+groupSize)
	for from := offset + 1; ; {
		g, at, found, err := c.nextGroup(seed, from, end)
		if err != nil {
			return false, err
		}
		if !found {
			break
		}
		if from == offset+1 {
			extent = max(at, offset+groupSize)
		}
		synced = max(synced, g.synced)
		from = at + groupSize
	}
	if offset < synced {
		return false, nil
	}
	if group > offset {
		extent = group
	}
	return c.hole(offset, extent)
}

// hole tells whether a sector between two offsets ends in a zero. What lies
// behind the end of the file counts as zeros.
func (c *cursor) hole(offset, end int64) (bool, error) {
	for offset < end {
		last := min(end, offset-offset%sectorSize+sectorSize) - 1
		b, err := c.at(last, 1)
		if err != nil {
			return false, err
		}
		if len(b) == 0 || b[0] == 0 {
			return true, nil
		}
		offset = last + 1
	}
	return false, nil
}
