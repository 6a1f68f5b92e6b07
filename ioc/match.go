package ioc

import (
	"fmt"
	"strings"
)

// A Match is one indicator found in a text, and where.
type Match struct {
	Indicator Indicator

	// Start and End are byte offsets into the text, End exclusive, also where
	// the text was defanged or escaped. The bytes of a direct match belong to it
	// alone; those of an implied match lie within its parent's.
	Start, End int

	// Parent says by how many places the match that implies this one precedes
	// it in the sequence of matches; 0 for a direct match, and where the parent
	// was not asked for.
	Parent int

	Flags Flags

	// Context is the word left of the match that decided its type, in lower
	// case, such as "imphash" or "mutex"; "" if none was needed.
	Context string
}

// Implied tells whether the match follows from another one, such as the host
// of a URL.
func (m Match) Implied() bool { return m.Has(Implied) }

// Has tells whether all flags of f are set.
func (m Match) Has(f Flags) bool { return m.Flags&f == f }

// Flags say more about a [Match].
type Flags uint16

// The flags, with their text names.
const (
	Implied   Flags = 1 << iota // "implied": it follows from a match around it, such as the host of a URL
	Defanged                    // "defanged": the text was not the plain value
	Encoded                     // "encoded": the text had entities, escapes or percent-encoding to undo
	Private                     // "private": an address for private use, loopback or link-local
	Reserved                    // "reserved": documentation, multicast and other special addresses and names
	Proved                      // "proved": a checksum in the value is right
	WellKnown                   // "well_known": the digest of no data or of zeros
	FileLike                    // "file_like": a domain that reads like a file name
	flagCount = iota
)

var flagNames = [flagCount]string{"implied", "defanged", "encoded", "private", "reserved", "proved", "well_known", "file_like"}

// String returns the names of the set flags, joined by "|".
func (f Flags) String() string {
	var names []string
	for i, name := range flagNames {
		if f>>i&1 != 0 {
			names = append(names, name)
		}
	}
	if rest := f >> flagCount; rest != 0 {
		names = append(names, fmt.Sprintf("Flags(%#x)", uint16(rest<<flagCount)))
	}
	return strings.Join(names, "|")
}

// A Mode says how much evidence [Extractor] wants before it reports a match.
type Mode uint8

// The modes, with their text names.
const (
	// Balanced, "balanced", is meant for reports, mails and logs: file names,
	// code and versions are not taken for names and addresses.
	Balanced Mode = iota
	// Strict, "strict", is for what a machine acts on without a person in
	// between: it leaves out all that is ambiguous or fails a checksum.
	Strict
	// Loose, "loose", is for a person who picks: it also takes words such as
	// " at " and " dot ", commas in addresses, and names that could be files.
	Loose
)

var modeNames = [...]string{"balanced", "strict", "loose"}

// String returns the text name, or "Mode(n)" for no mode.
func (m Mode) String() string {
	if int(m) >= len(modeNames) {
		return fmt.Sprintf("Mode(%d)", uint8(m))
	}
	return modeNames[m]
}

// MarshalText returns the text name; it fails with [ErrInvalid] for no mode.
func (m Mode) MarshalText() ([]byte, error) {
	if int(m) >= len(modeNames) {
		return nil, fmt.Errorf("ioc: %w: %v", ErrInvalid, m)
	}
	return []byte(modeNames[m]), nil
}

// UnmarshalText reads a text name; it fails with [ErrInvalid].
func (m *Mode) UnmarshalText(text []byte) error {
	for i, name := range modeNames {
		if name == string(text) {
			*m = Mode(i)
			return nil
		}
	}
	return fmt.Errorf("ioc: %w: mode %s; it is one of strict, balanced, loose", ErrInvalid, excerpt(string(text)))
}
