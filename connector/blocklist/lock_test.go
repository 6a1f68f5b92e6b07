//go:build unix

package blocklist_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// Another process that holds the lock is waited for as long as the caller has time.
func TestLockIsWaitedFor(t *testing.T) {
	dir := folder(t)
	r := open(t, dir)
	plan, err := r.Plan.Do(t.Context(), request("a.example.net"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := dir.OpenFile("blocklist.json.lock", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err = r.Apply.Do(ctx, plan); !errors.Is(err, connector.ErrTimeout) || time.Since(began) > time.Second {
		t.Errorf("got %v after %v, want a timeout soon", err, time.Since(began))
	}
	if len(list(t, dir)) != 0 {
		t.Error("written without the lock")
	}
	done := make(chan error, 1)
	go func() {
		_, err := r.Apply.Do(t.Context(), plan)
		done <- err
	}()
	f.Close() // gives the lock back
	if err := <-done; err != nil {
		t.Errorf("with the lock free: %v", err)
	}
}
