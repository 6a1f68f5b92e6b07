package journal_test

import (
	"fmt"
	"testing"

	"github.com/soarkit/soarkit/workflow/journal"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		f, err := journal.Open(t.Context(), dir, journal.Options{SegmentSize: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", f.Recovery())
		for k := range 1000 {
			p, err := f.Append([]journal.Record{{Run: journal.Run(k % 7), Kind: 3, Payload: fmt.Appendf(nil, "%d-%d", i, k)}})
			if err != nil {
				t.Fatal(err)
			}
			if k%100 == 99 {
				if err := f.Wait(t.Context(), p); err != nil {
					t.Fatal(err)
				}
			}
		}
		n := 0
		for _, err := range f.Replay(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		t.Logf("%d %+v", n, f.Stats())
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
