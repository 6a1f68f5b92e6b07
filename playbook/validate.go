package playbook

import (
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Validate returns all problems of the playbook at once, in document order:
// those that the JSON schemas find, and those that no schema can say. The mode
// decides how bad each is; see [Rules]. A playbook without a problem of severity
// [Error] is valid. A Playbook that was not decoded has one problem.
func (p *Playbook) Validate(mode Mode) []Problem {
	r := newReporter(mode)
	if p.root == nil {
		r.add("ENC-01", "", jsontree.Position{}, "the playbook was not read from JSON; use Decode")
		return r.problems()
	}
	checkSchema(p.root, r)
	v := &validator{p: p, reporter: r}
	v.checkIdentifiers()
	v.checkPlaybook()
	v.checkSteps()
	v.checkCommands()
	v.checkDefinitions()
	v.checkVariables()
	v.checkFlow()
	return r.problems()
}

// A validator holds what the checks of one validation share.
type validator struct {
	p *Playbook
	*reporter
	hints int // proposals made
}

// each calls f for every value of the document, outer ones first.
func each(n *jsontree.Node, f func(n *jsontree.Node)) {
	f(n)
	for _, c := range n.Members() {
		each(c, f)
	}
	for _, c := range n.Elements() {
		each(c, f)
	}
}

// checkFlow looks at how the steps lead to each other.
func (v *validator) checkFlow() {
	roots := []string{v.p.Start, v.p.Exception}
	if n := v.p.cycle(roots...); n != nil {
		v.at(n, "GR-02", "leads back to a step that comes before it; repeat with a while-condition step, whose branch ends in its own end")
		return
	}
	fl := v.p.frames()
	if fl.truncated {
		v.key(v.p.root.Get("workflow"), "GR-03", "branches share so many steps, or are nested so deeply, that the workflow has more than %d steps or %d levels; give each branch its own steps",
			MaxInstances, MaxNesting)
		return
	}
	v.checkSharing(fl)
	v.checkReach(fl)
	v.checkScopes(fl)
}

// checkSharing finds steps that are part of several frames. The path from
// workflow_exception is no branch: it may end in the end of the main path.
func (v *validator) checkSharing(fl *flow) {
	owners := map[*Step][]*frame{}
	for f := range fl.all {
		for _, s := range f.steps {
			if f.kind == handlerFrame && s.Type == EndStep {
				continue
			}
			owners[s] = append(owners[s], f)
		}
	}
	for _, s := range v.p.Steps {
		if len(owners[s]) > 1 {
			v.key(s.node, "GR-01", "%s is part of %s; give each branch its own step, ending in its own end, and let the step that branches lead on",
				describe(s), joinAnd(placeNames(owners[s])))
		}
	}
}

func placeNames(frames []*frame) []string {
	const most = 4
	var out []string
	for i, f := range frames {
		if i == most {
			return append(out, "others")
		}
		out = append(out, f.place())
	}
	return out
}

// place names a frame for people.
func (f *frame) place() string {
	switch f.kind {
	case rootFrame:
		return "the main path"
	case handlerFrame:
		return "the path of workflow_exception"
	case bodyFrame:
		return "the loop of " + describe(f.owner)
	}
	return "branch " + f.label + " of " + describe(f.owner)
}

func joinAnd(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// describe names a step for people: its name, else its identifier.
func describe(s *Step) string {
	if s.Name != "" {
		return quote(s.Name)
	}
	return s.ID
}

// checkReach finds steps that no path leads to.
func (v *validator) checkReach(fl *flow) {
	if v.p.steps[v.p.Start] == nil {
		return // nothing can be reached; PB-11 says why
	}
	for _, s := range v.p.Steps {
		if fl.visits[s] == 0 {
			v.key(s.node, "GR-04", "no path leads to %s; let a step lead there, or remove it", describe(s))
		}
	}
}

// maxHints bounds the work that proposals cost: comparing each of very many
// dangling references with each of very many definitions would be quadratic.
const (
	maxHints      = 64
	maxCandidates = 512
)

// like proposes the member of a dictionary whose key is most like want.
func (v *validator) like(dictionary *jsontree.Node, want string) string {
	if v.hints >= maxHints || dictionary.Len() > maxCandidates {
		return ""
	}
	v.hints++
	var keys []string
	for key := range dictionary.Members() {
		keys = append(keys, key)
	}
	return nearest(want, keys)
}

func (v *validator) likeStep(id string) string { return v.like(v.p.root.Get("workflow"), id) }
