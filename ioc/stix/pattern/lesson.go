package pattern

// A lesson is what the search knows of an expression by itself, without anything
// else that wants observations. Nothing that is asked for within an interval in
// which it failed can succeed, and nothing can fail that includes one in which
// it succeeded. So few lessons answer most questions, and parts of a pattern
// that can do without each other are not tried in all combinations.
type lesson struct {
	failed    []interval
	succeeded []interval
}

type interval struct{ lo, hi instant }

// maxLessons bounds what is remembered of one expression.
const maxLessons = 64

func (l *lesson) answer(lo, hi instant) (ok, known bool) {
	for _, f := range l.failed {
		if f.lo.compare(lo) <= 0 && hi.compare(f.hi) <= 0 {
			return false, true
		}
	}
	for _, s := range l.succeeded {
		if lo.compare(s.lo) <= 0 && s.hi.compare(hi) <= 0 {
			return true, true
		}
	}
	return false, false
}

// soluble tells whether an expression by itself can be satisfied by observations
// that touch the interval.
func (s *search) soluble(n *node, lo, hi instant) bool {
	if n.plain {
		return s.alone(newItem(n, 1, lo, hi, nil))
	}
	l := s.lessons[n]
	if l == nil {
		l = new(lesson)
		if s.lessons == nil {
			s.lessons = map[*node]*lesson{}
		}
		s.lessons[n] = l
		if !s.learn(l, n, beginning, end) {
			return false
		}
	}
	s.budget.spend(len(l.failed) + len(l.succeeded))
	if ok, known := l.answer(lo, hi); known {
		return ok
	}
	return s.learn(l, n, lo, hi)
}

// learn searches for the expression by itself and remembers the outcome.
func (s *search) learn(l *lesson, n *node, lo, hi instant) bool {
	demands, found := s.demands, s.found
	s.demands = nil
	ok := s.solve(newItem(n, 1, lo, hi, nil))
	used := s.found
	s.demands, s.found = demands, found
	switch {
	case s.budget.spent():
		return true // not known; the search is over anyway
	case ok && len(l.succeeded) < maxLessons:
		l.succeeded = append(l.succeeded, s.span(used))
	case !ok && len(l.failed) < maxLessons:
		l.failed = append(l.failed, interval{lo, hi})
	}
	return ok
}

// span is the narrowest interval that the observations all touch.
func (s *search) span(used []int) interval {
	all := interval{end, beginning}
	for _, i := range used {
		all.lo = earlier(all.lo, s.observed[i].last)
		all.hi = later(all.hi, s.observed[i].first)
	}
	return all
}
