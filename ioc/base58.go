package ioc

import (
	"crypto/sha256"
	"encoding/binary"
)

// alphabet58 maps characters to their values in a base58 alphabet; -1 for
// characters that are not in it.
type alphabet58 [256]int8

func newAlphabet58(chars string) *alphabet58 {
	var a alphabet58
	for i := range a {
		a[i] = -1
	}
	for i := range len(chars) {
		a[chars[i]] = int8(i)
	}
	return &a
}

var (
	bitcoin58 = newAlphabet58("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
	ripple58  = newAlphabet58("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")
)

// max58 is the number of bytes that decode58 yields at most: more than a Byron
// address of Cardano has.
const max58 = 80

// decode58 decodes s into the end of out and returns that part, with one zero
// byte for each leading zero digit; nil if a character is not in the alphabet
// or the value is too long.
func decode58(out *[max58]byte, s string, a *alphabet58) []byte {
	var limbs [max58 / 4]uint32 // little-endian
	used, zeros := 0, 0
	for zeros < len(s) && a[s[zeros]] == 0 {
		zeros++
	}
	for i := zeros; i < len(s); i++ {
		v := a[s[i]]
		if v < 0 {
			return nil
		}
		carry := uint64(v)
		for j := range used {
			carry += uint64(limbs[j]) * 58
			limbs[j] = uint32(carry)
			carry >>= 32
		}
		if carry > 0 {
			if used == len(limbs) {
				return nil
			}
			limbs[used] = uint32(carry)
			used++
		}
	}
	for j := range used {
		binary.BigEndian.PutUint32(out[max58-4*(j+1):], limbs[j])
	}
	start := max58 - 4*used
	for start < max58 && out[start] == 0 {
		start++
	}
	if start < zeros {
		return nil
	}
	clear(out[start-zeros : start])
	return out[start-zeros:]
}

// check58 decodes base58check: payload and the first four bytes of its double
// SHA-256. It returns the payload, which has length bytes, or nil.
func check58(out *[max58]byte, s string, a *alphabet58, length int) []byte {
	b := decode58(out, s, a)
	if len(b) != length+4 {
		return nil
	}
	first := sha256.Sum256(b[:length])
	sum := sha256.Sum256(first[:])
	if [4]byte(sum[:4]) != [4]byte(b[length:]) {
		return nil
	}
	return b[:length]
}
