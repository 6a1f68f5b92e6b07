package blocklist

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/atomicfile"
	"github.com/soarkit/soarkit/ioc"
)

// MaxFile is the greatest length of a file that is read, in bytes.
const MaxFile = 256 << 20

// A ledger says who blocked what, why and until when. List and zone follow from
// it. It is written first, so that after a crash it says what the others should be.
type ledger struct {
	Version int      `json:"version"`
	Serial  uint32   `json:"serial"`  // of the zone
	Entries []*entry `json:"entries"` // sorted by object
	// Written holds the digests of what was last written to each file, and of
	// what was to be written next: a file with another content is not ours.
	Written map[string][]string `json:"written"`
}

// An entry is one object in force, for as long as one of its claims is.
type entry struct {
	Object ioc.Indicator `json:"object"`
	Owner  string        `json:"owner"`
	Claims []claim       `json:"claims"` // one for each plan that wants it
}

// A claim is one plan's wish for an entry.
type claim struct {
	Plan     string    `json:"plan"`
	Key      string    `json:"key,omitempty"`
	Reason   string    `json:"reason"`
	SignedBy string    `json:"signed_by,omitempty"`
	Added    time.Time `json:"added"`
	Until    time.Time `json:"until,omitzero"` // zero is never
	Made     bool      `json:"made,omitempty"` // the entry was not there before
}

// until is when the entry ends: the latest end of its claims; zero is never.
func (e *entry) until() time.Time {
	var latest time.Time
	for i, c := range e.Claims {
		if c.Until.IsZero() {
			return time.Time{}
		}
		if i == 0 || c.Until.After(latest) {
			latest = c.Until
		}
	}
	return latest
}

// reason is that of the claim that began the entry.
func (e *entry) reason() string { return e.Claims[0].Reason }

func (l *ledger) find(object ioc.Indicator) (int, bool) {
	return slices.BinarySearchFunc(l.Entries, object, func(e *entry, o ioc.Indicator) int { return e.Object.Compare(o) })
}

func (l *ledger) get(object ioc.Indicator) *entry {
	if i, ok := l.find(object); ok {
		return l.Entries[i]
	}
	return nil
}

// claim adds a claim, and the entry if it is not there.
func (l *ledger) claim(object ioc.Indicator, owner string, c claim) {
	i, ok := l.find(object)
	if !ok {
		l.Entries = slices.Insert(l.Entries, i, &entry{Object: object, Owner: owner})
	}
	l.Entries[i].Claims = append(l.Entries[i].Claims, c)
}

// drop removes claims, and the entries that have none left, whose objects it returns.
func (l *ledger) drop(from func(*entry, claim) bool) (gone []string) {
	l.Entries = slices.DeleteFunc(l.Entries, func(e *entry) bool {
		e.Claims = slices.DeleteFunc(e.Claims, func(c claim) bool { return from(e, c) })
		if len(e.Claims) == 0 {
			gone = append(gone, e.Object.Value())
		}
		return len(e.Claims) == 0
	})
	return gone
}

// expired drops what has passed its time, of all owners.
func (l *ledger) expired(now time.Time) (gone []string) {
	return l.drop(func(_ *entry, c claim) bool { return !c.Until.IsZero() && !c.Until.After(now) })
}

// load reads the ledger; there is an empty one where none was written yet.
func (b *blocklist) load() (*ledger, error) {
	l := &ledger{Version: 1, Written: map[string][]string{}}
	data, err := b.readFile(b.Ledger)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, fileError("read", b.Ledger, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(l); err != nil {
		return nil, connector.Errorf(connector.ErrPermanent, "the ledger %s cannot be read%s: %v; %s", b.Ledger, placeOf(err), err, ledgerAdvice)
	}
	if l.Version != 1 || l.Written == nil || !slices.IsSortedFunc(l.Entries, func(x, y *entry) int { return x.Object.Compare(y.Object) }) ||
		slices.ContainsFunc(l.Entries, func(e *entry) bool { return len(e.Claims) == 0 || !e.Object.IsValid() }) {
		return nil, connector.Errorf(connector.ErrPermanent, "the ledger %s is of another version, or was edited; %s", b.Ledger, ledgerAdvice)
	}
	return l, nil
}

const ledgerAdvice = "restore it from a copy, or move it and the files it stands for away to begin anew"

// placeOf is where in the ledger an error of the JSON decoder lies, if it says so.
func placeOf(err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf(" at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf(" at byte %d", e.Offset)
	}
	return ""
}

func (b *blocklist) save(l *ledger) error {
	data, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return fileError("encode", b.Ledger, err)
	}
	if err := atomicfile.Replace(b.Dir, b.Ledger, append(data, '\n'), 0o644); err != nil {
		return fileError("write", b.Ledger, err)
	}
	return nil
}

// readFile reads a file of at most MaxFile bytes.
func (b *blocklist) readFile(name string) ([]byte, error) {
	f, err := b.Dir.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = errors.New("the file is too long")
	}
	return data, err
}

func fileError(verb, name string, err error) error {
	kind := connector.ErrTransient // a full disk passes
	if errors.Is(err, fs.ErrPermission) {
		kind = connector.ErrForbidden
	}
	return &connector.Error{Kind: kind, Detail: "cannot " + verb + " the file " + name, Err: err}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
