package connector

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A FieldError is one problem at one place of a document.
type FieldError struct {
	Pointer string // RFC 6901 JSON Pointer; "" is the whole document
	Detail  string // what is wrong and what would be right; never a secret
}

// Error reads "/limits/0/max: must be above 0, is -1".
func (e *FieldError) Error() string { return cmp.Or(e.Pointer, "(whole document)") + ": " + e.Detail }

// A ValidationError lists every problem of a document, ordered by pointer. It
// unwraps to [ErrInvalid] and to each of its fields.
type ValidationError struct {
	Subject string // what was validated, such as "manifest of dns"
	Fields  []*FieldError
}

// Error has a line for each problem.
func (e *ValidationError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "connector: %s: %d problem(s)", e.Subject, len(e.Fields))
	for _, f := range e.Fields {
		b.WriteString("\n\t" + f.Error())
	}
	return b.String()
}

// Unwrap returns [ErrInvalid] and the fields.
func (e *ValidationError) Unwrap() []error {
	all := []error{ErrInvalid}
	for _, f := range e.Fields {
		all = append(all, f)
	}
	return all
}

// problems collects field errors while a document is walked.
type problems struct{ fields []*FieldError }

func (p *problems) add(pointer, format string, args ...any) {
	p.fields = append(p.fields, &FieldError{pointer, fmt.Sprintf(format, args...)})
}

