package ioc

// The values of bech32 characters, BIP 173; 255 for the others.
var bech32Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range []byte("qpzry9x8gf2tvdw0s3jn54khce6mua7l") {
		t[c] = byte(i)
		if c >= 'a' {
			t[c-'a'+'A'] = byte(i)
		}
	}
	return t
}()

// Constants that the checksum of a right address comes out as.
const (
	bech32Sum  = 1          // BIP 173
	bech32mSum = 0x2bc830a3 // BIP 350
)

// bech32Check returns the checksum of a human-readable part in lower case and the
// data part behind the separator; ok is false if a character is out of place.
func bech32Check(hrp, data string) (sum uint32, ok bool) {
	sum = 1
	for i := range len(hrp) {
		sum = bech32Step(sum, hrp[i]>>5)
	}
	sum = bech32Step(sum, 0)
	for i := range len(hrp) {
		sum = bech32Step(sum, hrp[i]&31)
	}
	for i := range len(data) {
		v := bech32Values[data[i]]
		if v > 31 {
			return 0, false
		}
		sum = bech32Step(sum, v)
	}
	return sum, true
}

func bech32Step(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(v)
	for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 != 0 {
			sum ^= g
		}
	}
	return sum
}

// isSegwit tells whether s, in lower case, is a native segregated witness
// address of the coin with this human-readable part (BIP 173, BIP 350).
func isSegwit(s, hrp string) bool {
	if len(s) < len(hrp)+1+6+1 || len(s) > 90 || s[:len(hrp)] != hrp || s[len(hrp)] != '1' {
		return false
	}
	data := s[len(hrp)+1:]
	sum, ok := bech32Check(hrp, data)
	version := bech32Values[data[0]]
	program := (len(data) - 7) * 5 / 8
	switch {
	case !ok || version > 16:
		return false
	case version == 0:
		return sum == bech32Sum && (program == 20 || program == 32)
	}
	return sum == bech32mSum && program >= 2 && program <= 40
}

// isBech32 tells whether s, in lower case, has this human-readable part and a
// right checksum of the first kind, whatever its length.
func isBech32(s, hrp string) bool {
	if len(s) < len(hrp)+8 || s[:len(hrp)] != hrp || s[len(hrp)] != '1' {
		return false
	}
	sum, ok := bech32Check(hrp, s[len(hrp)+1:])
	return ok && sum == bech32Sum
}

// isCashAddr tells whether s, in lower case and without prefix, is a Bitcoin
// Cash address: version byte and hash of 160 bits, with a checksum of 40 bits.
func isCashAddr(s string) bool {
	if len(s) != 42 {
		return false
	}
	sum := uint64(1)
	for _, c := range []byte("bitcoincash") {
		sum = cashStep(sum, c&31)
	}
	sum = cashStep(sum, 0)
	for i := range len(s) {
		v := bech32Values[s[i]]
		if v > 31 {
			return false
		}
		sum = cashStep(sum, v)
	}
	return sum == 1
}

func cashStep(sum uint64, v byte) uint64 {
	top := sum >> 35
	sum = sum&0x07ffffffff<<5 ^ uint64(v)
	for i, g := range [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
		if top>>i&1 != 0 {
			sum ^= g
		}
	}
	return sum
}
