package stix

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// IndicatorsIn returns the indicators of a STIX pattern: the values each of
// which alone is what the pattern looks for, in its order and without
// duplicates. [a OR b], [a] OR [b] and IN give several; qualifiers of time are
// passed over.
//
// Where several things must come together, [a] AND [b], FOLLOWEDBY, or tests
// joined by AND that do not describe one thing, there is no such value, nor
// where a test is not for equality. Each such part is a [*PatternError] in the
// joined error, beside the indicators of the other parts; at most [MaxProblems]
// are listed. A pattern that cannot be read is a [*pattern.ParseError].
func IndicatorsIn(text string) ([]ioc.Indicator, error) {
	p, err := pattern.Lenient.Parse(text)
	if err != nil {
		return nil, err
	}
	f := &finder{}
	f.observation(&p.Root)
	return f.found, errors.Join(f.errs...)
}

// A finder collects indicators. It works in time linear in the text: patterns
// come from outside and may hold tens of thousands of values.
type finder struct {
	found []ioc.Indicator
	seen  map[ioc.Indicator]struct{}
	errs  []error
}

func (f *finder) add(i ioc.Indicator) {
	if f.seen == nil {
		f.seen = make(map[ioc.Indicator]struct{})
	}
	if _, twice := f.seen[i]; !twice {
		f.seen[i] = struct{}{}
		f.found = append(f.found, i)
	}
}

func (f *finder) refuse(offset int, part, reason string) {
	if len(f.errs) < MaxProblems {
		f.errs = append(f.errs, &PatternError{Offset: offset, Part: shorten(part), Reason: reason})
	}
}

func (f *finder) observation(o *pattern.Observation) {
	switch o.Op {
	case pattern.Bracket:
		f.comparison(o.Comparison)
	case pattern.Group, pattern.Any:
		for i := range o.Operands {
			f.observation(&o.Operands[i])
		}
	default:
		f.refuse(o.Offset, o.String(), "only several observations together match, no single value")
	}
}

func (f *finder) comparison(c *pattern.Comparison) {
	switch c.Op {
	case pattern.Or:
		for i := range c.Args {
			f.comparison(&c.Args[i])
		}
	case pattern.And:
		f.conjunction(c)
	default:
		f.test(c)
	}
}

// test handles a test that stands alone.
func (f *finder) test(c *pattern.Comparison) {
	if c.Negated {
		f.refuse(c.Offset, c.String(), "a negated test describes no value")
		return
	}
	values := c.Set
	switch c.Op {
	case pattern.Equal, pattern.IsSubset:
		values = []pattern.Value{c.Right}
	case pattern.In:
	default:
		f.refuse(c.Offset, c.String(), "the test is not for equality")
		return
	}
	refused := ""
	for _, v := range values {
		i, reason := indicatorAt(&c.Left, v.Text())
		if reason == "" {
			f.add(i)
		} else if refused == "" {
			refused = reason
		}
	}
	if refused != "" {
		f.refuse(c.Offset, c.String(), refused)
	}
}

// indicatorAt returns the indicator that a value at an object path is.
func indicatorAt(p *pattern.Path, value string) (ioc.Indicator, string) {
	var types []ioc.Type
	last := ""
	if len(p.Steps) > 0 {
		last = p.Steps[len(p.Steps)-1].Key
	}
	switch first := firstKey(p); {
	case p.Type == "ipv4-addr" && first == "value", p.Type == "ipv6-addr" && first == "value":
		types = []ioc.Type{ioc.IPv4, ioc.IPv6, ioc.CIDR}
	case p.Type == "domain-name" && first == "value":
		types = []ioc.Type{ioc.Onion, ioc.Domain}
	case p.Type == "url" && first == "value":
		types = []ioc.Type{ioc.URL}
	case p.Type == "email-addr" && first == "value",
		p.Type == "email-message" && last == "value" && strings.Contains(first, "_ref"):
		types = []ioc.Type{ioc.Email}
	case p.Type == "mac-addr" && first == "value":
		types = []ioc.Type{ioc.MAC}
	case p.Type == "autonomous-system" && first == "number":
		types = []ioc.Type{ioc.ASN}
		value = "AS" + strings.TrimPrefix(value, "AS")
	case p.Type == "file" && first == "name":
		types = []ioc.Type{ioc.Filename}
	case p.Type == "file" && first == "hashes":
		types = hashTypes(last)
	case p.Type == "x509-certificate" && first == "hashes":
		types = []ioc.Type{ioc.CertFingerprint}
	case p.Type == "x509-certificate" && first == "serial_number":
		types = []ioc.Type{ioc.CertSerial}
	case p.Type == "windows-registry-key" && first == "key":
		types = []ioc.Type{ioc.RegistryKey}
	case p.Type == "mutex" && first == "name":
		types = []ioc.Type{ioc.Mutex}
	case p.Type == "software" && first == "cpe":
		types = []ioc.Type{ioc.CPE}
	case p.Type == "network-traffic" && last == "User-Agent":
		types = []ioc.Type{ioc.UserAgent}
	case p.Type == "network-traffic" && last == "value" && (first == "dst_ref" || first == "src_ref"):
		types = []ioc.Type{ioc.IPv4, ioc.IPv6, ioc.MAC, ioc.Onion, ioc.Domain}
	case p.Type == "file" && last == "imphash":
		types = []ioc.Type{ioc.ImpHash}
	}
	return parseFirst(types, value)
}

