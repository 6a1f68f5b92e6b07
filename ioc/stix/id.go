package stix

import (
	"crypto/sha1"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// An ID is a STIX identifier, type--UUID, such as
// "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f" (STIX 2.1 §2.9). The empty
// ID means "none". An ID converted from text need not be valid; [ParseID] checks.
type ID string

// NewID returns an identifier with a random (version 4) UUID for an object of
// the given type, as SDOs and SROs should have.
func NewID(objectType string) ID {
	return ID(objectType + "--" + uuid.NewString())
}

// ParseID returns s as an ID. The error, an [*IDError], says which rule of
// §2.9 s breaks.
func ParseID(s string) (ID, error) {
	if reason := checkID(s); reason != "" {
		return "", &IDError{ID: s, Reason: reason}
	}
	return ID(s), nil
}

// An IDError says why a text is no STIX identifier. It unwraps to [ErrInvalid].
type IDError struct {
	ID     string // as found
	Reason string
}

func (e *IDError) Error() string {
	return fmt.Sprintf("stix: identifier %s: %s", excerpt(e.ID), e.Reason)
}

// Unwrap returns [ErrInvalid].
func (e *IDError) Unwrap() error { return ErrInvalid }

// Type returns the part before the UUID, such as "indicator"; "" if there is
// none.
func (id ID) Type() string {
	before, _, ok := strings.Cut(string(id), "--")
	if !ok {
		return ""
	}
	return before
}

// UUID returns the part after the type; "" if there is none.
func (id ID) UUID() string {
	_, after, _ := strings.Cut(string(id), "--")
	return after
}

// IsValid tells whether the identifier keeps the rules of §2.9.
func (id ID) IsValid() bool { return checkID(string(id)) == "" }

// version returns the UUID's version, 0 if there is none. It asks for a valid
// identifier.
func (id ID) version() int {
	if len(id) < 36 {
		return 0
	}
	return int(id[len(id)-36+14] - '0')
}

// checkID returns the rule of §2.9 that s breaks, "" for none.
func checkID(s string) string {
	const uuidLength = 36
	cut := len(s) - uuidLength - 2
	if cut < 1 || s[cut:cut+2] != "--" {
		return "an identifier is a type, two hyphens and a UUID: indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f"
	}
	if reason := checkTypeName(s[:cut]); reason != "" {
		return reason
	}
	u := s[cut+2:]
	if u[8] != '-' || u[13] != '-' || u[18] != '-' || u[23] != '-' {
		return "the UUID's groups of 8, 4, 4, 4 and 12 digits are joined by hyphens"
	}
	hyphens := 0
	for i := range uuidLength {
		if !hexDigit[u[i]] {
			hyphens++
		}
	}
	if hyphens > 4 {
		return "the UUID holds a character that is not a hexadecimal digit"
	}
	return checkVariant(u)
}

var hexDigit = func() (table [256]bool) {
	for _, c := range []byte("0123456789abcdefABCDEF") {
		table[c] = true
	}
	return table
}()

func checkVariant(uuid string) string {
	if v := uuid[14]; v < '1' || v > '8' {
		return "the UUID has no version of RFC 9562"
	}
	switch uuid[19] {
	case '8', '9', 'a', 'b', 'A', 'B':
		return ""
	}
	return "the UUID is not of the variant of RFC 9562"
}

// checkTypeName returns the rule of §3.1 and §11.2 that a type's name breaks.
func checkTypeName(s string) string {
	if len(s) < 3 || len(s) > 250 {
		return "a type's name has 3 to 250 characters"
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return "a type's name holds only a-z, 0-9 and hyphens"
		}
		if c == '-' && (i == 0 || i == len(s)-1 || s[i-1] == '-') {
			return "hyphens in a type's name stand alone between other characters"
		}
	}
	return ""
}

// scoNamespace is the name space of deterministic SCO identifiers, §2.9.
var scoNamespace = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// exportNamespace is our own name space for the objects that [Exporter] makes:
// identifiers of SDOs and SROs must not use that of SCOs.
var exportNamespace = uuid.MustParse("8a2e1b9c-4c4e-5f0a-9d55-0f6a1d3b7c21")

// nameID returns the version 5 identifier of data in a name space.
func nameID(objectType string, space uuid.UUID, data []byte) ID {
	var in [512]byte
	sum := sha1.Sum(append(append(in[:0], space[:]...), data...))
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	var out [300]byte
	b := append(append(out[:0], objectType...), '-', '-')
	const hex = "0123456789abcdef"
	for i, c := range sum[:16] {
		switch i {
		case 4, 6, 8, 10:
			b = append(b, '-')
		}
		b = append(b, hex[c>>4], hex[c&0xf])
	}
	return ID(b)
}
