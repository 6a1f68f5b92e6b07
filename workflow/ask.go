package workflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// A question is one that a run has asked.
type question struct {
	pending Pending
	sc      *scope
	node    int32
	answer  *Answer                 // nil while it is open
	ctx     context.Context         // of the answerer
	cancel  context.CancelCauseFunc // nil without one
}

func (q *question) stop() {
	if q.cancel != nil {
		q.cancel(ErrEnded)
	}
}

// ask opens a question.
func (r *run) ask(j job, in In, p Prompt) {
	if !r.m.Asking(j.inst) {
		return
	}
	rare := in.sc.frame.nodes[in.node].rare
	if p.By == "" {
		p.By = rare.by
	}
	if p.Text == "" {
		p.Text = rare.text
	}
	if len(rare.form) > 0 {
		p.Form = slices.Concat(rare.form, p.Form)
	}
	if detail := badForm(p.Form); detail != "" {
		r.undecidable(j, in, fmt.Errorf("%w: %s", ErrOption, detail))
		return
	}
	if r.rec != nil && !keepsSecrets(r.rec.journal) {
		if detail := secretField(p.Form); detail != "" {
			r.undecidable(j, in, fmt.Errorf("%w: %s", ErrCarry, detail))
			return
		}
	}
	shown, err := json.Marshal(p)
	if err != nil {
		r.undecidable(j, in, fmt.Errorf("what the question shows cannot be written as JSON: %w", err))
		return
	}
	sum := sha256.Sum256(shown)
	now := r.now()
	if r.rec != nil {
		now = j.at // a question that was asked by an earlier process keeps its time
	}
	path := in.Path()
	q := &question{sc: in.sc, node: in.node, pending: Pending{
		Run: r.id, Path: path, Nonce: r.key(path, "ask"), Hash: hex.EncodeToString(sum[:16]), Prompt: p, Asked: time.Unix(0, now).UTC(),
	}}
	if r.rec != nil && r.rec.claims[j.inst] != nil {
		q.pending.Claimed = r.rec.claims[j.inst]
		delete(r.rec.claims, j.inst)
	}
	if rare.deadline > 0 {
		q.pending.Deadline = q.pending.Asked.Add(rare.deadline)
		if at := r.timers.due(j.inst, machine.DeadlineTimer); j.again && at > 0 {
			q.pending.Deadline = time.Unix(0, at).UTC() // it may have been given one since it was asked
		}
	}
	if r.asked == nil {
		r.asked = make(map[machine.Inst]*question)
	}
	r.asked[j.inst] = q
	shownCopy := q.pending
	r.note(note{kind: QuestionAsked, sc: in.sc, node: in.node, at: now}, &noteMore{question: &shownCopy})
	if r.opts.answerer != nil {
		r.callAnswerer(j.inst, q)
	}
}

// callAnswerer asks the run's answerer in a goroutine, whose context ends when
// the question is no longer open.
func (r *run) callAnswerer(inst machine.Inst, q *question) {
	q.ctx, q.cancel = context.WithCancelCause(r.values)
	r.answers++
	pending := q.pending
	r.workers.Go(func() {
		var a Answer
		err := errAnswererGone
		defer func() { r.answererDone(inst, q, a, err) }()
		a, err = r.answerOf(q.ctx, pending)
	})
}

// errAnswererGone is the error of an answerer that ended its goroutine, as
// t.Fatal does in a test.
var errAnswererGone = fmt.Errorf("%w: the answerer ended its goroutine", ErrPanic)

func (r *run) answerOf(ctx context.Context, q Pending) (a Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	return r.opts.answerer(ctx, q)
}

// answererDone takes what the answerer has returned. Why it had no answer is told
// only while the question is open and the answerer was not called back.
func (r *run) answererDone(inst machine.Inst, q *question, a Answer, err error) {
	r.mu.Lock()
	defer r.unlock()
	r.answers--
	if err == nil {
		if a.By == (Person{}) {
			a.By = inProcess
		}
		err = r.answerLocked(inst, q.pending.Nonce, q.pending.Hash, a)
	}
	if err != nil && !errors.Is(err, ErrNoAnswer) && q.ctx.Err() == nil && r.isOpen(inst, q) {
		r.note(note{kind: QuestionUnanswered, sc: q.sc, node: q.node, at: r.now()}, &noteMore{text: r.errorText(err)})
	}
	q.stop()
	r.rouse()
	r.nudge()
}

