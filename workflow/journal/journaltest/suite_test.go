package journaltest_test

import (
	"testing"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal { return new(journal.Memory) })
}

func TestFile(t *testing.T) {
	for _, mode := range []journal.SyncMode{journal.SyncAlways, journal.SyncInterval, journal.SyncNone} {
		t.Run(mode.String(), func(t *testing.T) {
			journaltest.Run(t, func(t *testing.T) journal.Journal {
				f, err := journal.Open(t.Context(), t.TempDir(), journal.Options{SegmentSize: journal.MinSegmentSize, Sync: mode})
				if err != nil {
					t.Fatal(err)
				}
				return f
			})
		})
	}
}
