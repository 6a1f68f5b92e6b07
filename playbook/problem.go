package playbook

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// ErrInvalid is the kind of every [*ValidationError].
var ErrInvalid = errors.New("playbook is invalid")

// A Severity tells how bad a [Problem] is. The zero value is Info.
type Severity uint8

// The severities, in rising order. Only an Error makes a playbook invalid.
const (
	Info    Severity = iota // worth knowing
	Warning                 // a SHOULD of the specification, or a trap
	Error                   // a MUST of the specification, or nothing that could run
)

var severityNames = [...]string{"info", "warning", "error"}

// String returns "info", "warning" or "error".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity %d", uint8(s))
}

// MarshalText returns the text of String; it fails for any other value.
func (s Severity) MarshalText() ([]byte, error) {
	if int(s) >= len(severityNames) {
		return nil, fmt.Errorf("playbook: no such severity: %d", uint8(s))
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) error {
	i := slices.Index(severityNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("playbook: severity %q is none of %s", text, strings.Join(severityNames[:], ", "))
	}
	*s = Severity(i)
	return nil
}

// A Problem is one finding at one place of a playbook. Its JSON form is a flat
// object with the members below.
type Problem struct {
	Code     string   `json:"code"`     // stable, such as "ST-05"; see [Rules]
	Severity Severity `json:"severity"` // in the mode that was asked for
	Pointer  string   `json:"pointer"`  // RFC 6901 JSON Pointer; "" is the whole document
	Line     int      `json:"line"`     // from 1; 0 if the document was not read from text
	Column   int      `json:"column"`   // from 1, in characters
	Message  string   `json:"message"`  // what is wrong and what to do
	Section  string   `json:"section"`  // where the rule comes from
}

// String returns the problem as one line, in the form that editors and build
// logs know: line:column severity code message (pointer).
func (p Problem) String() string {
	return fmt.Sprintf("%d:%d %s %s %s (%s)", p.Line, p.Column, p.Severity, p.Code, p.Message, cmp.Or(p.Pointer, "/"))
}

// A ValidationError says that a playbook cannot be used and why. It wraps
// [ErrInvalid].
type ValidationError struct {
	Problems []Problem // all that were found, of every severity; in document order
}

// Error names the errors, one a line, and leaves out warnings.
func (e *ValidationError) Error() string {
	var b strings.Builder
	n := 0
	for _, p := range e.Problems {
		if p.Severity != Error {
			continue
		}
		n++
		b.WriteString("\n\t")
		b.WriteString(p.String())
	}
	return fmt.Sprintf("%v: %s%s", ErrInvalid, count(n, "error"), b.String())
}

// Unwrap returns [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

// invalid returns problems as an error if one of them is an Error, else nil.
func invalid(problems []Problem) error {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error }) {
		return &ValidationError{Problems: problems}
	}
	return nil
}

// A reporter collects problems of one validation. Two findings of one rule at
// one place are one problem: schema and semantics may see the same thing.
type reporter struct {
	mode Mode
	list []Problem
	seen map[[2]string]bool

	more  int      // problems beyond MaxProblems
	worst Severity // of those
}

// MaxProblems is how many problems of one playbook are listed. What is beyond is
// counted in a last one, ENC-04, which is as severe as the worst of them.
const MaxProblems = 1000

func newReporter(mode Mode) *reporter {
	return &reporter{mode: mode, seen: map[[2]string]bool{}}
}

// at reports a problem with the value at n.
func (r *reporter) at(n *jsontree.Node, code, format string, args ...any) {
	r.add(code, n.Pointer(), n.Pos(), format, args...)
}

// key reports a problem with the key of the member n.
func (r *reporter) key(n *jsontree.Node, code, format string, args ...any) {
	r.add(code, n.Pointer(), n.KeyPos(), format, args...)
}

func (r *reporter) add(code, pointer string, pos jsontree.Position, format string, args ...any) {
	severity, section := lookupRule(code, r.mode)
	id := [2]string{code, pointer}
	if r.seen[id] {
		return
	}
	if len(r.list) >= MaxProblems {
		r.more++
		r.worst = max(r.worst, severity)
		return
	}
	r.seen[id] = true
	r.list = append(r.list, Problem{
		Code: code, Severity: severity, Pointer: pointer, Line: pos.Line, Column: pos.Column,
		Message: fmt.Sprintf(format, args...), Section: section,
	})
}

// problems returns what was reported, in document order.
func (r *reporter) problems() []Problem {
	slices.SortStableFunc(r.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code))
	})
	if r.more > 0 {
		_, section := lookupRule("ENC-04", r.mode)
		r.list = append(r.list, Problem{Code: "ENC-04", Severity: r.worst, Line: 1, Column: 1, Section: section,
			Message: fmt.Sprintf("%s more; correct those that are listed first", count(r.more, "problem"))})
		r.more = 0
	}
	return r.list
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
