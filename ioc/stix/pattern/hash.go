package pattern

import "strings"

// badHash says what a hash of the algorithm looks like if s, still with its
// escapes, is none; "" if it is one or the algorithm is not known.
func badHash(algorithm, s string) string {
	for _, h := range hashes {
		if !strings.EqualFold(algorithm, h.name) {
			continue
		}
		if h.digits == 0 {
			if len(s) == 0 || len(s) > 128 || strings.Trim(s, ssdeepCharacters) != "" {
				return "up to 128 characters of base64, : and ."
			}
			return ""
		}
		if len(s) != h.digits || !hexPairs(s) {
			return h.want
		}
		return ""
	}
	return ""
}

const ssdeepCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+:."

// hashes are the algorithms whose values the reference validator checks.
var hashes = [...]struct {
	name   string
	digits int // in hexadecimal; 0 for ssdeep
	want   string
}{
	{"MD5", 32, "32 hexadecimal digits"},
	{"SHA-1", 40, "40 hexadecimal digits"},
	{"SHA-256", 64, "64 hexadecimal digits"},
	{"SHA-512", 128, "128 hexadecimal digits"},
	{"SHA-224", 56, "56 hexadecimal digits"},
	{"SHA-384", 96, "96 hexadecimal digits"},
	{"SHA3-224", 56, "56 hexadecimal digits"},
	{"SHA3-256", 64, "64 hexadecimal digits"},
	{"SHA3-384", 96, "96 hexadecimal digits"},
	{"SHA3-512", 128, "128 hexadecimal digits"},
	{"RIPEMD-160", 40, "40 hexadecimal digits"},
	{"WHIRLPOOL", 128, "128 hexadecimal digits"},
	{"SSDEEP", 0, ""},
}
