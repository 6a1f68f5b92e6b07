package mail

import (
	"errors"
	"fmt"
)

var (
	// ErrLimit is the kind of every refusal of a message that is larger,
	// deeper or has more parts than [Options] allow.
	ErrLimit = errors.New("limit exceeded")

	// ErrTruncated is the kind of every refusal of a message that breaks off:
	// in the middle of its header, before the last delimiter of a multipart,
	// or in the middle of a base64 body.
	ErrTruncated = errors.New("message is truncated")

	// ErrMalformed is the kind of the refusal of input that is no mail at all.
	ErrMalformed = errors.New("not a mail")

	// ErrNoPart says that a message has no part at the given path, or that the
	// part there is not a message of its own.
	ErrNoPart = errors.New("no such part")
)

// A ParseError says where a message could not be read. Its kind, one of
// [ErrLimit], [ErrTruncated] and [ErrMalformed], is found with errors.Is.
type ParseError struct {
	Path   string // path of the part, such as "1.2.3"; see [Part]
	Offset int64  // byte offset into the message as it was read
	Kind   error  // a sentinel of this package; returned by Unwrap
	Detail string // what was found and which option bounds it; never content
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("mail: part %s, offset %d: %v: %s", e.Path, e.Offset, e.Kind, e.Detail)
}

func (e *ParseError) Unwrap() error { return e.Kind }

// A Defect is something in a message that breaks a rule and could be read all
// the same. Mail that hides from filters is often defective on purpose.
type Defect struct {
	Path   string `json:"path"`   // path of the part
	Offset int64  `json:"offset"` // byte offset into the message
	Detail string `json:"detail"` // what was found and what was made of it
}
