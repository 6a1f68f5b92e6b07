package journal_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/soarkit/soarkit/workflow/journal"
	"github.com/soarkit/soarkit/workflow/journal/journaltest"
)

// gatedDisk is a disk each of whose syncs takes one word from the gate.
type gatedDisk struct {
	journal.FS
	gate chan struct{}
}

func (d gatedDisk) Create(name string) (journal.FSFile, error) {
	f, err := d.FS.Create(name)
	return gatedFile{f, d.gate}, err
}

func (d gatedDisk) Open(name string) (journal.FSFile, error) {
	f, err := d.FS.Open(name)
	return gatedFile{f, d.gate}, err
}

type gatedFile struct {
	journal.FSFile
	gate chan struct{}
}

func (f gatedFile) Sync() error {
	<-f.gate
	return f.FSFile.Sync()
}

// TestWokenHaveRun: whom a commit wakes is counted until he has run, and who left
// before that is not. Otherwise who gathers a group would wait for him.
func TestWokenHaveRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{}, 1000)
		open := func(words int) {
			for range words {
				gate <- struct{}{}
			}
		}
		open(cap(gate))
		f := mustOpen(t, small(gatedDisk{new(journaltest.Disk), gate}))
		for len(gate) > 0 {
			<-gate
		}
		var wg sync.WaitGroup
		wait := func(ctx context.Context, want error) {
			wg.Go(func() {
				p, err := f.Append([]journal.Record{numbered(1)})
				if err != nil {
					t.Error(err)
				}
				if err := f.Wait(ctx, p); !errors.Is(err, want) && err != nil {
					t.Errorf("Wait = %v, want %v or nil", err, want)
				}
			})
		}
		gone := errors.New("gone")
		for range 3 {
			before, leave := context.WithCancelCause(t.Context())
			after, leaveLate := context.WithCancelCause(t.Context())
			wait(context.Background(), nil)
			synctest.Wait() // he leads, and the others wait for the next group
			for range 5 {
				wait(context.Background(), nil)
				wait(before, gone)
				wait(after, gone)
			}
			synctest.Wait()
			leave(gone)
			synctest.Wait()
			open(2)
			leaveLate(gone)
			wg.Wait()
			synctest.Wait()
			if n := journal.Woken(f); n != 0 {
				t.Fatalf("%d count as woken and not run, when all have", n)
			}
		}
		open(cap(gate))
		mustClose(t, f)
	})
}
