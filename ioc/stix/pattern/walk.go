package pattern

import "strings"

// satisfied tells whether one of the objects satisfies the expression.
func (e *expression) satisfied(o *Observed, budget *budget) (bool, error) {
	for _, obj := range o.objects {
		if ok, err := e.holds(obj, o, budget); ok || err != nil || budget.spent() {
			return ok, err
		}
	}
	return false, nil
}

// holds tells whether an object satisfies the expression: all tests joined by
// AND must be satisfied by the same object.
func (e *expression) holds(obj *object, in *Observed, budget *budget) (bool, error) {
	if e.op == And || e.op == Or {
		result := e.op == And
		for i := range e.args {
			ok, err := e.args[i].holds(obj, in, budget)
			if err != nil {
				return false, err
			}
			if ok != result {
				result = ok
				break
			}
		}
		return result != e.negated, nil
	}
	budget.spend(1)
	if e.kind != obj.kind {
		// An object of another type lacks the property.
		return e.op == Exists && e.negated, nil
	}
	w := walk{e: e, steps: e.steps, in: in, budget: *budget}
	ok, err := w.props(obj.props, 0)
	*budget = w.budget
	if e.op == Exists {
		return w.found != e.negated, err
	}
	return ok, err
}

// A walk follows a path from an object, and applies a test to what it leads to
// until it holds.
type walk struct {
	e      *expression // nil to collect values instead
	steps  []Step
	in     *Observed
	budget budget
	found  bool // the path leads to something
	values []Value
}

// keysPerStep is how many keys of an object are passed in one step.
const keysPerStep = 16

// props takes step i, a key.
func (w *walk) props(props []property, i int) (bool, error) {
	if w.budget.spend(1 + len(props)/keysPerStep); w.budget.spent() {
		return false, nil
	}
	step := &w.steps[i]
	if step.Kind != ByKey {
		return false, nil
	}
	d := find(props, step.Key)
	if d == nil {
		return false, nil
	}
	refers := strings.HasSuffix(step.Key, "_ref") || strings.HasSuffix(step.Key, "_refs")
	return w.value(d, i+1, refers)
}

// value goes on from a value with step i. A value that refers to an object
// stands for that object if there are more steps.
func (w *walk) value(d *datum, i int, refers bool) (bool, error) {
	if i == len(w.steps) {
		return w.test(d)
	}
	step := &w.steps[i]
	switch {
	case d.shape == isObject:
		return w.props(d.props, i)
	case d.shape == isScalar:
		if refers && d.scalar.kind == KindString {
			if obj := w.in.known[d.scalar.text]; obj != nil {
				return w.props(obj.props, i)
			}
		}
		return false, nil
	case step.Kind == ByIndex && step.Index >= 0 && int(step.Index) < len(d.items):
		return w.value(&d.items[step.Index], i+1, refers)
	case step.Kind == AnyItem:
		for j := range d.items {
			if ok, err := w.value(&d.items[j], i+1, refers); ok || err != nil || w.budget.spent() {
				return ok, err
			}
		}
	}
	return false, nil
}

// test applies the test to the value at the end of the path.
func (w *walk) test(d *datum) (bool, error) {
	w.found = true
	w.budget.spend(1)
	if w.e == nil {
		w.values = append(w.values, d.scalar)
		return false, nil
	}
	if w.e.op == Exists {
		return true, nil
	}
	ok := false
	if d.shape == isScalar {
		var err error
		if ok, err = w.e.test.holds(d.scalar, &w.budget); err != nil {
			return false, err
		}
	} else {
		ok = w.e.op == NotEqual // a list or an object is no literal
	}
	return ok != w.e.negated, nil
}
