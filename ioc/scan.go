package ioc

import (
	"hash"
	"strings"
	"sync"
	"unsafe"
)

// Bounds of the scanner. A decision at a place depends on at most lookBehind
// bytes before it and lookAhead bytes after it, whatever the text is, so that a
// reader's window can be moved on and time is linear in the text's length.
const (
	lookBehind = 512
	lookAhead  = 2 * MaxLength
	maxRun     = 2048 // bytes of a dotted or dense run that are looked at in one go
)

// A scan is one pass over a text or over a window of it.
type scan struct {
	x     *Extractor
	mode  Mode
	want  typeSet
	kinds uint8 // triggers that can lead to a wanted type
	plain bool  // report what was meant as it was written, not in canonical form
	bare  bool  // a bare "dot" in a mail domain is a mark
	lax   bool  // take also marks that occur in prose: Loose mode, and Refang

	s    string // the window
	base int    // offset of the window in the text
	eof  bool   // the text ends where the window ends

	floor   int // what lies before is claimed
	judged  int // dots before it belong to a name that was looked at
	coloned int // colons before it belong to groups that were looked at
	ran     int // runs before it were looked at
	boxFrom int // from here to boxTo all is of a mailbox's name, as far as it was looked at
	boxTo   int
	skip    uint16 // the scanner is within a token that is too long; it goes on past this class

	out []Match

	room    []byte // memory for values, not used yet
	endings *endings
	first   [4]uint64 // bytes that a caller's matcher can begin with
	keccak  hash.Hash // made when the first address of mixed case is met

	host     host
	groupsAt groups
	low      [maxName + 3]byte   // a name in lower case
	view     [maxName + 67]byte  // a name or address without its marks
	buf      [MaxLength + 8]byte // a longer value without its marks
}

// scans keeps the buffers of scans, which hold nothing between two texts.
var scans = sync.Pool{New: func() any { return new(scan) }}

// newScan prepares the scan of a text.
func newScan(x *Extractor, dst []Match) *scan {
	sc := scans.Get().(*scan)
	sc.x = x
	sc.endings = knownEndings()
	sc.mode = x.Mode
	sc.lax = x.Mode == Loose
	sc.want = x.wanted()
	sc.kinds = kindsFor(sc.want)
	sc.out = dst
	for _, m := range x.Matchers {
		sc.begin(m.First)
	}
	if sc.want.has(YARA) {
		sc.begin("rpg")
	}
	if sc.want.has(Phone) {
		sc.begin("+")
	}
	return sc
}

// free hands the buffers back.
func (sc *scan) free() {
	sc.x, sc.s, sc.out, sc.first = nil, "", nil, [4]uint64{}
	sc.base, sc.eof, sc.skip, sc.plain = 0, false, 0, false
	sc.floor, sc.judged, sc.coloned, sc.ran, sc.boxFrom, sc.boxTo = 0, 0, 0, 0, 0, 0
	// The host that was read last is asked about by its place: that of another
	// text must not be taken for one of this.
	sc.host.from, sc.host.to, sc.host.n, sc.host.flags, sc.host.text = -1, -1, 0, 0, ""
	scans.Put(sc)
}

// kindsFor leaves out the triggers that cannot lead to a wanted type. A type
// that is not wanted claims nothing, unless it implies or decides a wanted one.
func kindsFor(want typeSet) uint8 {
	names := setOf(IPv4, IPv6, CIDR, Socket, Domain, Onion, URL, Email, Filename, MAC)
	var kinds uint8
	for _, rule := range []struct {
		kinds uint8
		types typeSet
	}{
		{kindDot | kindColon | kindAt | kindWord, names},
		{kindColon, setOf(SSDeep, CPE, ARN, CertFingerprint, CertSerial, FilePath, BCH)},
		{kindPath, setOf(FilePath, RegistryKey, NamedPipe, Mutex)},
		{kindColon | kindDot, setOf(FilePath)},
		{kindDash, setOf(CVE, CWE, CAPEC, GHSA, UUID, MAC, GATrack)},
		{kindUpper, setOf(AttackID, ASN, IBAN, AWSAccessKey)},
		{kindWord, setOf(TLP, Mutex, UserAgent)},
	} {
		if want&rule.types != 0 {
			kinds |= rule.kinds
		}
	}
	return kinds
}

// run scans from i on. It stops before the first trigger at or after limit, and
// when it has at least enough matches; it returns where to go on.
func (sc *scan) run(i, limit, enough int) int {
	if i == 0 && sc.base == 0 {
		i = sc.leadingPath()
	}
	for i < limit && len(sc.out) < enough {
		if sc.skip != 0 {
			if i = sc.pass(i); i == len(sc.s) {
				return i
			}
		}
		p, kind := sc.find(i)
		if sc.first != [4]uint64{} {
			if next := sc.custom(i, min(p, limit-1)); next > 0 {
				i = next
				continue
			}
		}
		if kind == 0 || p >= limit {
			return p
		}
		i = sc.ask(p, kind)
	}
	return i
}