// inProcess answers if an answerer names nobody.
var inProcess = Person{Name: "answerer", Service: true}

// isOpen tells whether a question can still be answered.
func (r *run) isOpen(inst machine.Inst, q *question) bool {
	return !r.over && r.asked[inst] == q && q.answer == nil && r.m.Asking(inst)
}

// answerLocked takes an answer to the question of an instance.
func (r *run) answerLocked(inst machine.Inst, nonce, hash string, a Answer) (err error) {
	q := r.asked[inst]
	switch {
	case q == nil || q.pending.Nonce != nonce:
		return fmt.Errorf("%w: run %q", ErrNoQuestion, r.id)
	case hash == "":
		return fmt.Errorf("%w: it does not say to what: hand over the question as Questions or an event has shown it, with its Hash", ErrAnswer)
	case hash != q.pending.Hash:
		return fmt.Errorf("%w: the answer is to something else than was shown", ErrAnswer)
	case a.By.Name == "":
		return fmt.Errorf("%w: it does not say who answers: fill in By", ErrAnswer)
	}
	if r.rec != nil {
		if a, err = carryJSON(a); err != nil {
			return err
		}
	}
	switch {
	case q.answer != nil && sameAnswer(q.answer, &a):
		return nil
	case q.answer != nil:
		return fmt.Errorf("%w: %s", ErrAnswered, q.pending.Path)
	case r.over:
		return fmt.Errorf("%w: %q", ErrEnded, r.id)
	}
	values, err := q.pending.Prompt.checkAnswer(a)
	if err == nil && r.rec != nil {
		values, err = carryJSON(values) // the defaults too
	}
	if err != nil {
		return err
	}
	if !r.m.Asking(inst) {
		return fmt.Errorf("%w: %s has come to its end without an answer", ErrNoQuestion, q.pending.Path)
	}
	result, err := q.accept(a, values)
	if err != nil {
		return err
	}
	if r.rec != nil {
		r.rec.raw = mustJSON(answerBody{a, values, q.pending.Hash, q.pending.Asked})
	}
	return r.answerTaken(inst, q, a, result)
}

// sameAnswer tells whether two answers say the same, whatever Go types the numbers
// in them have: one may have come as JSON.
func sameAnswer(a, b *Answer) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// accept makes the step's result of an answer and its values with the defaults. The
// type that it is to fit may be anybody's: it may panic, and say what is secret.
func (q *question) accept(a Answer, values map[string]any) (result any, err error) {
	rare := q.sc.frame.nodes[q.node].rare
	if rare.answer {
		return a.filled(values), nil
	}
	if rare.accept == nil {
		return values, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %w", ErrAnswer, &PanicError{Value: p, Stack: stack()})
		}
		if err != nil && slices.ContainsFunc(q.pending.Prompt.Form, func(f Field) bool { return f.Secret }) {
			err = fmt.Errorf("%w: the values are not what the step takes; which is not told, since some are secret", ErrAnswer)
		}
	}()
	return rare.accept(values)
}

// filled returns the answer with the values of the fields that were left out.
func (a Answer) filled(values map[string]any) Answer {
	if len(values) > 0 {
		a.Values = values
	}
	return a
}

func (r *run) answerTaken(inst machine.Inst, q *question, a Answer, result any) error {
	outcome, choice := Succeeded, "values"
	if q.pending.Prompt.YesNo {
		if choice = "yes"; !a.Yes {
			outcome, choice = Denied, "no"
		}
	}
	ev := machine.Event{Kind: machine.EvAnswer, Inst: inst, Outcome: outcome}
	if err := r.offer(&ev, fmt.Sprintf("the answer to %q", q.pending.Path)); err != nil {
		return err
	}
	q.answer = &a
	by := a.By
	r.note(note{kind: QuestionAnswered, sc: q.sc, node: q.node, at: ev.At, dur: ev.At - q.pending.Asked.UnixNano()},
		&noteMore{by: &by, choice: choice})
	if outcome == Denied {
		r.fail(q.sc, q.node, &deniedError{a})
	} else {
		q.sc.set(q.node, result)
	}
	r.mustStep(&ev)
	return nil
}

