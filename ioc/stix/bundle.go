package stix

import (
	"errors"
	"fmt"
	"io"
	"maps"
)

// MaxBundleProblems is the number of objects with problems after which
// [ValidateBundle] gives up.
const MaxBundleProblems = 1000

// ValidateBundle reads a bundle to its end and returns everything that is wrong
// with it and its objects, joined: a [*ValidationError] for each object, a
// [*SyntaxError] where it stops being JSON. It holds one object at a time, and
// the identifiers and versions of all, of at most [MaxImported] objects.
func ValidateBundle(r io.Reader, rules Rules) error {
	var errs []error
	type version struct {
		id       ID
		modified Timestamp
	}
	seen := make(map[version]int)
	reader := NewReader(r)
	for o, err := range reader.Objects() {
		if err != nil {
			errs = append(errs, err)
			return errors.Join(errs...)
		}
		var problems *ValidationError
		if e := validate(o.node, rules); e != nil {
			problems = e
		}
		v := version{o.ID(), o.Modified()}
		if first, twice := seen[v]; twice && v.id != "" && rules.Warnings {
			problems = problems.with(o, &Problem{Code: codeDuplicate, Severity: Warning, Section: "§3.6",
				Detail: fmt.Sprintf("the same version of this object stands in line %d", first)}, rules)
		} else if !twice {
			seen[v] = o.Line()
		}
		if len(seen) > MaxImported {
			errs = append(errs, fmt.Errorf("stix: %w: more than %d objects; the rest was not read", ErrInvalid, MaxImported))
			return errors.Join(errs...)
		}
		if problems != nil {
			errs = append(errs, problems)
		}
		if len(errs) >= MaxBundleProblems {
			errs = append(errs, fmt.Errorf("stix: %w: more than %d objects have problems; the rest was not read", ErrInvalid, MaxBundleProblems))
			return errors.Join(errs...)
		}
	}
	if head := reader.head(rules); head != nil {
		errs = append(errs, head)
	}
	return errors.Join(errs...)
}

// with adds a problem at the beginning of an object.
func (e *ValidationError) with(o *Object, p *Problem, rules Rules) *ValidationError {
	w := walk{rules: rules}
	if w.skips(p.Code) {
		return e
	}
	if e == nil {
		e = &ValidationError{Object: o.ID()}
	}
	pos := o.node.Pos()
	p.Line, p.Column = pos.Line, pos.Column
	e.Problems = append(e.Problems, p)
	return e
}

// head validates what the bundle has beside its objects.
func (r *Reader) head(rules Rules) *ValidationError {
	properties := Properties{}
	maps.Copy(properties, r.extra)
	head, err := NewObject(&bundleHead{id: r.id, extra: properties})
	if err != nil {
		return &ValidationError{Object: r.id, Problems: []*Problem{{Code: codeID, Severity: Violation, Section: "§8", Detail: err.Error()}}}
	}
	return validate(head.node, rules)
}

// A bundleHead is a bundle without its objects.
type bundleHead struct {
	id    ID
	extra Properties
}

func (*bundleHead) Type() string { return "bundle" }

func (b *bundleHead) describe(c *codec) {
	objectType := "bundle"
	c.shape = nil // the validator looks at it
	stringOf(c, "type", &objectType)
	stringOf(c, "id", &b.id)
	extraOf(c, &b.extra)
}
