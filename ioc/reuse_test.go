package ioc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
)

// TestNothingIsLeftOver extracts from texts in turn: the state of a scan is
// reused, and nothing of one text may reach the next.
func TestNothingIsLeftOver(t *testing.T) {
	const second = "Bounces go to security[@]example[.]com"
	var want []string
	for _, m := range ioc.Extract(second) {
		want = append(want, m.Indicator.Value())
	}
	// A host with marks that ends where the mark for @ stands in the second text.
	for _, first := range []string{"securityyyyy[.]example", "go.[.]curityyyy[.]exam", "a[.]b.c.d[.]example.org"} {
		for range 20 {
			ioc.Extract(first)
			var got []string
			for _, m := range ioc.Extract(second) {
				got = append(got, m.Indicator.Value())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("after %q (-want +got):\n%s", first, diff)
			}
		}
	}
}
