package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The format of a segment, version 1. Integers are little-endian; uvarint is
// that of encoding/binary.
//
//	header, 512 bytes:
//	  0  magic        "SOARJRNL"
//	  8  u16 version  1
//	 10  u16 flags    1 encrypted, 2 compacted
//	 12  u32 crc      CRC32C of the header with this field zero
//	 16  [16] journal random number that all segments of a journal share
//	 32  u64 first    number of the segment, from 1; of the first one it stands for
//	 40  u64 last     the same, or the last one that a compacted segment stands for
//	 48  u32 revision 0, or one more than that of the segments it was made from
//	 52  u32 before   sum of the segment before it; 0 for segment 1
//	 56  u32 after    compacted: sum that the segment after it knows
//	 60  u32 sum      compacted: sum of the records below
//	 64  u64 size     bytes that the file was made with, it is never shorter; 0 in early segments
//	 72  u64 epoch    of the writer
//	 80  i64 created  Unix nanoseconds
//	 88  u8 n, [n]    encrypted: nonce and tag over the journal's number and a text
//	                  that says whether drop records are sealed
//
//	record, as many as there are, then zeros to the end of the file:
//	  u32 length of what follows crc
//	  u32 crc         CRC32C of what follows, begun with a value that depends on
//	                  journal, first, offset of the record and length, see checksum
//	  u8  kind
//	  u8  flags       bits 0-1 mark, 6 drop, 7 group
//	  uvarint run, step, attempt
//	  i64 time
//	  payload         encrypted: nonce, sealed payload
//	  u8  0xA5
//
// The sum of a segment begins with that of the segment before and takes in the
// crc of every record, so that sums form a chain. A record with the group flag
// opens what was written at once and has other fields, see groupRecord. One
// with the drop flag says that all earlier records of its run are void; its
// payload is empty, and sealed as any other.
//
// Later versions keep the size of the header, its first 16 bytes and their
// meaning.
//
// The trailing 0xA5 is never zero, so a record whose last byte is zero was not
// written to its end. That, and that one bit accounts for the checksum, is how a
// torn write is told from a flipped bit.
const (
	magic         = "SOARJRNL"
	formatVersion = 1
	headerSize    = 512
	sectorSize    = 512 // the smallest unit a disk may write in part

	headEncrypted = 1 << 0
	headCompacted = 1 << 1

	maxEpoch = 1<<63 - 1 // each opening has the next one, which must not overflow

	frameSize = 8 // length and crc
	trailer   = 0xA5

	flagMark  = 0x03
	flagDrop  = 1 << 6
	flagGroup = 1 << 7

	// minBody is a record without payload: kind, flags, three short uvarints,
	// time, trailer.
	minBody = 2 + 3 + 8 + 1
	// maxOverhead bounds what a record takes beside its payload: frame, kind,
	// flags, uvarints, time, trailer, and nonce and tag of any usual AEAD.
	maxOverhead = frameSize + 2 + 10 + 10 + 5 + 8 + 1 + 64
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A header is the first sector of a segment.
type header struct {
	flags       uint16
	journal     [16]byte
	first, last uint64
	revision    uint32
	before      uint32
	after, sum  uint32
	size        uint64
	epoch       uint64
	created     int64
	keyCheck    []byte
}

func (h *header) encode() []byte {
	b := make([]byte, headerSize)
	le := binary.LittleEndian
	copy(b, magic)
	le.PutUint16(b[8:], formatVersion)
	le.PutUint16(b[10:], h.flags)
	copy(b[16:], h.journal[:])
	le.PutUint64(b[32:], h.first)
	le.PutUint64(b[40:], h.last)
	le.PutUint32(b[48:], h.revision)
	le.PutUint32(b[52:], h.before)
	le.PutUint32(b[56:], h.after)
	le.PutUint32(b[60:], h.sum)
	le.PutUint64(b[64:], h.size)
	le.PutUint64(b[72:], h.epoch)
	le.PutUint64(b[80:], uint64(h.created))
	b[88] = byte(len(h.keyCheck))
	copy(b[89:], h.keyCheck)
	le.PutUint32(b[12:], crc32.Checksum(b, castagnoli))
	return b
}

// decodeHeader reads a header. Its errors have a kind and a detail; the caller
// adds the file.
func decodeHeader(b []byte) (header, *Error) {
	le := binary.LittleEndian
	if len(b) < headerSize {
		return header{}, &Error{Kind: ErrTruncated, Offset: int64(len(b)), Detail: "it ends within its header", Advice: adviceRestore}
	}
	b = b[:headerSize:headerSize]
	if string(b[:8]) != magic {
		return header{}, &Error{Kind: ErrForeign, Detail: "it does not begin with " + magic,
			Advice: "move the file out of the directory, or restore it from a copy"}
	}
	sum := le.Uint32(b[12:])
	crc := crc32.Update(0, castagnoli, b[:12])
	crc = crc32.Update(crc, castagnoli, []byte{0, 0, 0, 0})
	crc = crc32.Update(crc, castagnoli, b[16:])
	if crc != sum {
		return header{}, &Error{Kind: ErrCorrupt, Detail: "the header's checksum does not match", Advice: adviceRestore}
	}
	if v := le.Uint16(b[8:]); v != formatVersion {
		return header{}, &Error{Kind: ErrVersion, Offset: 8, Detail: versionDetail(v),
			Advice: "open it with the version that wrote it, or a later one"}
	}
	h := header{
		flags:    le.Uint16(b[10:]),
		first:    le.Uint64(b[32:]),
		last:     le.Uint64(b[40:]),
		revision: le.Uint32(b[48:]),
		before:   le.Uint32(b[52:]),
		after:    le.Uint32(b[56:]),
		sum:      le.Uint32(b[60:]),
		size:     le.Uint64(b[64:]),
		epoch:    le.Uint64(b[72:]),
		created:  int64(le.Uint64(b[80:])),
	}
	copy(h.journal[:], b[16:])
	if n := int(b[88]); n <= headerSize-89 {
		h.keyCheck = append([]byte(nil), b[89:89+n]...)
	}
	return h, nil
}

// newSeed returns what the checksums of a segment's records begin with, so that
// a record of another journal or segment that got here is not taken for ours.
func newSeed(journal [16]byte, first uint64) uint32 {
	var s [24]byte
	copy(s[:], journal[:])
	binary.LittleEndian.PutUint64(s[16:], first)
	return crc32.Checksum(s[:], castagnoli)
}

// checksum returns the crc of the record in frame, which begins at an offset of
// the segment to which the seed belongs. Offset and length go into what the crc
// begins with: for the same bytes, another beginning gives another crc.
func checksum(seed uint32, offset int64, frame []byte) uint32 {
	return crcOf(seed, offset, binary.LittleEndian.Uint32(frame), frame[frameSize:])
}

func crcOf(seed uint32, offset int64, length uint32, body []byte) uint32 {
	mix := (uint64(offset)<<32 | uint64(length)) * 0x9E3779B97F4A7C15 >> 32
	return crc32.Update(seed^uint32(mix), castagnoli, body)
}

// place gives a frame its checksum for an offset and returns it.
func place(seed uint32, offset int64, frame []byte) uint32 {
	crc := checksum(seed, offset, frame)
	binary.LittleEndian.PutUint32(frame[4:], crc)
	return crc
}

// appendFrame appends a record without its checksum.
func appendFrame(b []byte, r *Record, flags byte, c *sealer) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, byte(r.Kind), byte(r.Mark)&flagMark|flags)
	b = binary.AppendUvarint(b, uint64(r.Run))
	b = binary.AppendUvarint(b, r.Step)
	b = binary.AppendUvarint(b, uint64(r.Attempt))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Time))
	if c == nil {
		b = append(b, r.Payload...)
	} else {
		b = c.seal(b, b[start+frameSize:], r.Payload)
	}
	b = append(b, trailer)
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-frameSize))
	return b
}

