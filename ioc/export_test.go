package ioc

import (
	"io"
	"iter"
)

// For TestTopLevelDomains.
const (
	FlatTLDs = flatTLDs
	DeepTLDs = deepTLDs
)

// MinWindow is a size of window with which a reader moves on all the time.
const MinWindow = lookAhead + lookBehind + 700

// ReadWindow is [Extractor.Read] with a window of the given size.
func ReadWindow(x *Extractor, r io.Reader, size int) iter.Seq2[Match, error] { return x.read(r, size) }
