package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/journal"
)

// Run checks that the journals which open makes keep the promises of
// [journal.Journal], each as a subtest. open is called for each subtest and
// returns an empty journal.
func Run(t *testing.T, open func(t *testing.T) journal.Journal) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			j := open(t)
			if err := c.check(t.Context(), j); err != nil {
				t.Errorf("%s: %v", c.promise, err)
			}
			if err := j.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// Check does what Run does outside of a test. It returns what is wrong, nil if
// nothing is. Every journal that open returned is closed.
func Check(ctx context.Context, open func() (journal.Journal, error)) error {
	var all []error
	for _, c := range checks {
		j, err := open()
		if err == nil {
			err = errors.Join(c.check(ctx, j), j.Close())
		}
		if err != nil {
			all = append(all, fmt.Errorf("%s: %s: %w", c.name, c.promise, err))
		}
	}
	return errors.Join(all...)
}

var checks = []struct {
	name, promise string
	check         func(context.Context, journal.Journal) error
}{
	{"order", "batches are yielded in the order of appending, records with all their fields", checkOrder},
	{"copies", "Append keeps no reference to the batch or its payloads", checkCopies},
	{"by_run", "Replay yields the runs named and no others", checkByRun},
	{"snapshot", "Replay may be interleaved with Append, and be stopped", checkSnapshot},
	{"unknown_run", "a run without records is ErrNoRun", checkUnknownRun},
	{"too_large", "a record that is too large refuses its batch with a SizeError that bears the label", checkTooLarge},
	{"empty_batch", "an empty batch returns the last position", checkEmptyBatch},
	{"compact", "Compact drops the runs that ended before a time, and only these", checkCompact},
	{"reopened_run", "a record after the End mark opens the run again", checkReopened},
	{"reused_run", "the number of a dropped run can be used again", checkReused},
	{"concurrent", "Append, Wait, Replay and Compact may be called at the same time", checkConcurrent},
	{"cancelled", "the cause of a context that has ended is returned", checkCancelled},
	{"exclusive", "a journal that is Exclusive has one user at a time", checkExclusive},
	{"closed", "after Close every method fails with ErrClosed", checkClosed},
}

// write appends a batch and waits for it.
func write(ctx context.Context, j journal.Journal, batch ...journal.Record) error {
	p, err := j.Append(batch)
	if err != nil {
		return err
	}
	return j.Wait(ctx, p)
}

// show collects what Replay yields as text, so that it can be compared.
func show(ctx context.Context, j journal.Journal, runs ...journal.Run) ([]string, error) {
	var got []string
	for r, err := range j.Replay(ctx, runs...) {
		if err != nil {
			return got, err
		}
		got = append(got, Show(r))
	}
	return got, nil
}

// Show writes a record, without its label, as one line of text.
func Show(r journal.Record) string {
	return fmt.Sprintf("run %d kind %d mark %d step %d attempt %d time %d payload %q",
		r.Run, r.Kind, r.Mark, r.Step, r.Attempt, r.Time, r.Payload)
}

func expect(ctx context.Context, j journal.Journal, want []journal.Record, runs ...journal.Run) error {
	got, err := show(ctx, j, runs...)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	var lines []string
	for _, r := range want {
		lines = append(lines, Show(r))
	}
	if !slices.Equal(got, lines) {
		return fmt.Errorf("replay of runs %v yields\n%q, want\n%q", runs, got, lines)
	}
	return nil
}

func checkOrder(ctx context.Context, j journal.Journal) error {
	want := []journal.Record{
		{Run: 1, Kind: 1, Time: 5, Payload: []byte("a")},
		{Run: 1<<64 - 1, Kind: 255, Mark: journal.End, Step: 1<<64 - 1, Attempt: 1<<32 - 1, Time: -1, Payload: make([]byte, 10_000)},
		{},
		{Run: 1, Kind: 2, Step: 300, Attempt: 2, Time: 1 << 62, Payload: []byte{0, 0xA5, 0}},
	}
	if err := write(ctx, j, want[0], want[1]); err != nil {
		return err
	}
	if err := write(ctx, j, want[2:]...); err != nil {
		return err
	}
	return expect(ctx, j, want)
}

