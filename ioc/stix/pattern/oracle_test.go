package pattern_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// An event is an observation of the random tests: an object of type a or b with
// the properties x and y, seen count times from first to last, in seconds.
type event struct {
	first, last, count int
	kind               string
	x, y               int
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (e event) observed(t *testing.T) *pattern.Observed {
	t.Helper()
	o, err := pattern.NewObserved(epoch.Add(time.Duration(e.first)*time.Second), epoch.Add(time.Duration(e.last)*time.Second), e.count,
		map[string]any{"type": e.kind, "x": e.x, "y": e.y})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A random makes patterns and events that often match.
type random struct{ *rand.Rand }

func (r random) events() []event {
	out := make([]event, 1+r.IntN(5))
	for i := range out {
		first := r.IntN(6)
		out[i] = event{first, first, 1, "a", r.IntN(3), r.IntN(2)}
		if r.IntN(3) == 0 {
			out[i].last += r.IntN(4)
		}
		if r.IntN(4) == 0 {
			out[i].count = 2
		}
		if r.IntN(5) == 0 {
			out[i].kind = "b"
		}
	}
	return out
}

func (r random) tests(depth int) string {
	if depth == 0 || r.IntN(2) == 0 {
		kind := "a"
		if r.IntN(8) == 0 {
			kind = "b"
		}
		op := []string{"=", "!=", "<", ">=", "NOT =", "NOT <", "NOT !="}[r.IntN(7)]
		return fmt.Sprintf("%s:%s %s %d", kind, []string{"x", "y"}[r.IntN(2)], op, r.IntN(3))
	}
	joint := []string{" AND ", " OR "}[r.IntN(2)]
	return "(" + r.tests(depth-1) + joint + r.tests(depth-1) + ")"
}

func (r random) pattern(depth int) string {
	s := ""
	if depth == 0 || r.IntN(4) == 0 {
		s = "[" + r.tests(r.IntN(3)) + "]"
	} else {
		joint := []string{" AND ", " OR ", " FOLLOWEDBY "}[r.IntN(3)]
		parts := make([]string, 2+r.IntN(2))
		for i := range parts {
			parts[i] = r.pattern(depth - 1)
		}
		s = "(" + strings.Join(parts, joint) + ")"
	}
	switch r.IntN(8) {
	case 0:
		s += fmt.Sprintf(" WITHIN %d SECONDS", 1+r.IntN(3))
	case 1:
		s += fmt.Sprintf(" REPEATS %d TIMES", 1+r.IntN(2))
	case 2:
		from := r.IntN(5)
		s += fmt.Sprintf(" START t'2026-01-01T00:00:%02dZ' STOP t'2026-01-01T00:00:%02dZ'", from, from+1+r.IntN(4))
	}
	if strings.Contains(s[strings.LastIndexAny(s, "])"):], "SECONDS") && r.IntN(2) == 0 {
		s += " REPEATS 2 TIMES"
	}
	return s
}

// A naive matcher lists all ways in which observations satisfy an expression,
// as the specification tells it. Each way is a set of sightings: an event that
// was seen twice is two.
type naive struct {
	t         *testing.T
	sightings []event
	ways      int
}

// errTooMany ends a naive match that would take too long.
var errTooMany = errors.New("too many ways")

func (n *naive) matches(o *pattern.Observation) [][]int {
	var out [][]int
	switch o.Op {
	case pattern.Bracket:
		m, err := pattern.Compile(&pattern.Pattern{Root: pattern.Observation{Comparison: o.Comparison}})
		if err != nil {
			n.t.Fatal(err)
		}
		for i, e := range n.sightings {
			if ok, err := m.Match(e.observed(n.t)); err != nil {
				n.t.Fatal(err)
			} else if ok {
				out = append(out, []int{i})
			}
		}
	case pattern.Group, pattern.Any:
		for i := range o.Operands {
			out = append(out, n.matches(&o.Operands[i])...)
		}
	default:
		out = n.matches(&o.Operands[0])
		for i := range o.Operands[1:] {
			out = n.join(out, n.matches(&o.Operands[i+1]), o.Op == pattern.FollowedBy)
		}
	}
	for _, q := range o.Qualifiers {
		out = n.qualify(out, q)
	}
	return out
}

func (n *naive) join(left, right [][]int, ordered bool) [][]int {
	var out [][]int
	seen := map[string]bool{}
	for _, l := range left {
		for _, r := range right {
			if n.ways++; n.ways > 200_000 {
				panic(errTooMany)
			}
			if slices.ContainsFunc(l, func(i int) bool { return slices.Contains(r, i) }) {
				continue
			}
			if ordered && n.latestFirst(l) > n.earliestLast(r) {
				continue
			}
			both := slices.Sorted(slices.Values(slices.Concat(l, r)))
			if key := fmt.Sprint(both); !seen[key] {
				seen[key] = true
				out = append(out, both)
			}
		}
	}
	return out
}

func (n *naive) latestFirst(way []int) int {
	latest := n.sightings[way[0]].first
	for _, i := range way {
		latest = max(latest, n.sightings[i].first)
	}
	return latest
}

func (n *naive) earliestLast(way []int) int {
	earliest := n.sightings[way[0]].last
	for _, i := range way {
		earliest = min(earliest, n.sightings[i].last)
	}
	return earliest
}

func (n *naive) qualify(ways [][]int, q pattern.Qualifier) [][]int {
	switch q.Kind {
	case pattern.Repeats:
		out := ways
		for range q.Times - 1 {
			out = n.join(out, ways, false)
		}
		return out
	case pattern.Within:
		seconds, _ := q.Seconds.Float()
		return slices.DeleteFunc(slices.Clone(ways), func(way []int) bool {
			return float64(n.latestFirst(way)-n.earliestLast(way)) > seconds
		})
	default:
		start, _ := q.Start.Time()
		stop, _ := q.Stop.Time()
		from, to := int(start.Sub(epoch).Seconds()), int(stop.Sub(epoch).Seconds())
		return slices.DeleteFunc(slices.Clone(ways), func(way []int) bool {
			return slices.ContainsFunc(way, func(i int) bool { return n.sightings[i].last < from || n.sightings[i].first >= to })
		})
	}
}

// verdictOf tells whether the naive matcher finds a way; ok is false if it gave
// up.
func (n *naive) verdictOf(p *pattern.Pattern) (match, ok bool) {
	defer func() {
		if r := recover(); r != nil && r != errTooMany {
			panic(r)
		}
	}()
	match = len(n.matches(&p.Root)) > 0
	return match, true
}

// TestMatchAgainstNaive compares the search with a matcher that lists all ways,
// and the normal form with the pattern, over random patterns and events.
func TestMatchAgainstNaive(t *testing.T) {
	rounds := 4_000
	if os.Getenv("SOARKIT_FULL") == "1" {
		rounds *= 50
	}
	r := random{rand.New(rand.NewPCG(1, 2))}
	matched, compared := 0, 0
	for range rounds {
		source := r.pattern(r.IntN(3))
		p, err := pattern.Lenient.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		events := r.events()
		n := &naive{t: t}
		var observed []*pattern.Observed
		for _, e := range events {
			observed = append(observed, e.observed(t))
			for range e.count {
				n.sightings = append(n.sightings, e)
			}
		}
		want, ok := n.verdictOf(p)
		if !ok {
			continue
		}
		compared++
		if want {
			matched++
		}
		m, err := pattern.Compile(p)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		found, err := m.Find(observed...)
		if err != nil || (found != nil) != want {
			t.Fatalf("%s on %+v: found %v, %v, want %v", source, events, found, err, want)
		}
		normal, err := p.Normal()
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		nm, err := pattern.Compile(normal)
		if err != nil {
			t.Fatalf("%s: %v", normal, err)
		}
		if got, err := nm.Match(observed...); err != nil || got != want {
			t.Fatalf("%s on %+v: %v, its normal form %s: %v, %v", source, events, want, normal, got, err)
		}
	}
	t.Logf("%d rounds, %d compared, %d matched", rounds, compared, matched)
	if compared < rounds*9/10 || matched < compared/10 || matched > compared*9/10 {
		t.Errorf("%d rounds, %d compared, %d matched: the tables are too easy", rounds, compared, matched)
	}
}
