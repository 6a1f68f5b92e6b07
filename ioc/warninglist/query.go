package warninglist

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A query collects the entries that one value is on.
type query struct {
	x     *Index
	first bool // stop at the first entry
	found bool
	refs  []ref
}

// add takes a hit and tells whether more are wanted.
func (q *query) add(r ref) bool {
	q.found = true
	if !q.first {
		q.refs = append(q.refs, r)
	}
	return !q.first
}

// sorted returns the hits in the order of the lists, each entry once.
func (q *query) sorted() []ref {
	slices.SortFunc(q.refs, func(a, b ref) int {
		return cmp.Or(cmp.Compare(a.list, b.list), cmp.Compare(a.entry, b.entry))
	})
	return slices.Compact(q.refs)
}

// ask compares a value, and both halves of a composite one.
func (q *query) ask(value string) {
	left, right, composite := strings.Cut(value, "|")
	q.askOne(left)
	if composite && !(q.first && q.found) {
		q.askOne(right)
	}
}

func (q *query) askOne(value string) {
	if value == "" {
		return
	}
	host := hostOf(value, q.x.mode)
	q.askExact(value)
	q.askHosts(host)
	q.askNetworks(value, host)
	q.askText(value)
}

func (q *query) askExact(value string) {
	if len(q.x.exact)+len(q.x.addrs) == 0 || q.first && q.found {
		return
	}
	if q.x.mode == Semantic {
		value = canonical(value)
		if a, ok := parseAddr(value); ok {
			q.addAll(q.x.addrs[a])
			return
		}
	}
	q.addAll(q.x.exact[value])
}

func (q *query) addAll(refs []ref) {
	for _, r := range refs {
		if !q.add(r) {
			return
		}
	}
}

// askHosts looks up the host and each name above it.
func (q *query) askHosts(host string) {
	if len(q.x.hosts) == 0 || q.first && q.found {
		return
	}
	for name := host; name != ""; {
		q.addAll(q.x.hosts[name])
		if q.first && q.found {
			return
		}
		_, name, _ = strings.Cut(name, ".")
	}
}

func (q *query) askNetworks(value, host string) {
	if len(q.x.nets4.sorted)+len(q.x.nets6.sorted) == 0 || q.first && q.found {
		return
	}
	p, ok := networkOf(value, host, q.x.mode)
	if !ok {
		return
	}
	nets := &q.x.nets6
	if p.Addr().Is4() {
		nets = &q.x.nets4
	}
	nets.find(p, func(r ref) { q.add(r) })
}

// askText looks for substrings and expressions. An expression sees the value as
// it is: its own flags say whether case matters.
func (q *query) askText(value string) {
	if q.x.needles != nil && !(q.first && q.found) {
		q.x.needles.find(value, q.x.mode == Semantic, q.add)
	}
	for _, re := range q.x.regexes {
		if q.first && q.found {
			return
		}
		if re.expr.MatchString(value) {
			q.add(re.ref)
		}
	}
}

// canonical is the form in which exact entries and values are compared: no
// difference of case, no dot behind a host name.
func canonical(s string) string {
	return lower(strings.TrimSuffix(strings.TrimSpace(s), "."))
}

func parseAddr(s string) (netip.Addr, bool) {
	if !mayBeAddress(s) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

// mayBeAddress spares most names and hashes a failing parse.
func mayBeAddress(s string) bool {
	return s != "" && (strings.IndexByte(s, ':') >= 0 || s[len(s)-1] >= '0' && s[len(s)-1] <= '9' && strings.IndexByte(s, '.') > 0)
}

// lower folds the letters that host names and digests are made of, on both
// sides alike; other scripts have no case that would matter here.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.Map(func(r rune) rune {
				if 'A' <= r && r <= 'Z' {
					return r + 'a' - 'A'
				}
				return r
			}, s)
		}
	}
	return s
}

// hostOf returns the host that a value names: what lies between the slashes of
// a URL, else the value itself.
func hostOf(value string, mode Mode) string {
	host := value
	if _, rest, isURL := strings.Cut(value, "//"); isURL {
		host = rest
	}
	if mode == MISPCompat {
		host, _, _ = strings.Cut(host, "/")
		return strings.Trim(host, ".")
	}
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	if host != value {
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			host = host[at+1:]
		}
	}
	return lower(strings.Trim(withoutPort(host), "."))
}

// withoutPort cuts ":443" off a host, and the brackets off an IPv6 address.
func withoutPort(host string) string {
	if strings.HasPrefix(host, "[") {
		inner, _, _ := strings.Cut(host[1:], "]")
		return inner
	}
	name, port, found := strings.Cut(host, ":")
	if found && strings.IndexByte(port, ':') < 0 {
		return name
	}
	return host
}

// networkOf reads a value as an address or network. By default the host of a
// URL and the address of a socket count; for MISP only the value itself does,
// and a prefix longer than the address is read as the address.
func networkOf(value, host string, mode Mode) (netip.Prefix, bool) {
	if mode == Semantic && strings.IndexByte(value, '/') < 0 || mode == Semantic && strings.Contains(value, "//") {
		value = host
	}
	if !mayBeAddress(value) {
		return netip.Prefix{}, false
	}
	if p, err := parseNetwork(value); err == nil {
		return p, true
	}
	text, bits, isPrefix := strings.Cut(value, "/")
	if mode != MISPCompat || !isPrefix {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(text)
	if n, numErr := strconv.Atoi(bits); err != nil || numErr != nil || n < a.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