func checkCopies(ctx context.Context, j journal.Journal) error {
	payload := []byte("before")
	batch := []journal.Record{{Run: 1, Payload: payload}}
	p, err := j.Append(batch)
	if err != nil {
		return err
	}
	copy(payload, "after!")
	batch[0] = journal.Record{Run: 9}
	if err := j.Wait(ctx, p); err != nil {
		return err
	}
	return expect(ctx, j, []journal.Record{{Run: 1, Payload: []byte("before")}})
}

func checkByRun(ctx context.Context, j journal.Journal) error {
	var all, some []journal.Record
	for i := range 100 {
		r := journal.Record{Run: journal.Run(i % 5), Step: uint64(i)}
		all = append(all, r)
		if r.Run == 1 || r.Run == 3 {
			some = append(some, r)
		}
	}
	if err := write(ctx, j, all...); err != nil {
		return err
	}
	return errors.Join(expect(ctx, j, all), expect(ctx, j, some, 3, 1), expect(ctx, j, some, 1, 3, 1))
}

func checkSnapshot(ctx context.Context, j journal.Journal) error {
	if err := write(ctx, j, journal.Record{Run: 1}, journal.Record{Run: 1, Step: 1}); err != nil {
		return err
	}
	for r, err := range j.Replay(ctx) {
		if err != nil {
			return err
		}
		if r.Step > 1 {
			return errors.New("a record that was appended during the iteration was yielded by it")
		}
		if err := write(ctx, j, journal.Record{Run: 1, Step: 2 + r.Step}); err != nil {
			return err
		}
	}
	for _, err := range j.Replay(ctx) {
		if err != nil {
			return err
		}
		break
	}
	return expect(ctx, j, []journal.Record{{Run: 1}, {Run: 1, Step: 1}, {Run: 1, Step: 2}, {Run: 1, Step: 3}})
}

func checkUnknownRun(ctx context.Context, j journal.Journal) error {
	if err := write(ctx, j, journal.Record{Run: 1}); err != nil {
		return err
	}
	if _, err := show(ctx, j, 1, 2); !errors.Is(err, journal.ErrNoRun) {
		return fmt.Errorf("replay of an unknown run: %v", err)
	}
	return nil
}

func checkTooLarge(ctx context.Context, j journal.Journal) error {
	_, err := j.Append([]journal.Record{{Run: 1}, {Run: 1, Label: "each[3]/scan", Payload: make([]byte, journal.MaxMaxRecord+1)}})
	var size *journal.SizeError
	if !errors.As(err, &size) || !errors.Is(err, journal.ErrTooLarge) || size.Label != "each[3]/scan" {
		return fmt.Errorf("append: %v", err)
	}
	return expect(ctx, j, nil)
}

func checkEmptyBatch(ctx context.Context, j journal.Journal) error {
	p, err := j.Append(nil)
	if err != nil || p != 0 {
		return fmt.Errorf("append to an empty journal: %d, %w", p, err)
	}
	p, err = j.Append([]journal.Record{{Run: 1}})
	if err != nil {
		return err
	}
	q, err := j.Append(nil)
	if err != nil || p != q {
		return fmt.Errorf("append: %d after %d, %w", q, p, err)
	}
	return j.Wait(ctx, q)
}

func checkCompact(ctx context.Context, j journal.Journal) error {
	open := journal.Record{Run: 1, Time: 10}
	old := []journal.Record{{Run: 2, Time: 10}, {Run: 2, Mark: journal.End, Time: 20}}
	recent := []journal.Record{{Run: 3, Time: 10}, {Run: 3, Mark: journal.End, Time: 30}}
	if err := write(ctx, j, append(append([]journal.Record{open}, old...), recent...)...); err != nil {
		return err
	}
	for _, before := range []time.Time{{}, time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 20)} {
		if err := j.Compact(ctx, before); err != nil {
			return err
		}
		if err := expect(ctx, j, append(append([]journal.Record{open}, old...), recent...)); err != nil {
			return fmt.Errorf("after dropping what ended before %v: %w", before, err)
		}
	}
	if err := j.Compact(ctx, time.Unix(0, 30)); err != nil {
		return err
	}
	if _, err := show(ctx, j, 2); !errors.Is(err, journal.ErrNoRun) {
		return fmt.Errorf("replay of a dropped run: %v", err)
	}
	if err := expect(ctx, j, append([]journal.Record{open}, recent...)); err != nil {
		return err
	}
	if err := j.Compact(ctx, time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		return err
	}
	return expect(ctx, j, []journal.Record{open})
}