var errMalformed = errors.New("malformed record")

// decodeBody reads what follows the frame of a record. The payload, still
// sealed if it was, lies in body; what precedes it is authenticated with it.
func decodeBody(body []byte) (r Record, flags byte, err error) {
	if len(body) < minBody || body[len(body)-1] != trailer {
		return r, 0, errMalformed
	}
	r.Kind, flags = Kind(body[0]), body[1]
	r.Mark = Mark(flags & flagMark)
	rest := body[2 : len(body)-1]
	var fields [3]uint64
	for i := range fields {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return r, 0, errMalformed
		}
		fields[i], rest = v, rest[n:]
	}
	if len(rest) < 8 || fields[2] > 1<<32-1 {
		return r, 0, errMalformed
	}
	r.Run, r.Step, r.Attempt = Run(fields[0]), fields[1], uint32(fields[2])
	r.Time = int64(binary.LittleEndian.Uint64(rest))
	r.Payload = rest[8:]
	return r, flags, nil
}

// A groupRecord opens what was written at once: how long it is, who wrote it,
// and up to where the segment had been synced by then. Everything before that
// was durable, so damage there is not a torn write.
type groupRecord struct {
	epoch  uint64
	synced int64
	length int64 // bytes of the records of the group
}

const groupSize = frameSize + 2 + 3*8 + 1

func (g groupRecord) appendTo(b []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, flagGroup)
	b = binary.LittleEndian.AppendUint64(b, g.epoch)
	b = binary.LittleEndian.AppendUint64(b, uint64(g.synced))
	b = binary.LittleEndian.AppendUint64(b, uint64(g.length))
	b = append(b, trailer)
	binary.LittleEndian.PutUint32(b[start:], groupSize-frameSize)
	return b
}

func isGroup(body []byte) bool { return body[1]&flagGroup != 0 }

func decodeGroup(body []byte) (groupRecord, error) {
	if len(body) != groupSize-frameSize || body[len(body)-1] != trailer {
		return groupRecord{}, errMalformed
	}
	le := binary.LittleEndian
	g := groupRecord{le.Uint64(body[2:]), int64(le.Uint64(body[10:])), int64(le.Uint64(body[18:]))}
	if g.synced < 0 || g.length < 0 {
		return groupRecord{}, errMalformed
	}
	return g, nil
}

// extend takes the crc of a record into the sum of a segment: it is the CRC32C
// of four more bytes, without the allocation that crc32.Update would need.
func extend(sum, crc uint32) uint32 {
	sum = ^sum
	for range 4 {
		sum, crc = castagnoli[byte(sum)^byte(crc)]^sum>>8, crc>>8
	}
	return ^sum
}

func versionDetail(v uint16) string {
	return fmt.Sprintf("it is version %d, this package knows version %d", v, formatVersion)
}

const adviceRestore = "restore the file from a copy, it has not been changed"