// leadingPath reports the path that the text begins with, for which there is
// no trigger before it, and returns where to go on.
func (sc *scan) leadingPath() int {
	if len(sc.s) > 0 && (sc.s[0] == '/' || sc.s[0] == '~') && sc.kinds&kindPath != 0 {
		return sc.unixPath(0)
	}
	return 0
}

// pass goes on to the end of the token that is too long; the window may end
// within it.
func (sc *scan) pass(i int) int {
	for i < len(sc.s) && is(sc.s[i], sc.skip) {
		i++
	}
	if i < len(sc.s) {
		sc.skip = 0
		sc.floor = i
	}
	return i
}

// ask lets those look at p who know about its kinds, and returns where to go on.
func (sc *scan) ask(p int, kind uint8) int {
	if kind&kindRun != 0 {
		return sc.longRun(p)
	}
	// Claims move floor; the first who claims has it.
	floor := sc.floor
	for kind != 0 {
		k := kind & -kind
		kind &^= k
		next := p
		switch k {
		case kindDot:
			next = sc.dotted(p)
		case kindColon:
			next = sc.colon(p)
		case kindAt:
			next = sc.at(p)
		case kindPath:
			next = sc.path(p)
		case kindDash:
			next = sc.dash(p)
		case kindUpper:
			next = sc.upper(p)
		case kindWord:
			next = sc.word(p)
		}
		if sc.floor != floor || next > p+1 {
			return max(next, p+1)
		}
	}
	return p + 1
}

// emit reports a direct match and claims its bytes. The value is kept where it
// lies in the window or in a buffer of the scan. It returns the match's place
// for imply.
func (sc *scan) emit(t Type, value string, from, to int, flags Flags) int {
	sc.floor = max(sc.floor, to)
	if !sc.want.has(t) {
		return unwanted
	}
	return sc.add(t, value, from, to, flags, 0)
}

// imply reports what follows from the match at place parent, whose bytes hold
// it. A value that is part of the parent's value shares its memory.
func (sc *scan) imply(parent int, t Type, value string, from, to int, flags Flags) {
	if !sc.want.has(t) || parent == allowed {
		return
	}
	back := 0
	if parent >= 0 {
		back = len(sc.out) - parent
	}
	sc.add(t, value, from, to, flags|Implied, back)
}

// Places that imply understands besides those in out.
const (
	unwanted = -1 // the parent's type is not wanted; its children may be
	allowed  = -2 // the parent is allowed, and so are its children
)

func (sc *scan) add(t Type, value string, from, to int, flags Flags, parent int) int {
	if len(sc.x.Allow) > 0 {
		value = sc.owned(value)
		for _, a := range sc.x.Allow {
			if a.Allows(Indicator{t, value}) {
				return allowed
			}
		}
	}
	sc.out = append(sc.out, Match{
		Indicator: Indicator{t, sc.owned(value)}, Start: sc.base + from, End: sc.base + to, Parent: parent, Flags: flags,
	})
	return len(sc.out) - 1
}

// owned returns value, copied if the memory is the window's or the scan's.
func (sc *scan) owned(value string) string {
	p := uintptr(unsafe.Pointer(unsafe.StringData(value)))
	window := uintptr(unsafe.Pointer(unsafe.StringData(sc.s)))
	scratch := uintptr(unsafe.Pointer(sc))
	if p-window < uintptr(len(sc.s)) || p-scratch < unsafe.Sizeof(*sc) {
		return sc.kept(value)
	}
	return value
}

// keptSize is how much memory is taken for values at a time. A caller who keeps
// one value keeps that much.
const keptSize = 512

// kept copies a value behind those before it: most have some twenty bytes, and
// to ask for memory takes longer than to find them.
func (sc *scan) kept(value string) string {
	if len(value) > keptSize/4 {
		return strings.Clone(value)
	}
	if len(sc.room) < len(value) {
		sc.room = make([]byte, keptSize)
	}
	b := sc.room[:len(value)]
	sc.room = sc.room[copy(b, value):]
	return borrow(b) // nobody writes to b any more
}

// borrow views bytes as a string that must not outlive them. The scanner looks
// at names in its own buffers through it, and clones what it reports.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// before returns the byte left of i, or a space at the beginning.
func (sc *scan) before(i int) byte {
	if i <= 0 {
		return ' '
	}
	return sc.s[i-1]
}

// byteAt returns the byte at i, or a space at the end.
func (sc *scan) byteAt(i int) byte {
	if i >= len(sc.s) {
		return ' '
	}
	return sc.s[i]
}

// rest returns at most n bytes from i on.
func (sc *scan) rest(i, n int) string {
	if i >= len(sc.s) {
		return ""
	}
	return sc.s[i:min(i+n, len(sc.s))]
}
