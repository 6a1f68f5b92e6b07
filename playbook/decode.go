package playbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Limits on what [Decode] reads. Documents beyond them are refused.
const (
	MaxBytes = 16 << 20 // length of the text
	MaxDepth = 64       // nesting of objects and lists
	MaxNodes = 1 << 16  // values in the document
)

// Decode reads a playbook from JSON. It fails with a [*ValidationError] that
// holds one problem, ENC-01, if the text is not one JSON object in UTF-8, has
// duplicate keys, or exceeds the limits. Every JSON object decodes; ask
// [Playbook.Validate] what is wrong with it.
func Decode(data []byte) (*Playbook, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		r := newReporter(Strict)
		r.add("ENC-01", "", jsontree.Position{Line: 1, Column: 1}, "the file is UTF-16; save it as UTF-8")
		return nil, invalid(r.problems())
	}
	root, err := jsontree.Parse(data, jsontree.Limits{MaxBytes: MaxBytes, MaxDepth: MaxDepth, MaxNodes: MaxNodes})
	if err != nil {
		return nil, decodeError(err)
	}
	if root.Kind() != jsontree.Object {
		r := newReporter(Strict)
		r.at(root, "ENC-01", "a playbook is a JSON object, this is %s; write { … } around the playbook's properties", article(root.Kind()))
		return nil, invalid(r.problems())
	}
	return view(root), nil
}

// Read is [Decode] of all that r gives, up to [MaxBytes]. An error of r is
// returned as it is, wrapped.
func Read(r io.Reader) (*Playbook, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("playbook: read: %w", err)
	}
	return Decode(data)
}

// decodeError turns an error of the JSON reader into a problem at its place.
func decodeError(err error) error {
	e, ok := errors.AsType[*jsontree.Error](err)
	if !ok {
		return fmt.Errorf("playbook: %w", err)
	}
	advice := map[error]string{
		jsontree.ErrSyntax:       "correct the JSON there",
		jsontree.ErrDuplicateKey: "keep one of the two; readers disagree about which one counts",
		jsontree.ErrTrailingData: "a file holds one playbook; remove the rest",
		jsontree.ErrEncoding:     "save the file as UTF-8",
		jsontree.ErrNumberRange:  "write a number that a double can hold",
		jsontree.ErrLimit:        "split the playbook or keep large content outside",
	}[e.Kind]
	r := newReporter(Strict)
	r.add("ENC-01", e.Pointer, e.Pos, "%v: %s; %s", e.Kind, e.Detail, advice)
	return invalid(r.problems())
}

// article is a kind of JSON value with its article, for messages.
func article(k jsontree.Kind) string {
	switch k {
	case jsontree.Missing:
		return "missing"
	case jsontree.Null:
		return "null"
	case jsontree.Array:
		return "a list"
	case jsontree.Object:
		return "an object"
	case jsontree.Bool:
		return "true or false"
	default:
		return "a " + k.String()
	}
}
