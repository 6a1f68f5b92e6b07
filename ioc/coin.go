package ioc

import (
	"encoding/base32"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"slices"

	"golang.org/x/crypto/sha3"
)

// A base58Coin says which addresses in base58check belong to a coin.
type base58Coin struct {
	typ      Type
	first    string // what an address can begin with
	min, max int    // characters
	versions []uint32
	bytes    int // of the version, in front of the 20-byte hash
	alphabet *alphabet58
}

var base58Coins = []base58Coin{
	{BTC, "13", 26, 35, []uint32{0x00, 0x05}, 1, bitcoin58},
	{LTC, "LM", 33, 34, []uint32{0x30, 0x32}, 1, bitcoin58},
	{Doge, "DA9", 33, 34, []uint32{0x1e, 0x16}, 1, bitcoin58},
	{Dash, "X7", 33, 34, []uint32{0x4c, 0x10}, 1, bitcoin58},
	{ZEC, "t", 35, 35, []uint32{0x1cb8, 0x1cbd}, 2, bitcoin58},
	{XRP, "r", 25, 35, []uint32{0x00}, 1, ripple58},
	{Tron, "T", 34, 34, []uint32{0x41}, 1, bitcoin58},
	{Tezos, "tK", 36, 36, []uint32{0x06a19f, 0x06a1a1, 0x06a1a4, 0x025a79}, 3, bitcoin58},
}

func (c *base58Coin) owns(s string) bool {
	if len(s) < c.min || len(s) > c.max {
		return false
	}
	for i := range len(c.first) {
		if s[0] == c.first[i] {
			return c.checked(s)
		}
	}
	return false
}

func (c *base58Coin) checked(s string) bool {
	var out [max58]byte
	payload := check58(&out, s, c.alphabet, c.bytes+20)
	if payload == nil {
		return false
	}
	var version uint32
	for _, b := range payload[:c.bytes] {
		version = version<<8 | uint32(b)
	}
	return slices.Contains(c.versions, version)
}

const ruleChecksum = "the address has a wrong checksum, length or prefix for this coin"

// canonicalCoin checks an address of coin t. Addresses that ignore case are
// returned in lower case.
func canonicalCoin(t Type, s string) (value, reason string) {
	if len(s) > 128 {
		return "", ruleChecksum
	}
	for i := range base58Coins {
		if c := &base58Coins[i]; c.typ == t && c.owns(s) {
			return s, ""
		}
	}
	switch lowered := toLower(s); {
	case t == BTC && oneCase(s) && isSegwit(lowered, "bc"),
		t == LTC && oneCase(s) && isSegwit(lowered, "ltc"),
		t == ZEC && oneCase(s) && isBech32(lowered, "zs"),
		t == Cardano && oneCase(s) && (isBech32(lowered, "addr") || isBech32(lowered, "stake")):
		return lowered, ""
	case t == BCH && oneCase(s):
		if bare := cutPrefix(lowered, "bitcoincash:"); isCashAddr(bare) {
			return bare, ""
		}
	case t == Cardano && isByron(s),
		t == XMR && isMonero(s),
		t == Stellar && isStellar(s):
		return s, ""
	case t == Solana && isSolana(s):
		return s, ""
	case t == ETH:
		return canonicalETH(s, sha3.NewLegacyKeccak256())
	}
	return "", ruleChecksum
}

