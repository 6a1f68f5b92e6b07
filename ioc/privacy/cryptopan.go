package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"net/netip"
)

// AddressKeySize is the size in bytes of the secret of an [AddressMapper]: an
// AES-128 key and 16 bytes of padding.
const AddressKeySize = 32

// An AddressMapper replaces addresses by others of the same family such that
// two addresses that share a prefix of n bits are replaced by two that share
// exactly n bits. This is Crypto-PAn (Xu, Fan, Ammar, Moon 2002). It is one to
// one and can be undone by whoever holds the key.
//
// Keeping prefixes is the point and the weakness: whoever can make some known
// addresses appear in the data learns the prefixes of their neighbours. Where
// that matters use [Truncate] or a pseudonym of a [Key].
//
// An AddressMapper is safe for concurrent use.
type AddressMapper struct {
	block cipher.Block
	pad   [aes.BlockSize]byte
}

// NewAddressMapper returns the mapper of a secret of [AddressKeySize] bytes,
// which is copied. Another size is an [ErrKey].
func NewAddressMapper(secret []byte) (*AddressMapper, error) {
	if len(secret) != AddressKeySize {
		return nil, fmt.Errorf("privacy: address mapper: the secret has %d bytes, want %d: %w", len(secret), AddressKeySize, ErrKey)
	}
	block, err := aes.NewCipher(secret[:16])
	if err != nil {
		return nil, fmt.Errorf("privacy: address mapper: %w", err)
	}
	m := &AddressMapper{block: block}
	block.Encrypt(m.pad[:], secret[16:])
	return m, nil
}

// Map returns the address that stands for a. An IPv4 address in IPv6 form is
// mapped as the IPv4 address that it is; a zone is dropped, since it names an
// interface of one host. The zero address stays the zero address.
func (m *AddressMapper) Map(a netip.Addr) netip.Addr { return m.walk(a, false) }

// Unmap returns the address that Map replaced.
func (m *AddressMapper) Unmap(a netip.Addr) netip.Addr { return m.walk(a, true) }

// walk flips bit i of the address by a pseudo-random function of the i bits
// before it in the original. Going back, those bits are known already when bit
// i is due.
func (m *AddressMapper) walk(a netip.Addr, back bool) netip.Addr {
	if !a.IsValid() {
		return a
	}
	a = a.Unmap().WithZone("")
	in, n := load(a)
	padHi, padLo := binary.BigEndian.Uint64(m.pad[:8]), binary.BigEndian.Uint64(m.pad[8:])
	var original, out uint128
	var buf [aes.BlockSize]byte
	for i := range n {
		// The first i bits are the address's, the rest the padding's.
		mask := prefixMask(i)
		binary.BigEndian.PutUint64(buf[:8], original.hi&mask.hi|padHi&^mask.hi)
		binary.BigEndian.PutUint64(buf[8:], original.lo&mask.lo|padLo&^mask.lo)
		m.block.Encrypt(buf[:], buf[:])
		flip := uint64(buf[0] >> 7)
		bit := in.bit(i)
		out.setBit(i, bit^flip)
		if back {
			bit ^= flip
		}
		original.setBit(i, bit)
	}
	return out.addr(n)
}

// uint128 is an address with its first bit on top; IPv4 lies in the upper 32.
type uint128 struct{ hi, lo uint64 }

func load(a netip.Addr) (uint128, int) {
	if a.Is4() {
		b := a.As4()
		return uint128{hi: uint64(binary.BigEndian.Uint32(b[:])) << 32}, 32
	}
	b := a.As16()
	return uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, 128
}

func (u uint128) addr(n int) netip.Addr {
	if n == 32 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(u.hi>>32))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], u.hi)
	binary.BigEndian.PutUint64(b[8:], u.lo)
	return netip.AddrFrom16(b)
}

func (u uint128) bit(i int) uint64 {
	if i < 64 {
		return u.hi >> (63 - i) & 1
	}
	return u.lo >> (127 - i) & 1
}

func (u *uint128) setBit(i int, bit uint64) {
	if i < 64 {
		u.hi |= bit << (63 - i)
	} else {
		u.lo |= bit << (127 - i)
	}
}

// prefixMask has the first n of 128 bits set.
func prefixMask(n int) uint128 {
	if n <= 64 {
		return uint128{hi: ^(^uint64(0) >> n)}
	}
	return uint128{hi: ^uint64(0), lo: ^(^uint64(0) >> (n - 64))}
}
