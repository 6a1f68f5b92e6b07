package logfile_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/logfile"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", logfile.MaxLine)
	for _, c := range []struct {
		name, in string
		want     []string
		count    logfile.Lines
	}{
		{"empty", "", nil, logfile.Lines{}},
		{"breaks", "a\r\nb\n\nc", []string{"a", "b", "", "c"}, logfile.Lines{Read: 4}},
		{"too-long", "a\n" + long + long + long + "\nb\n", []string{"a", "b"}, logfile.Lines{Read: 3, TooLong: 1}},
		{"too-long-at-the-end", "a\n" + long + "y", []string{"a"}, logfile.Lines{Read: 2, TooLong: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			var lines logfile.Lines
			for text, err := range lines.All(strings.NewReader(c.in)) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || lines != c.count {
				t.Errorf("counted %+v, want %+v; lines (-want +got):\n%s", lines, c.count, diff)
			}
		})
	}
}

func TestLinesError(t *testing.T) {
	broken := errors.New("disk on fire")
	var last error
	n := 0
	for _, err := range new(logfile.Lines).All(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken))) {
		last, n = err, n+1
	}
	if n != 2 || !errors.Is(last, broken) || !strings.Contains(last.Error(), "line 2") {
		t.Errorf("%d results, last error %v", n, last)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range 128 {
		w.Write(bytes.Repeat([]byte("bomb"), 1<<14)) // 8 MiB from 8 KiB
	}
	w.Close()
	for name, text := range map[string][]byte{"log": []byte("0123456789"), "log.gz": packed.Bytes(), "bad.gz": []byte("no gzip")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	read := func(ctx context.Context, name string, max int64) (int64, []string, error) {
		f, err := logfile.Open(ctx, root, name, max)
		if err != nil {
			return 0, nil, err
		}
		defer f.Close()
		n, err := io.Copy(io.Discard, f)
		return n, f.Missing(0), err
	}
	if n, missing, err := read(t.Context(), "log", 0); n != 10 || missing != nil || err != nil {
		t.Errorf("log: %d bytes, %v, %v", n, missing, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, missing, err := read(t.Context(), "log.gz", 1<<20)
	runtime.ReadMemStats(&after)
	if n != 1<<20 || len(missing) != 1 || err != nil || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("a gzip bomb: %d bytes, %v, %v, allocated %d", n, missing, err, after.TotalAlloc-before.TotalAlloc)
	}
	for _, name := range []string{"bad.gz", "none", ".", "../x"} {
		if _, _, err := read(t.Context(), name, 0); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := read(ctx, "log", 0); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}
