package stix

import (
	"bufio"
	"fmt"
	"io"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A Writer writes a bundle object by object, without holding it in memory. An
// error of the underlying writer ends it; what was written by then is not a
// complete bundle.
type Writer struct {
	out   *bufio.Writer
	id    ID
	buf   []byte
	count int
	err   error
}

// NewWriter returns a writer of a bundle to w. An empty id stands for a random
// one; give one to get equal bytes for equal objects. [Writer.Close] completes
// the bundle.
func NewWriter(w io.Writer, id ID) *Writer {
	if id == "" {
		id = NewID("bundle")
	}
	return &Writer{out: bufio.NewWriterSize(w, 64<<10), id: id}
}

// Write writes objects, each on a line of its own. A struct that [Marshal]
// refuses is a [*ValidationError], before anything of it is written; the writer
// may be used on. Objects that were read are written as they are. Any other error is that
// of the underlying writer, or [ErrClosed].
func (w *Writer) Write(values ...Value) error {
	for _, v := range values {
		if w.err != nil {
			return w.err
		}
		buf, err := appendValue(w.buf[:0], v)
		if err != nil {
			return err
		}
		w.buf = buf
		if err := w.element(); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) element() error {
	if w.count == 0 {
		w.head()
		w.out.WriteString(",\"objects\":[\n")
	} else {
		w.out.WriteString(",\n")
	}
	w.count++
	if _, err := w.out.Write(w.buf); err != nil {
		w.err = fmt.Errorf("stix: write bundle: %w", err)
	}
	return w.err
}

// head begins the bundle. Errors of the underlying writer stick in the buffered
// one and come back from its next call.
func (w *Writer) head() {
	w.out.WriteString(`{"type":"bundle","id":`)
	w.out.Write(jsontree.AppendString(nil, string(w.id)))
}

// Close completes the bundle and flushes it. It does not close the underlying
// writer. A bundle of no objects has no "objects", as §8 demands of empty
// lists.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.count == 0 {
		w.head()
		w.out.WriteString("}\n")
	} else {
		w.out.WriteString("\n]}\n")
	}
	err := w.out.Flush()
	w.err = ErrClosed
	if err != nil {
		w.err = fmt.Errorf("stix: write bundle: %w", err)
		return w.err
	}
	return nil
}
