package misp

import (
	"bufio"
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// Limits of a feed.
const (
	MaxManifestEvents = 100_000    // events in manifest.json
	MaxHashes         = 50_000_000 // lines in hashes.csv
)

// A Feed is a directory that MISP publishes events in: manifest.json, which
// lists them, hashes.csv, which tells which values are in which event, and a
// file UUID.json for each. It reads what it is asked for and keeps nothing; it
// is safe for concurrent use if its file system is.
type Feed struct {
	fsys fs.FS
}

// NewFeed returns the feed in the root of fsys. Files are read when they are
// asked for.
func NewFeed(fsys fs.FS) *Feed { return &Feed{fsys} }

// An Entry is an event's line in a feed's manifest.
type Entry struct {
	UUID        string
	Info        string
	Date        string
	Timestamp   time.Time
	ThreatLevel *int
	Analysis    *int
	Orgc        *Organisation
	Tags        []Tag
	Extra       Extra

	spelling spelling
}

func (e *Entry) describe(c *codec) {
	s := &e.spelling
	textOf(c, "info", &e.Info)
	textOf(c, "date", &e.Date)
	timeOf(c, s, "timestamp", &e.Timestamp)
	numberOf(c, s, "threat_level_id", &e.ThreatLevel)
	numberOf(c, s, "analysis", &e.Analysis)
	objectOf(c, "Orgc", &e.Orgc)
	listOf(c, "Tag", &e.Tags)
	extraOf(c, &e.Extra)
}

// Manifest returns the feed's events, the one that changed first at the
// beginning. An entry whose name is no UUID is an error: names become names of
// files.
func (f *Feed) Manifest() ([]Entry, error) {
	const name = "manifest.json"
	file, err := f.fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("misp: feed: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxEventBytes+1))
	if err != nil {
		return nil, fmt.Errorf("misp: feed: %s: %w", name, err)
	}
	n, err := jsontree.Parse(data, limits)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	if n.Len() > MaxManifestEvents {
		return nil, fmt.Errorf("misp: feed: %s: %w: more than %d events", name, ErrInvalid, MaxManifestEvents)
	}
	var entries []Entry
	for id, v := range n.Members() {
		if !isUUID(id) || v.Kind() != jsontree.Object {
			return nil, syntaxError(name, &jsontree.Error{Kind: jsontree.ErrKind, Pointer: v.Pointer(), Pos: v.KeyPos(),
				Detail: excerpt(id) + " is no UUID with an object"})
		}
		e := Entry{UUID: id}
		e.describe(&codec{node: v})
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Or(a.Timestamp.Compare(b.Timestamp), strings.Compare(a.UUID, b.UUID)) })
	return entries, nil
}

func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// Event reads one event. An event that the feed does not have is an error that
// wraps [ErrNotFound]; its other errors are those of [ParseEvent], with the
// file's name.
func (f *Feed) Event(id string) (*Event, error) {
	if !isUUID(id) {
		return nil, fmt.Errorf("misp: feed: %w: %s is no UUID", ErrInvalid, excerpt(id))
	}
	name := id + ".json"
	file, err := f.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("misp: feed: %w: %s", ErrNotFound, name)
	}
	if err != nil {
		return nil, fmt.Errorf("misp: feed: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxEventBytes+1))
	if err != nil {
		return nil, fmt.Errorf("misp: feed: %s: %w", name, err)
	}
	e, err := ParseEvent(data)
	if s, ok := errors.AsType[*SyntaxError](err); ok {
		s.File = name
	}
	return e, err
}

// Events yields the events that changed after since, in the order of
// [Feed.Manifest]; the zero time gives all. The entry is given also with an
// error of its event, after which the sequence goes on: one bad file does not
// hide the others. An error without an entry (a zero Entry) is the manifest's
// and ends it.
func (f *Feed) Events(since time.Time) iter.Seq2[FeedEvent, error] {
	return func(yield func(FeedEvent, error) bool) {
		entries, err := f.Manifest()
		if err != nil {
			yield(FeedEvent{}, err)
			return
		}
		for _, entry := range entries {
			if !entry.Timestamp.After(since) && !since.IsZero() {
				continue
			}
			e, err := f.Event(entry.UUID)
			if !yield(FeedEvent{Entry: entry, Event: e}, err) {
				return
			}
		}
	}
}

// A FeedEvent is an event of a feed and its line in the manifest.
type FeedEvent struct {
	Entry Entry
	Event *Event // nil with an error
}

// A Hash is a line of hashes.csv: the MD5 of an attribute's value, and an event
// that has it.
type Hash struct {
	Value [md5.Size]byte
	Event string // UUID
}

// HashOf returns what stands in hashes.csv for a value. Both halves of a
// composite value have lines of their own.
func HashOf(value string) [md5.Size]byte { return md5.Sum([]byte(value)) }

// Hashes yields the lines of hashes.csv, one at a time. An error ends it and
// names the line.
func (f *Feed) Hashes() iter.Seq2[Hash, error] {
	const name = "hashes.csv"
	return func(yield func(Hash, error) bool) {
		file, err := f.fsys.Open(name)
		if err != nil {
			yield(Hash{}, fmt.Errorf("misp: feed: %w", err))
			return
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(make([]byte, 0, 256), 256)
		for n := 1; lines.Scan(); n++ {
			text := strings.TrimSpace(lines.Text())
			if text == "" {
				continue
			}
			var h Hash
			value, event, ok := strings.Cut(text, ",")
			if k, err := hex.Decode(h.Value[:], []byte(value[:min(len(value), 2*md5.Size)])); err != nil || k != md5.Size || len(value) != 2*md5.Size || !ok || !isUUID(event) {
				yield(Hash{}, fmt.Errorf("misp: feed: %s line %d: %w: want 32 hexadecimal digits, a comma and a UUID, found %s", name, n, ErrInvalid, excerpt(text)))
				return
			}
			h.Event = event
			if n > MaxHashes {
				yield(Hash{}, fmt.Errorf("misp: feed: %s: %w: more than %d lines", name, ErrInvalid, MaxHashes))
				return
			}
			if !yield(h, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Hash{}, fmt.Errorf("misp: feed: %s: %w", name, err))
		}
	}
}

// Find returns the UUIDs of the events that hold one of the given values, from
// hashes.csv alone: by value, in the order of the file. It reads the file once,
// and no event.
func (f *Feed) Find(values ...string) (map[string][]string, error) {
	wanted := make(map[[md5.Size]byte]string, len(values))
	for _, v := range values {
		wanted[HashOf(v)] = v
	}
	found := make(map[string][]string)
	for h, err := range f.Hashes() {
		if err != nil {
			return nil, err
		}
		if v, ok := wanted[h.Value]; ok {
			found[v] = append(found[v], h.Event)
		}
	}
	return found, nil
}