func checkReopened(ctx context.Context, j journal.Journal) error {
	all := []journal.Record{{Run: 1, Mark: journal.End, Time: 1}, {Run: 1, Time: 2}}
	if err := write(ctx, j, all...); err != nil {
		return err
	}
	if err := j.Compact(ctx, time.Unix(0, 100)); err != nil {
		return err
	}
	return expect(ctx, j, all)
}

func checkReused(ctx context.Context, j journal.Journal) error {
	if err := write(ctx, j, journal.Record{Run: 1, Kind: 1}, journal.Record{Run: 1, Mark: journal.End, Time: 1}); err != nil {
		return err
	}
	if err := j.Compact(ctx, time.Unix(0, 100)); err != nil {
		return err
	}
	again := journal.Record{Run: 1, Kind: 2}
	if err := write(ctx, j, again); err != nil {
		return err
	}
	return errors.Join(expect(ctx, j, []journal.Record{again}), expect(ctx, j, []journal.Record{again}, 1))
}

func checkConcurrent(ctx context.Context, j journal.Journal) error {
	const writers, each = 8, 50
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				err := write(ctx, j, journal.Record{Run: journal.Run(w), Step: uint64(i)})
				if err == nil && i%10 == 0 {
					_, err = show(ctx, j, journal.Run(w))
				}
				if err == nil && i%25 == 0 {
					err = j.Compact(ctx, time.Unix(0, 0))
				}
				if err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for w := range writers {
		var want []journal.Record
		for i := range each {
			want = append(want, journal.Record{Run: journal.Run(w), Step: uint64(i)})
		}
		if err := expect(ctx, j, want, journal.Run(w)); err != nil {
			return err
		}
	}
	return nil
}

func checkCancelled(ctx context.Context, j journal.Journal) error {
	cause := errors.New("the caller has changed his mind")
	ended, cancel := context.WithCancelCause(ctx)
	cancel(cause)
	if _, err := show(ended, j); !errors.Is(err, cause) {
		return fmt.Errorf("replay of an empty journal: %v", err)
	}
	if err := write(ctx, j, journal.Record{Run: 1, Mark: journal.End}); err != nil {
		return err
	}
	if _, err := show(ended, j); !errors.Is(err, cause) {
		return fmt.Errorf("replay: %v", err)
	}
	if err := j.Compact(ended, time.Unix(1, 0)); !errors.Is(err, cause) {
		return fmt.Errorf("compact: %v", err)
	}
	return nil
}

func checkExclusive(_ context.Context, j journal.Journal) error {
	x, ok := j.(journal.Exclusive)
	if !ok {
		return nil
	}
	first, err := x.Use()
	if err != nil {
		return err
	}
	if _, err := x.Use(); !errors.Is(err, journal.ErrInUse) {
		return fmt.Errorf("used twice: %v, want ErrInUse", err)
	}
	first()
	second, err := x.Use()
	if err != nil {
		return fmt.Errorf("given up: %v", err)
	}
	first()
	if _, err := x.Use(); !errors.Is(err, journal.ErrInUse) {
		return fmt.Errorf("given up twice, while somebody else had it: %v, want ErrInUse", err)
	}
	second()
	if err := j.Close(); err != nil {
		return err
	}
	if _, err := x.Use(); !errors.Is(err, journal.ErrClosed) {
		return fmt.Errorf("closed: %v, want ErrClosed", err)
	}
	return nil
}

func checkClosed(ctx context.Context, j journal.Journal) error {
	if err := write(ctx, j, journal.Record{Run: 1}); err != nil {
		return err
	}
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		return fmt.Errorf("close, twice: %w", err)
	}
	_, appendErr := j.Append([]journal.Record{{Run: 1}})
	_, replayErr := show(ctx, j)
	for _, call := range []struct {
		name string
		err  error
	}{
		{"Append", appendErr}, {"Replay", replayErr}, {"Wait", j.Wait(ctx, 1)}, {"Compact", j.Compact(ctx, time.Now())},
	} {
		if !errors.Is(call.err, journal.ErrClosed) {
			return fmt.Errorf("%s: %v, want ErrClosed", call.name, call.err)
		}
	}
	return nil
}
