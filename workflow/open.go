package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// ErrDefinition means that a run in a journal cannot go on, because its
// definition is not there or has changed. See [DefinitionError].
var ErrDefinition = errors.New("the definition of a run is missing or has changed")

// An OpenArgument is what [Open] may be given: the definitions of runs, each a
// [*Workflow] or [*Definition]; one [Options]; a [Resolver]; any number of [Renamed].
// A nil interface is left out.
type OpenArgument interface{ addTo(*opening) }

type opening struct {
	options  Options
	defs     map[string]*Definition
	resolver Resolver
	renamed  map[string]map[string]string
	err      error
}

func (w *Workflow[I, O]) addTo(o *opening) {
	if w == nil {
		o.err = errors.Join(o.err, errNilDefinition)
		return
	}
	w.def.addTo(o)
}

var errNilDefinition = errors.New("workflow: open: a definition is nil; see whether New or Build returned an error")

func (d *Definition) addTo(o *opening) {
	if d == nil {
		o.err = errors.Join(o.err, errNilDefinition)
		return
	}
	if other := o.defs[d.name]; other != nil && !other.is(d) {
		o.err = errors.Join(o.err, fmt.Errorf("workflow: open: two definitions have the name %q", d.name))
	}
	o.defs[d.name] = d
}

func (opts Options) addTo(o *opening) { o.options = opts }

// A Resolver finds the definition of a run that was made at run time, such as a
// playbook's, by its name and fingerprint.
type Resolver func(ctx context.Context, name, fingerprint string) (*Definition, error)

// call makes of a panic an error.
func (f Resolver) call(ctx context.Context, name, fingerprint string) (d *Definition, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: stack()}
		}
	}()
	return f(ctx, name, fingerprint)
}

func (f Resolver) addTo(o *opening) { o.resolver = f }

// Renamed accepts that steps of a definition have got other names while there
// were runs of it: paths in the definition, old to new. If nothing else has
// changed, the runs go on, and the steps' idempotency keys stay what they were. Two
// paths may have the same new one, if no run has both.
type Renamed struct {
	Definition string
	Paths      map[string]string
}

func (n Renamed) addTo(o *opening) {
	if o.renamed == nil {
		o.renamed = make(map[string]map[string]string)
	}
	if o.renamed[n.Definition] == nil {
		o.renamed[n.Definition] = make(map[string]string)
	}
	maps.Copy(o.renamed[n.Definition], n.Paths)
}

// A DefinitionError says why a run cannot go on. Its kind is [ErrDefinition].
type DefinitionError struct {
	Run         string // id
	Definition  string
	Fingerprint string   // that the run was started with
	Diff        []string // what has changed: lines that begin with "- " (then) and "+ " (now)
	Err         error    // of the resolver, if it had one
}

func (e *DefinitionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "workflow: run %q: definition %q ", e.Run, e.Definition)
	switch {
	case e.Err != nil:
		fmt.Fprintf(&b, "could not be resolved: %v", e.Err)
	case len(e.Diff) == 0:
		b.WriteString("was not given to Open")
	default:
		b.WriteString("has changed since the run was started; give Open the definition as it was, or say with Renamed which steps have new names:")
		for i, line := range e.Diff {
			if i == MaxProblems {
				fmt.Fprintf(&b, "\n\t... and %d lines more", len(e.Diff)-i)
				break
			}
			b.WriteString("\n\t" + line)
		}
	}
	return b.String()
}

// Unwrap returns ErrDefinition and the resolver's error.
func (e *DefinitionError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrDefinition}
	}
	return []error{ErrDefinition, e.Err}
}

// durable is what an engine over a journal has beside its runs. The engine's lock
// guards it.
type durable struct {
	journal  journal.Journal
	next     journal.Run
	outlines map[string]bool // fingerprints whose outlines are in the journal
	opening  *opening
	shelf    map[string]*shelved
	policies *recordedPolicies
	giveUp   func() // the use of the journal
}