func firstKey(p *pattern.Path) string {
	if len(p.Steps) == 0 {
		return ""
	}
	return p.Steps[0].Key
}

func parseFirst(types []ioc.Type, value string) (ioc.Indicator, string) {
	reason := "no type of indicator has this property"
	for _, t := range types {
		i, err := ioc.ParseAs(t, value)
		if err == nil {
			return i, ""
		}
		reason = err.Error()
	}
	return ioc.Indicator{}, reason
}

// hashTypes returns the type of a hash algorithm's name, however it is spelled.
func hashTypes(name string) []ioc.Type {
	fold := func(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "")) }
	for t, known := range fileHashes {
		if fold(known) == fold(name) {
			return []ioc.Type{t}
		}
	}
	if fold(name) == "IMPHASH" {
		return []ioc.Type{ioc.ImpHash}
	}
	return nil
}

// conjunction handles tests joined by AND that may describe one thing: an
// address and its port, a path, a file by its hashes and what else is known of
// it, an object of ours.
func (f *finder) conjunction(c *pattern.Comparison) {
	tests := make(map[string]*pattern.Comparison, len(c.Args))
	var hashes []*pattern.Comparison
	for i := range c.Args {
		t := &c.Args[i]
		if t.Op != pattern.Equal || t.Negated {
			f.refuse(c.Offset, c.String(), "only tests for equality describe one value together")
			return
		}
		if t.Left.Type == "file" && firstKey(&t.Left) == "hashes" {
			hashes = append(hashes, t)
		}
		tests[t.Left.String()] = t
	}
	text := func(path string) string {
		if t := tests[path]; t != nil {
			return t.Right.Text()
		}
		return ""
	}
	exactly := func(paths ...string) bool {
		return len(tests) == len(paths) && !slices.ContainsFunc(paths, func(p string) bool { return tests[p] == nil })
	}
	switch {
	case exactly(OwnObject+":kind", OwnObject+":value"):
		t, err := ioc.ParseType(text(OwnObject + ":kind"))
		if err == nil {
			f.parsed(c, []ioc.Type{t}, text(OwnObject+":value"))
			return
		}
	case exactly("file:name", "file:parent_directory_ref.path"):
		f.parsed(c, []ioc.Type{ioc.FilePath}, joinPath(text("file:parent_directory_ref.path"), text("file:name")))
		return
	case len(hashes) > 0 && allOf(c, "file"):
		// A hash is the file's, whatever else the pattern knows about it.
		for _, h := range hashes {
			f.test(h)
		}
		return
	case f.endpoint(c, tests, "dst") || f.endpoint(c, tests, "src"):
		return
	}
	f.refuse(c.Offset, c.String(), "only several properties together match, no single value")
}

func (f *finder) parsed(c *pattern.Comparison, types []ioc.Type, value string) {
	if i, reason := parseFirst(types, value); reason == "" {
		f.add(i)
	} else {
		f.refuse(c.Offset, c.String(), reason)
	}
}

func allOf(c *pattern.Comparison, objectType string) bool {
	for i := range c.Args {
		if c.Args[i].Left.Type != objectType {
			return false
		}
	}
	return true
}

// endpoint handles one end of network traffic: its type, its value, its port.
func (f *finder) endpoint(c *pattern.Comparison, tests map[string]*pattern.Comparison, end string) bool {
	prefix := "network-traffic:" + end
	value, port := tests[prefix+"_ref.value"], tests[prefix+"_port"]
	known := 0
	for _, path := range []string{"_ref.type", "_ref.value", "_port"} {
		if tests[prefix+path] != nil {
			known++
		}
	}
	if value == nil || known != len(tests) {
		return false
	}
	if port == nil {
		f.parsed(c, []ioc.Type{ioc.IPv4, ioc.IPv6, ioc.MAC, ioc.Onion, ioc.Domain}, value.Right.Text())
		return true
	}
	a, err := netip.ParseAddr(value.Right.Text())
	n, ok := portOf(port.Right)
	if err != nil || !ok {
		return false
	}
	f.parsed(c, []ioc.Type{ioc.Socket}, netip.AddrPortFrom(a, n).String())
	return true
}
