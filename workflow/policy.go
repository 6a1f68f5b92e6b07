package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/machine"
)

// A definition may get other retries, timeouts, delays and limits while there are
// runs of it: its fingerprint leaves them out. What happened in a run follows from
// those that it had then, so they are recorded, and its events are replayed under
// them. It goes on by those that it has now.

// policyBody is a record of a definition's policies. Its id is their hash.
type policyBody struct {
	ID       string           `json:"id"`
	Policies []machine.Policy `json:"policies"`
}

// policies returns the policies of a definition, and their id.
func (d *Definition) policies() *policyBody {
	d.policyOnce.Do(func() {
		d.policy.Policies = d.graph.Policies()
		sum := sha256.Sum256(mustJSON(d.policy.Policies))
		d.policy.ID = hex.EncodeToString(sum[:8])
	})
	return &d.policy
}

// recordedPolicies are those that are in a journal. It is safe for concurrent use.
type recordedPolicies struct {
	journal journal.Journal

	mu     sync.Mutex
	known  map[string][]machine.Policy
	graphs map[policyOf]*machine.Graph
}

type policyOf struct {
	def *Definition
	id  string
}

func newRecordedPolicies(j journal.Journal) *recordedPolicies {
	return &recordedPolicies{journal: j, known: make(map[string][]machine.Policy), graphs: make(map[policyOf]*machine.Graph)}
}

// add takes a record.
func (p *recordedPolicies) add(rec *journal.Record) error {
	var b policyBody
	if err := json.Unmarshal(rec.Payload, &b); err != nil {
		return err
	}
	p.known[b.ID] = b.Policies
	return nil
}

// record puts the policies of a definition in the journal, once.
func (p *recordedPolicies) record(d *Definition, now int64) error {
	b := d.policies()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.known[b.ID]; ok {
		return nil
	}
	_, err := p.journal.Append([]journal.Record{{Run: engineRun, Kind: recPolicy, Time: now, Payload: mustJSON(b),
		Label: "policies of definition " + d.name}})
	if err == nil {
		p.known[b.ID] = b.Policies
	}
	return err
}

// graph returns the graph of a definition under the policies of an id; "" are those
// that it has now.
func (p *recordedPolicies) graph(d *Definition, id string) (*machine.Graph, error) {
	if id == "" || id == d.policies().ID {
		return d.graph, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := p.graphs[policyOf{d, id}]; g != nil {
		return g, nil
	}
	list, ok := p.known[id]
	if !ok {
		return nil, fmt.Errorf("%w: policies %q are not recorded", errBadRecord, id)
	}
	g, err := d.graph.WithPolicies(list)
	if err != nil {
		return nil, err
	}
	p.graphs[policyOf{d, id}] = g
	return g, nil
}

// goOnByDefinition lets a run that was started under other policies go on by those
// that its definition has now.
func (r *run) goOnByDefinition() {
	if r.rec == nil || r.rec.policy == r.def.policies().ID {
		return
	}
	now, id := r.now(), r.def.policies().ID
	err := r.rec.policies.record(r.def, now)
	if err == nil {
		err = r.rec.append(journal.Record{Run: r.rec.number, Kind: recPolicy, Time: now, Payload: []byte(id)})
	}
	if err != nil {
		r.halt(err)
		return
	}
	r.goBy(id, r.def.graph, now)
}

// goBy goes on by other policies. Times that began under the old ones and are
// bounded by the new ones too end as if they had begun under those; a delay or a
// bound that is no more ends at once, or never.
func (r *run) goBy(id string, g *machine.Graph, now int64) {
	before := make([]int64, len(r.timers.heap))
	for i := range r.timers.heap {
		before[i] = r.timers.lasts(&r.timers.heap[i])
	}
	r.m.Adopt(g, now)
	r.rec.policy = id
	moved := r.timers.heap[:0]
	for i, x := range slices.Clone(r.timers.heap) {
		after := r.timers.lasts(&x)
		switch {
		case after == before[i]:
		case x.at == math.MaxInt64: // too far off to tell when it began
			x.at = machine.Later(now, time.Duration(after))
		default:
			x.at = machine.Later(x.at-before[i], time.Duration(after))
		}
		if after != 0 || before[i] == 0 || x.kind == machine.DelayTimer {
			moved = append(moved, x)
		}
	}
	r.timers.heap = moved
	r.timers.sort()
	r.obey()
}