func (r *run) fail(sc *scope, node int32, err error) {
	sc.setFailed(node, &StepError{Path: sc.pathOf(node), Outcome: Failed, Err: err})
}

// withdraw forgets who was to answer a question that is decided. The question
// stays known, so that a late answer gets the right error.
func (r *run) withdraw(i machine.Inst) {
	if q := r.asked[i]; q != nil {
		q.stop()
	}
}

// openQuestions yields the questions that can be answered, in no order.
func (r *run) openQuestions(yield func(*question) bool) {
	for inst, q := range r.asked {
		if q.answer == nil && r.m.Asking(inst) && !yield(q) {
			return
		}
	}
}

// preparing tells whether a question is still being put into words: the machine
// waits for its answer, but nobody can see it yet.
func (r *run) preparing() bool {
	if r.over || r.draining {
		return false // it never will be seen
	}
	open := 0
	for range r.openQuestions {
		open++
	}
	return r.m.Questions() > open
}

// state is that of the machine, but for this: who sees that a run waits must also
// see what for.
func (r *run) state() State {
	s := r.m.Status()
	if s == machine.Waiting && r.preparing() {
		return machine.Running
	}
	return s
}

// awaitAsked waits until the questions of a run that was read from a journal can
// be seen, but not for steps that keep them from being asked.
func (r *run) awaitAsked(ctx context.Context) error {
	return r.await(ctx, func() bool { return !r.preparing() || !r.admits() })
}

// pending returns the open questions in the order in which they were asked.
func (r *run) pending() []Pending {
	var open []Pending
	for q := range r.openQuestions {
		open = append(open, q.pending)
	}
	slices.SortFunc(open, func(a, b Pending) int {
		if c := a.Asked.Compare(b.Asked); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return open
}

// A deniedError tells who said no, and why.
type deniedError struct{ answer Answer }

func (e *deniedError) Error() string {
	text := "the answer was no"
	if e.answer.By.Name != "" {
		text = e.answer.By.Name + " said no"
	}
	if e.answer.Reason != "" {
		text += ": " + e.answer.Reason
	}
	return text
}

func (e *deniedError) Is(target error) bool { return target == ErrDenied }

// checkAnswer checks an answer's values against the form, and returns them with
// the defaults of fields that were left out.
func (p *Prompt) checkAnswer(a Answer) (map[string]any, error) {
	if p.YesNo && !a.Yes {
		return nil, nil // who says no need not fill in anything
	}
	values := make(map[string]any, len(p.Form))
	var errs []error
	known := make(map[string]bool, len(p.Form))
	for i := range p.Form {
		f := &p.Form[i]
		known[f.Name] = true
		v, ok := a.Values[f.Name]
		switch {
		case ok && v != nil:
			if detail := f.misfit(v); detail != "" {
				errs = append(errs, fmt.Errorf("field %q %s", f.Name, detail))
			}
			values[f.Name] = v
		case f.Default != nil:
			values[f.Name] = f.Default
		case f.Required:
			errs = append(errs, fmt.Errorf("field %q is required", f.Name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		if !known[name] {
			errs = append(errs, fmt.Errorf("field %q is not in the form", name))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, errors.Join(errs...))
	}
	return values, nil
}

// misfit says why a value does not fit the field; the value itself, which may be
// secret, is not repeated.
func (f *Field) misfit(v any) string {
	switch f.Type {
	case Text:
		if _, ok := v.(string); !ok {
			return "must be a text"
		}
	case Bool:
		if _, ok := v.(bool); !ok {
			return "must be true or false"
		}
	case Integer:
		if n, ok := number(v); !ok || n != math.Trunc(n) {
			return "must be a whole number"
		}
	case Number:
		if _, ok := number(v); !ok {
			return "must be a number"
		}
	case Choice:
		if s, ok := v.(string); !ok || !slices.Contains(f.Options, s) {
			return "must be one of " + strings.Join(f.Options, ", ")
		}
	case JSON:
		if _, err := json.Marshal(v); err != nil {
			return "must be a JSON value"
		}
	}
	return ""
}

func number(v any) (float64, bool) {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return f, err == nil
	}
	switch rv := reflect.ValueOf(v); {
	case rv.CanInt():
		return float64(rv.Int()), true
	case rv.CanUint():
		return float64(rv.Uint()), true
	case rv.CanFloat():
		f := rv.Float()
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return 0, false
}
