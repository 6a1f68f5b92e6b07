package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// FutureHeader returns a segment with a header of the next version, as far as
// this version can know it.
func FutureHeader(segment []byte) []byte {
	binary.LittleEndian.PutUint16(segment[8:], formatVersion+1)
	clear(segment[12:16])
	binary.LittleEndian.PutUint32(segment[12:], crc32.Checksum(segment[:headerSize], castagnoli))
	return segment
}

// EarlyHeader returns a segment with a header as it was before it said with how
// many bytes the file was made.
func EarlyHeader(segment []byte) []byte {
	clear(segment[64:72])
	clear(segment[12:16])
	binary.LittleEndian.PutUint32(segment[12:], crc32.Checksum(segment[:headerSize], castagnoli))
	return segment
}

// Forge changes one byte of the record at an offset and makes its checksum
// right.
func Forge(segment []byte, offset, field int) []byte {
	h, _ := decodeHeader(segment)
	frame := segment[offset:]
	frame = frame[:frameSize+binary.LittleEndian.Uint32(frame)]
	frame[field] ^= 1
	place(newSeed(h.journal, h.first), int64(offset), frame)
	return segment
}

// ForgeDrop puts a record that drops a run behind the last one of a segment, as
// somebody would who has no key, with the checksums right. It returns the segment
// and the offset of the record.
func ForgeDrop(segment []byte, run Run) ([]byte, int64) {
	h, _ := decodeHeader(segment)
	at := int64(headerSize)
	for binary.LittleEndian.Uint32(segment[at:]) != 0 {
		at += frameSize + int64(binary.LittleEndian.Uint32(segment[at:]))
	}
	drop := appendFrame(nil, &Record{Run: run}, flagDrop, nil)
	group := groupRecord{epoch: h.epoch, length: int64(len(drop))}.appendTo(nil)
	seed := newSeed(h.journal, h.first)
	place(seed, at, group)
	place(seed, at+groupSize, drop)
	copy(segment[at:], append(group, drop...))
	return segment, at + groupSize
}

// Mend makes the checksums of a segment right: that of the header, and those of
// the records as far as their lengths lead to one another.
func Mend(segment []byte) []byte {
	segment = append([]byte(nil), segment...)
	if len(segment) < headerSize {
		return segment
	}
	clear(segment[12:16])
	binary.LittleEndian.PutUint32(segment[12:], crc32.Checksum(segment[:headerSize], castagnoli))
	h, err := decodeHeader(segment)
	if err != nil {
		return segment
	}
	seed := newSeed(h.journal, h.first)
	for at := headerSize; at+frameSize < len(segment); {
		n := frameSize + int(binary.LittleEndian.Uint32(segment[at:]))
		if n == frameSize || at+n > len(segment) {
			break
		}
		place(seed, int64(at), segment[at:at+n])
		at += n
	}
	return segment
}

// RoundTrip encodes a record and decodes it.
func RoundTrip(r Record) (Record, error) {
	got, _, err := decodeBody(appendFrame(nil, &r, 0, nil)[frameSize:])
	return got, err
}

// Woken returns how many whom a commit has woken have not run since.
func Woken(f *File) int { return int(f.woken.n.Load()) }
