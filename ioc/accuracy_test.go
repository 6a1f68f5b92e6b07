package ioc_test

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

// TestAccuracy extracts from generated text and compares with what the
// generator put into it. It prints the table of all types; with SOARKIT_FULL=1
// the text has 20 MB instead of 2.
func TestAccuracy(t *testing.T) {
	size := 2 << 20
	if os.Getenv("SOARKIT_FULL") == "1" {
		size = 20 << 20
	}
	text, truth, direct := generate(20261123, size)
	if per := len(text) / direct; per < 250 || per > 400 {
		t.Errorf("the text has an indicator per %d bytes; the benchmark is about one per 330", per)
	}
	where := make(map[ioc.Indicator]ioc.Match)
	for _, m := range ioc.Extract(text) {
		where[m.Indicator] = m
	}
	type score struct{ want, got, right int }
	scores := make(map[ioc.Type]*score)
	at := func(typ ioc.Type) *score {
		if scores[typ] == nil {
			scores[typ] = new(score)
		}
		return scores[typ]
	}
	for i := range truth {
		s := at(i.Type())
		s.want++
		if _, ok := where[i]; ok {
			s.right++
		}
	}
	shown := make(map[ioc.Type]int)
	for _, i := range slices.SortedFunc(maps.Keys(truth), ioc.Indicator.Compare) {
		if _, ok := where[i]; !ok && shown[i.Type()] < 3 {
			shown[i.Type()]++
			t.Logf("missed %v %q", i.Type(), i.Value())
		}
	}
	for i, m := range where {
		at(i.Type()).got++
		if !truth[i] && shown[i.Type()] < 6 {
			shown[i.Type()]++
			t.Logf("invented %v %q in %q", i.Type(), i.Value(), text[max(0, m.Start-20):min(len(text), m.End+20)])
		}
	}
	for typ := range ioc.Types() {
		s := scores[typ]
		if s == nil {
			continue
		}
		recall, precision := ratio(s.right, s.want), ratio(s.right, s.got)
		t.Logf("%-17v %6d in the text, %6d found, recall %.4f, precision %.4f", typ, s.want, s.got, recall, precision)
		if min(recall, precision) < 0.995 {
			t.Errorf("%v: recall %.4f, precision %.4f; want at least 0.995", typ, recall, precision)
		}
	}
}

func ratio(part, whole int) float64 {
	return float64(part) / cmp.Or(float64(whole), 1)
}
