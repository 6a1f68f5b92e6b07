package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

const dir = "journal"

// small is a journal whose segments fill up quickly.
func small(d journal.FS) journal.Options {
	return journal.Options{SegmentSize: journal.MinSegmentSize, FS: d}
}

func mustOpen(t *testing.T, o journal.Options) *journal.File {
	t.Helper()
	f, err := journal.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustClose(t *testing.T, j journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// numbered is the n-th record of a story that can be checked: its fields follow
// from n, and its size varies from a few bytes to a few sectors.
func numbered(n int) journal.Record {
	if told := story(); n < len(told) {
		return told[n]
	}
	return makeNumbered(n)
}

// story is the beginning of the story. Tests with thousands of crashes tell it so
// often that making it anew each time is most of what they do.
var story = sync.OnceValue(func() []journal.Record {
	told := make([]journal.Record, 1500)
	for n := range told {
		told[n] = makeNumbered(n)
	}
	return told
})

func makeNumbered(n int) journal.Record {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	size := random.IntN(100)
	if random.IntN(20) == 0 {
		size = random.IntN(3000)
	}
	return journal.Record{
		Run:     journal.Run(n % 5),
		Kind:    journal.Kind(n),
		Step:    uint64(n),
		Attempt: uint32(n % 3),
		Time:    int64(n) * 1e9,
		Payload: fmt.Appendf(nil, "%d:%s", n, bytes.Repeat([]byte{'x'}, size)),
	}
}

func same(a, b *journal.Record) bool {
	return a.Run == b.Run && a.Kind == b.Kind && a.Mark == b.Mark && a.Step == b.Step &&
		a.Attempt == b.Attempt && a.Time == b.Time && bytes.Equal(a.Payload, b.Payload)
}

// tell appends the records from n on, in batches of a few, waiting after each,
// until count are told or the journal fails. It returns how many were
// acknowledged and how many were put in line.
func tell(ctx context.Context, j journal.Journal, n, count int) (acknowledged, told int, err error) {
	random := rand.New(rand.NewPCG(uint64(n), 3))
	for told = n; told < n+count; {
		var batch []journal.Record
		for range min(1+random.IntN(4), n+count-told) {
			batch = append(batch, numbered(told))
			told++
		}
		p, err := j.Append(batch)
		if err == nil {
			err = j.Wait(ctx, p)
		}
		if err != nil {
			return acknowledged, told, err
		}
		acknowledged = told
	}
	return acknowledged, told, nil
}

// checkStory checks that the journal holds the records from 0 on, in order, at
// least want of them, and returns how many.
func checkStory(ctx context.Context, j journal.Journal, want int) (int, error) {
	n := 0
	for r, err := range j.Replay(ctx) {
		if err != nil {
			return n, fmt.Errorf("after %d records: %w", n, err)
		}
		if want := numbered(n); !same(&r, &want) {
			return n, fmt.Errorf("record %d is\n%s, want\n%s", n, journaltest.Show(r), journaltest.Show(want))
		}
		n++
	}
	if n < want {
		return n, fmt.Errorf("%d records, but %d were acknowledged", n, want)
	}
	return n, nil
}
