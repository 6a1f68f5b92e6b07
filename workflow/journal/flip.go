package journal

import (
	"encoding/binary"
	"math/bits"
)

// flipped tells whether the record at an offset, which is not whole, becomes so
// by turning one bit. Then all of it had been written, and the disk has changed
// it since. What a torn write leaves passes for that once in 2^32 for each bit
// of the record, and only if the end of the record was written.
func (c *cursor) flipped(seed uint32, offset, limit int64) (bool, error) {
	head, err := c.at(offset, frameSize)
	if err != nil || len(head) < frameSize {
		return false, err
	}
	length, crc := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	for bit := -1; bit < 32; bit++ {
		n := length
		if bit >= 0 {
			n ^= 1 << bit
		}
		if n < minBody || n > MaxMaxRecord+maxOverhead || offset+frameSize+int64(n) > limit {
			continue
		}
		body, err := c.at(offset+frameSize, int(n))
		if err != nil {
			return false, err
		}
		if len(body) < int(n) {
			continue
		}
		diff := crc ^ crcOf(seed, offset, n, body)
		switch {
		case bit >= 0: // of the length
			if diff == 0 && body[n-1] == trailer {
				return true, nil
			}
		case flippedIn(body, diff) || bits.OnesCount32(diff) == 1 && body[n-1] == trailer:
			return true, nil
		}
	}
	return false, nil
}

// flippedIn tells whether one bit of a body accounts for a difference of its
// CRC. Such a bit changes a CRC in a way that depends on nothing but its place.
func flippedIn(body []byte, diff uint32) bool {
	var effects [8]uint32 // of the bits of one byte
	for bit := range effects {
		effects[bit] = castagnoli[1<<bit]
	}
	last := len(body) - 1
	for i := last; i >= 0; i-- {
		for bit, effect := range effects {
			if effect == diff {
				if i == last {
					return body[last]^1<<bit == trailer
				}
				return body[last] == trailer
			}
			effects[bit] = castagnoli[byte(effect)] ^ effect>>8
		}
	}
	return false
}