func (p *problems) err(subject string) error {
	if len(p.fields) == 0 {
		return nil
	}
	slices.SortStableFunc(p.fields, func(a, b *FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
	return &ValidationError{Subject: subject, Fields: p.fields}
}

var (
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9]*([_-][a-z0-9]+)*$`)
	versionPattern = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	typePattern    = regexp.MustCompile(`^[a-z][a-z0-9_]*$|^[a-z]+/[a-z0-9][a-z0-9.+-]*$`)
	hostPattern    = regexp.MustCompile(`^(\{[a-z][a-z0-9_]*\}|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9a-fA-F:.]+\](/\d{1,3})?|[0-9.]+/\d{1,2})(:\d{1,5})?$`)
)

// Validate reports every problem of the manifest as a [*ValidationError], or
// returns nil. It looks at the manifest alone; the Validate method of a family
// also compares it with the operations that are there.
func (m *Manifest) Validate() error {
	var p problems
	if !namePattern.MatchString(m.Name) {
		p.add("/name", "must be lower-case words joined by - or _, is %q", m.Name)
	}
	if !versionPattern.MatchString(m.Version) {
		p.add("/version", "must be a semantic version such as 1.2.0, is %q", m.Version)
	}
	if strings.TrimSpace(m.Summary) == "" {
		p.add("/summary", "is missing: say in one sentence what the connector is for")
	}
	checkTypes(&p, "/accepts", m.Accepts)
	checkTypes(&p, "/returns", m.Returns)
	m.checkOperations(&p)
	m.checkConfig(&p)
	m.checkEgress(&p)
	m.checkService(&p)
	return p.err("manifest of " + cmp.Or(m.Name, "a connector without name"))
}

func checkTypes(p *problems, at string, types []DataType) {
	for i, t := range types {
		if !typePattern.MatchString(string(t)) {
			p.add(fmt.Sprintf("%s/%d", at, i), "must be the name of an indicator type or a media type, is %q", t)
		}
	}
}

func (m *Manifest) checkOperations(p *problems) {
	if len(m.Operations) == 0 {
		p.add("/operations", "is empty: a connector without operations does nothing")
	}
	seen := map[string]bool{}
	for i, op := range m.Operations {
		at := fmt.Sprintf("/operations/%d", i)
		if !namePattern.MatchString(op.Name) {
			p.add(at+"/name", "must be lower-case words joined by - or _, is %q", op.Name)
		}
		if seen[op.Name] {
			p.add(at+"/name", "%q is declared twice", op.Name)
		}
		seen[op.Name] = true
		if !op.Effect.IsValid() {
			p.add(at+"/effect", "is missing: say whether %q reads, notifies, changes or destroys", op.Name)
		}
		if op.Action == marking.Unclassified || op.Action > marking.ActiveOnTarget {
			p.add(at+"/action", "is missing: say what an adversary may notice of %q; PAP is checked against it", op.Name)
		}
		if op.Audience == marking.Undeclared || op.Audience > marking.Public {
			p.add(at+"/audience", "is missing: say who sees the input of %q; TLP is checked against it", op.Name)
		}
		if op.TTL < 0 || op.NegativeTTL < 0 {
			p.add(at+"/ttl", "must not be negative")
		}
		if (op.TTL > 0 || op.NegativeTTL > 0) && op.Effect != Reads {
			p.add(at+"/ttl", "only what reads can be answered from a cache, %q %v", op.Name, op.Effect)
		}
		checkTypes(p, at+"/accepts", op.Accepts)
	}
}

func (m *Manifest) checkConfig(p *problems) {
	seen := map[string]bool{}
	for i, f := range m.Config {
		at := fmt.Sprintf("/config/%d", i)
		if f.Name == "" {
			p.add(at+"/name", "is missing")
		}
		if seen[f.Name] {
			p.add(at+"/name", "%q is declared twice", f.Name)
		}
		seen[f.Name] = true
		if f.Summary == "" {
			p.add(at+"/summary", "is missing: say what %q is", f.Name)
		}
		if f.Secret && f.Default != "" {
			p.add(at+"/default", "a secret has no default")
		}
		if f.Required && f.Default != "" {
			p.add(at+"/default", "a required field has no default")
		}
	}
}

func (m *Manifest) checkEgress(p *problems) {
	for i, h := range m.Hosts {
		if !hostPattern.MatchString(h) {
			p.add(fmt.Sprintf("/hosts/%d", i), "must be a host, a *.domain, a network or a {field}, optionally with :port, is %q", h)
		}
		if name, _, ok := strings.Cut(strings.TrimPrefix(h, "{"), "}"); ok && strings.HasPrefix(h, "{") &&
			!slices.ContainsFunc(m.Config, func(f Field) bool { return f.Name == name }) {
			p.add(fmt.Sprintf("/hosts/%d", i), "names the field %q, which /config lacks", name)
		}
	}
	if len(m.Hosts) > 0 && len(m.Disclosures) == 0 {
		p.add("/disclosures", "is empty, but the connector contacts hosts: say what leaves, and who sees it")
	}
	for i, d := range m.Disclosures {
		at := fmt.Sprintf("/disclosures/%d", i)
		if d.What == "" {
			p.add(at+"/what", "is missing")
		}
		if d.To == "" {
			p.add(at+"/to", "is missing: say who sees it")
		}
		if d.Form != FormValue && d.Form != FormHash && d.Form != FormPrefix {
			p.add(at+"/form", "must be value, hash or prefix, is %q", d.Form)
		}
	}
}

func (m *Manifest) checkService(p *problems) {
	for i, l := range m.Limits {
		at := fmt.Sprintf("/limits/%d", i)
		if l.Max <= 0 {
			p.add(at+"/max", "must be above 0, is %d", l.Max)
		}
		if l.Per <= 0 {
			p.add(at+"/per", "must be above 0, is %v", l.Per)
		}
		if l.Burst < 0 {
			p.add(at+"/burst", "must not be negative, is %d", l.Burst)
		}
		if l.Fixed && !l.Window {
			p.add(at+"/fixed", "only windows can be fixed")
		}
	}
	for i, e := range m.Errors {
		at := fmt.Sprintf("/errors/%d", i)
		if e.Status == 0 && e.ContentType == "" && e.Body == "" {
			p.add(at, "has no condition: set status, content_type or body")
		}
		if !e.Kind.IsValid() {
			p.add(at+"/kind", "is missing")
		}
	}
	for i, s := range m.Services {
		if !isService(s) {
			p.add(fmt.Sprintf("/services/%d", i), "must be a service or function of the FIRST CSIRT Services Framework 2.1, such as 6.4, is %q", s)
		}
	}
}

// validateFamily checks the manifest and compares it with the operations that
// are there. The operations named in must are the ones a family is nothing without.
func validateFamily(m *Manifest, there map[string]bool, must ...string) error {
	if m == nil {
		return &ValidationError{Subject: "connector", Fields: []*FieldError{{"", "has no manifest"}}}
	}
	var p problems
	if invalid, ok := m.Validate().(*ValidationError); ok {
		p.fields = invalid.Fields
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		_, declared := m.Operation(name)
		switch {
		case there[name] && !declared:
			p.add("/operations", "lacks %q, which the connector has", name)
		case declared && !there[name]:
			p.add("/operations", "declares %q, which the connector does not have (it is nil)", name)
		case !there[name] && slices.Contains(must, name):
			p.add("/operations", "lacks %q, without which a connector of this family is useless", name)
		}
	}
	for i, op := range m.Operations {
		if _, known := there[op.Name]; !known {
			p.add(fmt.Sprintf("/operations/%d/name", i), "%q is no operation of this family", op.Name)
		}
	}
	return p.err("manifest of " + cmp.Or(m.Name, "a connector without name"))
}

// functions has the services of the FIRST CSIRT Services Framework 2.1, and how
// many functions each has; these are numbered from 1.
var functions = map[string]int{
	"5.1": 3, "5.2": 2,
	"6.1": 2, "6.2": 5, "6.3": 4, "6.4": 4, "6.5": 6, "6.6": 3,
	"7.1": 3, "7.2": 2, "7.3": 3, "7.4": 2, "7.5": 3, "7.6": 2,
	"8.1": 4, "8.2": 4, "8.3": 6,
	"9.1": 4, "9.2": 5, "9.3": 5, "9.4": 4,
}

// isService reports whether id is that of a service or a function.
func isService(id string) bool {
	if _, ok := functions[id]; ok {
		return true
	}
	dot := strings.LastIndexByte(id, '.')
	if dot < 0 {
		return false
	}
	n, err := strconv.Atoi(id[dot+1:])
	return err == nil && n >= 1 && n <= functions[id[:dot]] && strconv.Itoa(n) == id[dot+1:]
}
