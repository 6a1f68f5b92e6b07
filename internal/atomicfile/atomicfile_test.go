package atomicfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/soarkit/soarkit/internal/atomicfile"
)

func open(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestReplaceIsSeenAsAWhole(t *testing.T) {
	root := open(t)
	versions := [][]byte{bytes.Repeat([]byte("a"), 1<<16), bytes.Repeat([]byte("b"), 1<<15)}
	if err := atomicfile.Replace(root, "f", versions[0], 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for i := range 50 {
			if err := atomicfile.Replace(root, "f", versions[i%2], 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	for {
		got, err := root.ReadFile("f")
		if err != nil || !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
			t.Fatalf("a reader saw %d bytes, %v", len(got), err)
		}
		select {
		case <-done:
			wg.Wait()
			onlyFile(t, root, "f")
			return
		default:
		}
	}
}

func TestCreateOnce(t *testing.T) {
	root := open(t)
	const writers = 8
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() { errs[i] = atomicfile.Create(root, "f", []byte{byte(i)}, 0o600) })
	}
	wg.Wait()
	created := 0
	for i, err := range errs {
		switch {
		case err == nil:
			created++
			if got, _ := root.ReadFile("f"); len(got) != 1 || got[0] != byte(i) {
				t.Errorf("writer %d succeeded, but the file holds %v", i, got)
			}
		case !errors.Is(err, fs.ErrExist):
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if created != 1 {
		t.Errorf("%d writers created the file, want 1", created)
	}
	onlyFile(t, root, "f")
}

func TestFailureLeavesNothing(t *testing.T) {
	root := open(t)
	if err := root.Mkdir("f", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Replace(root, "f", []byte("x"), 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if err := atomicfile.Replace(root, "../f", []byte("x"), 0o600); err == nil {
		t.Error("a file was written outside of the root")
	}
	onlyFile(t, root, "f")
}

func onlyFile(t *testing.T, root *os.Root, name string) {
	t.Helper()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder holds %v (%v), want %s alone", entries, err, name)
	}
}
