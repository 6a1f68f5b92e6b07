package warninglist

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// A Mode says how an [Index] compares. The zero value is [Semantic].
type Mode uint8

// The modes; the package comment has the difference.
const (
	Semantic Mode = iota
	MISPCompat
)

// A Hit says which entry of which list a value is on.
type Hit struct {
	List  *List
	Entry string // as the list has it
}

// An Index is lists, compiled. It is read-only and safe for concurrent use. The
// zero value has no lists and hits nothing.
type Index struct {
	mode    Mode
	exact   map[string][]ref
	addrs   map[netip.Addr][]ref // exact entries that are addresses, which have many spellings
	hosts   map[string][]ref
	nets4   networks
	nets6   networks
	needles *needles
	regexes []regex
	lists   []*List
}

// A ref points to an entry: a list and the entry's place in it.
type ref struct{ list, entry int32 }

type regex struct {
	ref
	expr *regexp.Regexp
}

// An EntryError is an entry of a list that cannot be compared with anything.
type EntryError struct {
	List  string // name of the list
	Entry int    // its place in the list, from 0
	Text  string // the entry
	Err   error  // why
}

// Error names list, place and reason.
func (e *EntryError) Error() string {
	return fmt.Sprintf("warninglist %q: entry %d %.80q: %v", e.List, e.Entry, e.Text, e.Err)
}

// Unwrap returns [ErrEntry] and the reason.
func (e *EntryError) Unwrap() []error { return []error{ErrEntry, e.Err} }

// NewIndex compiles lists, which must not be changed afterwards. The index is
// usable even if the error is not nil: the error then joins one [*EntryError]
// for each entry that was left out, such as a network that does not parse or an
// expression that needs a backtracking engine. Lists in the wild have a few.
func NewIndex(mode Mode, lists ...*List) (*Index, error) {
	b := builder{x: &Index{mode: mode, lists: lists, exact: make(map[string][]ref), addrs: make(map[netip.Addr][]ref), hosts: make(map[string][]ref)}}
	for i, l := range lists {
		for j, entry := range l.Entries {
			b.add(l, ref{int32(i), int32(j)}, entry)
		}
	}
	b.x.nets4 = newNetworks(b.nets4)
	b.x.nets6 = newNetworks(b.nets6)
	b.x.needles = newNeedles(b.needles)
	return b.x, errors.Join(b.left...)
}

type builder struct {
	x            *Index
	nets4, nets6 []network
	needles      []needle
	left         []error
}

func (b *builder) add(l *List, r ref, entry string) {
	var err error
	switch l.Kind {
	case Exact:
		b.addExact(r, entry)
	case Hostname:
		key := strings.Trim(lower(entry), ".")
		if key == "" {
			err = errors.New("no host name")
			break
		}
		b.x.hosts[key] = append(b.x.hosts[key], r)
	case Substring:
		if entry == "" {
			err = errors.New("an empty entry would be in every value")
			break
		}
		b.needles = append(b.needles, needle{b.fold(entry), r})
	case CIDR:
		err = b.addNetwork(r, entry)
	case Regex:
		var expr *regexp.Regexp
		if expr, err = compileRegex(entry); err == nil {
			b.x.regexes = append(b.x.regexes, regex{r, expr})
		}
	default:
		err = fmt.Errorf("kind %q is none of the five", l.Kind)
	}
	if err != nil {
		b.left = append(b.left, &EntryError{l.Name, int(r.entry), entry, err})
	}
}

func (b *builder) addExact(r ref, entry string) {
	if b.x.mode == Semantic {
		entry = canonical(entry)
		if a, ok := parseAddr(entry); ok {
			b.x.addrs[a] = append(b.x.addrs[a], r)
			return
		}
	}
	b.x.exact[entry] = append(b.x.exact[entry], r)
}

func (b *builder) fold(s string) string {
	if b.x.mode == Semantic {
		return lower(s)
	}
	return s
}

func (b *builder) addNetwork(r ref, entry string) error {
	p, err := parseNetwork(entry)
	if err != nil {
		return err
	}
	if p.Addr().Is4() {
		b.nets4 = append(b.nets4, network{p, r})
	} else {
		b.nets6 = append(b.nets6, network{p, r})
	}
	return nil
}

// parseNetwork reads a network or a single address. Bits behind the prefix are
// ignored, as everywhere.
func parseNetwork(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, errors.New("neither an address nor a network")
		}
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, errors.New("neither an address nor a network")
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// Lists returns the lists that the index was made of, in their order.
func (x *Index) Lists() []*List { return append([]*List(nil), x.lists...) }

// Lookup returns every entry that an indicator is on, list by list in the order
// of [NewIndex]. See [Index.AppendHits] for a form that does not allocate.
func (x *Index) Lookup(i ioc.Indicator) []Hit { return x.AppendHits(nil, i.Value()) }

// Contains tells whether an indicator is on any list.
func (x *Index) Contains(i ioc.Indicator) bool {
	q := query{x: x, first: true}
	q.ask(i.Value())
	return q.found
}

// AppendHits appends the entries that a value is on to hits. The value need not
// be an indicator: a MISP composite such as "file.exe|d41d…" is compared half by
// half, and text that is nothing in particular can be on a list of strings.
func (x *Index) AppendHits(hits []Hit, value string) []Hit {
	q := query{x: x, refs: make([]ref, 0, 8)}
	q.ask(value)
	for _, r := range q.sorted() {
		l := x.lists[r.list]
		hits = append(hits, Hit{l, l.Entries[r.entry]})
	}
	return hits
}

// Allows is [Index.Contains] under the name that [ioc.Allower] wants: an
// extractor with the index among its allow lists leaves out what is on a list.
func (x *Index) Allows(i ioc.Indicator) bool { return x.Contains(i) }