func cutPrefix(s, prefix string) string {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// oneCase tells whether s does not mix small letters and capitals, as BIP 173
// wants it.
func oneCase(s string) bool {
	var small, capital bool
	for i := range len(s) {
		small = small || is(s[i], classLetter) && !is(s[i], classUpper)
		capital = capital || is(s[i], classUpper)
	}
	return !small || !capital
}

// coinOf returns the coin that a run of letters and digits is an address of,
// with the canonical address; 0 if it is none. Only checksums count here.
func coinOf(s string) (t Type, value string) {
	switch lower(s[0]) {
	case 'b', 'l', 'z', 'a', 's', 'q', 'p':
		for _, t := range [...]Type{BTC, LTC, ZEC, Cardano, BCH} {
			if !bechLike(t, s) {
				continue
			}
			if value, reason := canonicalCoin(t, s); reason == "" {
				return t, value
			}
		}
	}
	for i := range base58Coins {
		if base58Coins[i].owns(s) {
			return base58Coins[i].typ, s
		}
	}
	switch {
	case len(s) >= 95 && isMonero(s):
		return XMR, s
	case len(s) == 56 && isStellar(s):
		return Stellar, s
	case len(s) >= 58 && (s[0] == 'A' || s[0] == 'D') && isByron(s):
		return Cardano, s
	}
	return 0, ""
}

// bechLike tells whether s begins like an address of t in the bech32 family.
func bechLike(t Type, s string) bool {
	switch t {
	case BTC:
		return foldPrefix(s, "bc1")
	case LTC:
		return foldPrefix(s, "ltc1")
	case ZEC:
		return foldPrefix(s, "zs1")
	case Cardano:
		return foldPrefix(s, "addr1") || foldPrefix(s, "stake1")
	}
	return len(s) == 42 && (lower(s[0]) == 'q' || lower(s[0]) == 'p')
}

// canonicalETH lowers an address. One that mixes cases must have the checksum
// of EIP-55.
func canonicalETH(s string, keccak hash.Hash) (value, reason string) {
	if len(s) != 42 || s[0] != '0' || lower(s[1]) != 'x' || !allClass(s[2:], classHex) {
		return "", "an Ethereum address is 0x and 40 hexadecimal digits"
	}
	if !oneCase(s[2:]) && !isEIP55(s, keccak) {
		return "", "the capitals are not those of the checksum (EIP-55)"
	}
	return toLower(s), ""
}

// isEIP55 tells whether the case of the digits of s is its checksum.
func isEIP55(s string, keccak hash.Hash) bool {
	var digits [40]byte
	for i := range digits {
		digits[i] = lower(s[2+i])
	}
	var sum [32]byte
	keccak.Reset()
	keccak.Write(digits[:])
	keccak.Sum(sum[:0])
	for i, c := range digits {
		if c < 'a' {
			continue
		}
		nibble := sum[i/2] >> (4 * (1 - i%2)) & 15
		if (nibble >= 8) != is(s[2+i], classUpper) {
			return false
		}
	}
	return true
}

// isMonero checks a main address, a subaddress or an integrated address:
// base58 in blocks of 8 bytes, and a Keccak checksum.
func isMonero(s string) bool {
	if len(s) != 95 && len(s) != 106 || s[0] != '4' && s[0] != '8' {
		return false
	}
	sizes := [12]int{0, 0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8} // bytes in a block of n characters
	var raw [80]byte
	n := 0
	for at := 0; at < len(s); at += 11 {
		block := s[at:min(at+11, len(s))]
		size := sizes[len(block)]
		var v uint64
		for i := range len(block) {
			d := bitcoin58[block[i]]
			if d < 0 {
				return false
			}
			v = v*58 + uint64(d) // a value too large fails the checksum
		}
		if size < 8 && v>>(8*size) != 0 {
			return false
		}
		for i := size - 1; i >= 0; i-- {
			raw[n+i] = byte(v)
			v >>= 8
		}
		n += size
	}
	if raw[0] != 18 && raw[0] != 42 && raw[0] != 19 {
		return false
	}
	keccak := sha3.NewLegacyKeccak256()
	keccak.Write(raw[:n-4])
	var sum [32]byte
	keccak.Sum(sum[:0])
	return [4]byte(sum[:4]) == [4]byte(raw[n-4:n])
}

// isStellar checks an account id: base32 with a CRC-16 (SEP-23).
func isStellar(s string) bool {
	if len(s) != 56 || s[0] != 'G' {
		return false
	}
	var src [56]byte
	copy(src[:], s)
	var raw [35]byte
	if n, err := base32.StdEncoding.Decode(raw[:], src[:]); err != nil || n != 35 || raw[0] != 6<<3 {
		return false
	}
	var crc uint16
	for _, b := range raw[:33] {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc == binary.LittleEndian.Uint16(raw[33:])
}

// isByron checks a Cardano address of the Byron era: base58 of a CBOR pair of
// a tagged byte string and its CRC-32.
func isByron(s string) bool {
	if len(s) < 58 || len(s) > 104 {
		return false
	}
	var out [max58]byte
	b := decode58(&out, s, bitcoin58)
	// 82 d8 18 58 n <n bytes> 1a <4 bytes>
	if len(b) < 10 || b[0] != 0x82 || b[1] != 0xd8 || b[2] != 0x18 || b[3] != 0x58 {
		return false
	}
	n := int(b[4])
	if len(b) != n+10 || b[5+n] != 0x1a {
		return false
	}
	return crc32.ChecksumIEEE(b[5:5+n]) == binary.BigEndian.Uint32(b[6+n:])
}

// isSolana tells whether s is the base58 of 32 bytes. There is no checksum; the
// characters must at least be as mixed as those of random bytes.
func isSolana(s string) bool {
	if len(s) < 32 || len(s) > 44 {
		return false
	}
	var out [max58]byte
	if len(decode58(&out, s, bitcoin58)) != 32 {
		return false
	}
	var all, some uint16 = ^uint16(0), 0
	for i := range len(s) {
		all &= class[s[i]]
		some |= class[s[i]]
	}
	return some&classDigit != 0 && some&classUpper != 0 && all&classAlnum == 0
}