// Open makes an engine over a journal and goes on with every run in it that has
// not ended: steps that were under way run again, those at most once wait for
// [Engine.Resolve] instead, timers that are overdue fire, questions are open
// again, and signals that were not consumed are kept. Results that were recorded
// are used, never computed again. The journal belongs to the caller, who closes it
// after the engine. One engine at a time may use it: over a journal that is
// [journal.Exclusive], such as [journal.File] and [journal.Memory], a second one is
// [journal.ErrInUse] until [Engine.Close] of the first has returned. Over any other
// the caller sees to that.
//
// When Open returns, [Engine.Questions] lists the questions that the runs wait
// for. Those of a run of which more steps were under way than [RunParallelism] now
// allows may come later.
//
// The errors are those of the journal, a [*DefinitionError] for each run whose
// definition is missing or has changed, [ErrRecords] if what the journal holds
// does not fit together (in all of these cases nothing has been started), and the
// cause of ctx if it ends first.
func Open(ctx context.Context, j journal.Journal, args ...OpenArgument) (*Engine, error) {
	o := &opening{defs: make(map[string]*Definition)}
	for _, a := range args {
		if a != nil {
			a.addTo(o)
		}
	}
	e := NewEngine(o.options)
	for _, name := range slices.Sorted(maps.Keys(o.defs)) {
		o.err = errors.Join(o.err, o.defs[name].carries(j), e.limits.agree(o.defs[name]))
	}
	if o.err != nil {
		return nil, o.err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	giveUp, err := take(j)
	if err != nil {
		return nil, err
	}
	e.dur = &durable{journal: j, next: engineRun + 1, opening: o, outlines: make(map[string]bool),
		shelf: make(map[string]*shelved), policies: newRecordedPolicies(j), giveUp: giveUp}
	if err := e.resume(ctx); err != nil {
		giveUp()
		return nil, err
	}
	return e, nil
}

// take makes sure that no other engine uses the journal until the function that
// it returns is called.
func take(j journal.Journal) (giveUp func(), err error) {
	x, ok := j.(journal.Exclusive)
	if !ok {
		return func() {}, nil
	}
	if giveUp, err = x.Use(); err != nil {
		return nil, fmt.Errorf("workflow: open: %w (close the other engine first, or give each a journal of its own)", err)
	}
	return giveUp, nil
}

// resume goes on with what the journal holds.
func (e *Engine) resume(ctx context.Context) error {
	open, outlines, err := e.survey(ctx)
	if err != nil {
		return err
	}
	if err := e.restore(ctx, open, outlines); err != nil {
		return err
	}
	runs := slices.Clone(e.order)
	for _, r := range runs {
		r.awaken()
	}
	for _, r := range runs {
		if err := r.awaitAsked(ctx); err != nil {
			_ = e.closeDurable(ctx) // its error is the same
			return err
		}
	}
	return nil
}

// survey reads through the journal once, to know which runs there are.
func (e *Engine) survey(ctx context.Context) (open map[journal.Run]*shelved, outlines map[string][]string, err error) {
	open, outlines = make(map[journal.Run]*shelved), make(map[string][]string)
	ended := make(map[journal.Run]*shelved)
	for rec, err := range e.dur.journal.Replay(ctx) {
		if err != nil {
			return nil, nil, fmt.Errorf("workflow: open: %w", err)
		}
		e.dur.next = max(e.dur.next, rec.Run+1)
		switch {
		case rec.Run == engineRun:
			err = e.surveyEngine(&rec, outlines)
		case rec.Kind == recStart:
			s := &shelved{number: rec.Run, at: rec.Time}
			if err = json.Unmarshal(rec.Payload, &s.start); err == nil && s.start.Format != recordFormat {
				err = fmt.Errorf("%w: run %q is in format %d, and this version knows %d",
					journal.ErrVersion, s.start.ID, s.start.Format, recordFormat)
			}
			s.start.Input = nil
			open[rec.Run] = s
		case rec.Kind == recEnd && open[rec.Run] != nil:
			s := open[rec.Run]
			s.ended, err = rec.Time, json.Unmarshal(rec.Payload, &s.end)
			ended[rec.Run] = s
			delete(open, rec.Run)
		case ended[rec.Run] != nil: // a new generation
			open[rec.Run] = ended[rec.Run]
			delete(ended, rec.Run)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("workflow: open: run number %d: %w: %w (%s)", rec.Run, ErrRecords, err, recordsAdvice)
		}
	}
	for _, s := range ended {
		e.dur.shelf[s.start.ID] = s
	}
	return open, outlines, nil
}

// surveyEngine takes a record that belongs to no run.
func (e *Engine) surveyEngine(rec *journal.Record, outlines map[string][]string) error {
	switch rec.Kind {
	case recDefinition:
		var b definitionBody
		if err := json.Unmarshal(rec.Payload, &b); err != nil {
			return err
		}
		outlines[b.Fingerprint] = b.Outline
		e.dur.outlines[b.Fingerprint] = true
	case recHold:
		e.hold.Store(uint32(rec.Step))
	case recPolicy:
		return e.dur.policies.add(rec)
	}
	return nil
}

type definitionBody struct {
	Name        string   `json:"name"`
	Fingerprint string   `json:"fingerprint"`
	Outline     []string `json:"outline"`
}

// restore replays the runs that have not ended.
func (e *Engine) restore(ctx context.Context, open map[journal.Run]*shelved, outlines map[string][]string) error {
	numbers := slices.Sorted(maps.Keys(open))
	runs := make(map[journal.Run]*run, len(open))
	var problems error
	for _, n := range numbers {
		r, err := e.rebuild(ctx, open[n], outlines)
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		runs[n] = r
		e.runs[r.id] = r
		e.order = append(e.order, r)
	}
	if problems != nil || len(numbers) == 0 {
		return problems
	}
	for rec, err := range e.dur.journal.Replay(ctx, numbers...) {
		if err != nil {
			return fmt.Errorf("workflow: open: %w", err)
		}
		if err := runs[rec.Run].replayRecord(&rec); err != nil {
			return err
		}
	}
	for _, r := range e.order {
		if err := r.resume(); err != nil {
			return r.cannot(err)
		}
	}
	for _, r := range e.order {
		if r.over { // whose end may have been recorded only now
			if err := r.acknowledge(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) replayRecord(rec *journal.Record) error {
	var err error
	if rec.Kind == recStart {
		var b startBody
		if err = json.Unmarshal(rec.Payload, &b); err == nil {
			err = r.replayStart(rec, &b)
		}
	} else {
		err = r.replay(rec)
	}
	if err != nil {
		return r.cannot(err)
	}
	return nil
}

const recordsAdvice = "open the journal with the program and the version that wrote it; nothing has been started"

// cannot says why the records of a run are of no use, if it is not the journal
// that fails.
func (r *run) cannot(err error) error {
	if errors.Is(err, ErrJournal) {
		return err
	}
	return fmt.Errorf("workflow: run %q of %q cannot go on: %w: %w (%s)", r.id, r.def.name, ErrRecords, err, recordsAdvice)
}

// rebuild makes the run that the records of a run go into.
func (e *Engine) rebuild(ctx context.Context, s *shelved, outlines map[string][]string) (*run, error) {
	d, old, err := e.dur.definition(ctx, s, outlines)
	if err != nil {
		return nil, err
	}
	if s.ended == 0 {
		if err := e.limits.agree(d); err != nil {
			return nil, err
		}
	}
	r := e.newRun(context.WithoutCancel(ctx), d, nil, []RunOption{RunID(s.start.ID), Seed(s.start.Seed), Marking(s.start.Marking)})
	r.opts.labels = s.start.Labels
	r.oldPaths = old
	r.rec = &recorder{journal: e.dur.journal, number: s.number, print: s.start.Fingerprint, first: s.start.Policy,
		policies: e.dur.policies, policy: s.start.Policy, replaying: true}
	g, err := e.dur.policies.graph(d, s.start.Policy)
	if err != nil {
		return nil, r.cannot(err)
	}
	r.m = machine.New(g)
	return r, nil
}

// definition finds the definition of a run, and the old names of its steps if
// they have got new ones.
func (dur *durable) definition(ctx context.Context, s *shelved, outlines map[string][]string) (*Definition, map[string]string, error) {
	e := &DefinitionError{Run: s.start.ID, Definition: s.start.Definition, Fingerprint: s.start.Fingerprint}
	d := dur.opening.defs[s.start.Definition]
	if (d == nil || !d.hasFingerprint(s.start.Fingerprint)) && dur.opening.resolver != nil {
		resolved, err := dur.opening.resolver.call(ctx, s.start.Definition, s.start.Fingerprint)
		if err != nil {
			e.Err = err
			return nil, nil, e
		}
		if resolved != nil {
			d = resolved
			if err := d.carries(dur.journal); err != nil {
				return nil, nil, err
			}
		}
	}
	switch {
	case d == nil:
		return nil, nil, e
	case d.hasFingerprint(s.start.Fingerprint):
		return d, nil, nil
	}
	then := outlines[s.start.Fingerprint]
	o := outlinerOf(then)
	shown := d.outline(o)
	o.names = oldNames(then, dur.opening.renamed[s.start.Definition])
	if e.Diff = diffOutlines(then, d.outline(o), shown); len(e.Diff) > 0 || then == nil {
		return nil, nil, e
	}
	return d, o.names, nil
}

// makeDurable gives a run that is to start its recorder. Its input goes on as it
// is read back.
func (e *Engine) makeDurable(r *run) (err error) {
	if r.ownRedact {
		return fmt.Errorf("%w: run %q: its own Redact would be gone after a restart, and what it hides would show; "+
			"give Open an Options.Redact", ErrOption, r.id)
	}
	r.rec = &recorder{journal: e.dur.journal, policies: e.dur.policies, policy: r.def.policies().ID}
	if r.input, err = r.carry(r.def.settings.input, r.input); err != nil {
		return fmt.Errorf("workflow: run %q: the input: %w", r.id, err)
	}
	return nil
}

// enlist gives a run its number, and records its definition once.
func (dur *durable) enlist(r *run) error {
	if err := r.def.carries(dur.journal); err != nil {
		return err
	}
	if print := r.def.Fingerprint(); !dur.outlines[print] {
		body := definitionBody{r.def.name, print, r.def.outline(outliner{})}
		_, err := dur.journal.Append([]journal.Record{{Run: engineRun, Kind: recDefinition, Time: r.beganN,
			Payload: mustJSON(body), Label: "outline of definition " + r.def.name}})
		if err != nil {
			return fmt.Errorf("%w: %w", ErrJournal, err)
		}
		dur.outlines[print] = true
	}
	if err := dur.policies.record(r.def, r.beganN); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	r.rec.number = dur.next
	dur.next++
	return nil
}

func (dur *durable) recordHold(h machine.Hold) error {
	pos, err := dur.journal.Append([]journal.Record{{Run: engineRun, Kind: recHold, Step: uint64(h), Time: time.Now().UnixNano()}})
	if err == nil {
		err = dur.journal.Wait(context.Background(), pos)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return nil
}

// closeDurable ends the engine without ending its runs. When nothing of them is
// under way any more, the journal is free for the next one.
func (e *Engine) closeDurable(ctx context.Context) error {
	defer e.dur.giveUp()
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	runs := e.all()
	for _, r := range runs {
		r.drain()
	}
	stop := context.AfterFunc(ctx, func() {
		for _, r := range runs {
			r.mu.Lock()
			r.abandon()
			r.mu.Unlock()
		}
	})
	defer stop()
	var err error
	for _, r := range runs {
		err = cmp.Or(err, r.awaitStill())
	}
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	return err
}
