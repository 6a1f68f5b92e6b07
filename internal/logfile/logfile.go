// Package logfile reads the lines of text logs, plain or gzipped, in bounded
// memory.
package logfile

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"
)

// MaxLine is the length of a line, in bytes, beyond which it is skipped.
const MaxLine = 64 << 10

// DefaultMaxBytes is what [Open] allows where it is given no other bound.
const DefaultMaxBytes = 4 << 30

// A File is an open log. It reads no more than its bound, and nothing once its
// context has ended.
type File struct {
	ctx     context.Context // of one read, from Open to Close
	name    string
	file    *os.File
	max     int64
	limited io.LimitedReader
	modTime time.Time
}

// Open opens a log in dir. A name that ends in .gz is uncompressed. max bounds
// what is read of it, uncompressed; 0 means DefaultMaxBytes. What is not a
// regular file is refused without being opened.
func Open(ctx context.Context, dir *os.Root, name string, max int64) (*File, error) {
	if max <= 0 {
		max = DefaultMaxBytes
	}
	info, err := dir.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	file, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	f := &File{ctx: ctx, name: name, file: file, max: max, modTime: info.ModTime(), limited: io.LimitedReader{R: file, N: max}}
	if strings.HasSuffix(name, ".gz") {
		if f.limited.R, err = gzip.NewReader(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return f, nil
}

// Read reads from the log. Its error is the context's cause once that has ended.
func (f *File) Read(p []byte) (int, error) {
	if f.ctx.Err() != nil {
		return 0, context.Cause(f.ctx)
	}
	return f.limited.Read(p)
}

// Close closes the log.
func (f *File) Close() error { return f.file.Close() }

// ModTime is when the log was last written.
func (f *File) ModTime() time.Time { return f.modTime }

// Missing says, for a person, what of the log was not read: what lies beyond the
// bound, and so many lines that were too long.
func (f *File) Missing(tooLong int) []string {
	var out []string
	if f.limited.N == 0 {
		out = append(out, fmt.Sprintf("%s: only its first %d bytes were read", f.name, f.max))
	}
	if tooLong > 0 {
		out = append(out, fmt.Sprintf("%s: %d lines are longer than %d bytes and were skipped", f.name, tooLong, MaxLine))
	}
	return out
}

// Lines counts what [Lines.All] has read.
type Lines struct {
	Read    int // lines; within the loop, the number of the current one, from 1
	TooLong int // those of them that were longer than MaxLine and were skipped
}

// All yields the lines of r without their line breaks. An error of r ends the
// sequence.
func (l *Lines) All(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		br := bufio.NewReaderSize(r, MaxLine)
		for skipping := false; ; {
			text, err := br.ReadSlice('\n')
			if err == bufio.ErrBufferFull {
				skipping = true
				continue
			}
			if err != nil && err != io.EOF {
				yield("", fmt.Errorf("line %d: %w", l.Read+1, err))
				return
			}
			if len(text) > 0 {
				l.Read++
				if skipping {
					l.TooLong++
				} else if !yield(strings.TrimRight(string(text), "\r\n"), nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			skipping = false
		}
	}
}
