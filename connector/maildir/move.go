package maildir

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"time"

	"github.com/soarkit/soarkit/connector"
)

// A record says who put a message into quarantine, and where it came from.
type record struct {
	Owner string    `json:"owner"`
	Plan  string    `json:"plan"` // ID of the plan
	Key   string    `json:"key,omitempty"`
	From  string    `json:"from"` // path below the directory of the maildirs
	At    time.Time `json:"at"`
}

const maxRecord = 64 << 10

func recordPath(mailbox, unique string) string { return path.Join(mailbox, records, unique+".json") }

func (m *responder) readRecord(mailbox, unique string) (record, bool) {
	file, err := m.Dir.Open(recordPath(mailbox, unique))
	if err != nil {
		return record{}, false
	}
	defer file.Close()
	var r record
	err = json.NewDecoder(io.LimitReader(file, maxRecord)).Decode(&r)
	return r, err == nil && r.Owner == m.Owner
}

// writeRecord replaces a record atomically, and returns when it is on disk.
func (m *responder) writeRecord(mailbox, unique string, r record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	final := recordPath(mailbox, unique)
	draft := final + "." + r.Plan[:min(len(r.Plan), 16)] + ".tmp" // another process may write its own
	file, err := m.Dir.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return m.Dir.Rename(draft, final)
}

// A draft belongs to nobody after draftLife: who writes one renames it at once. If
// its writer should be alive after all, it fails to, and plans anew.
const draftLife = time.Hour

var draftName = regexp.MustCompile(`\.json\.[0-9a-f]{16}\.tmp$`)

// sweep removes, from the mailboxes that a plan is about, the drafts of records
// that a process left behind when it was killed. No later plan would, as each has
// names of its own.
func (m *responder) sweep(changes []connector.Change) {
	swept := ""
	for _, c := range changes { // ordered by mailbox
		if at, ok := parsePlace(c.Object); ok && at.mailbox != swept {
			swept = at.mailbox
			m.sweepMailbox(at.mailbox)
		}
	}
}

func (m *responder) sweepMailbox(mailbox string) {
	drafts, _ := m.list(path.Join(mailbox, records), func(e fs.DirEntry) bool {
		return e.Type().IsRegular() && draftName.MatchString(e.Name())
	})
	for _, name := range drafts {
		draft := path.Join(mailbox, records, name)
		if info, err := m.Dir.Lstat(draft); err == nil && time.Since(info.ModTime()) > draftLife {
			_ = m.Dir.Remove(draft) // what stays is looked at the next time
		}
	}
}

// take moves a message into quarantine. It is safe to repeat after a crash at
// any point: the record comes first, then the link, then the removal.
func (m *responder) take(p place, r record) (to place, err error) {
	for _, dir := range []string{quarantine + "/cur", quarantine + "/new", quarantine + "/tmp", records} {
		if err := m.Dir.MkdirAll(path.Join(p.mailbox, dir), 0o700); err != nil {
			return place{}, err
		}
	}
	// Maildir++ marks folders with an empty file of this name.
	marker, err := m.Dir.OpenFile(path.Join(p.mailbox, quarantine, "maildirfolder"), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return place{}, err
	}
	if err := marker.Close(); err != nil {
		return place{}, err
	}
	if err := m.writeRecord(p.mailbox, p.unique(), r); err != nil {
		return place{}, err
	}
	to = place{p.mailbox, quarantine, p.sub, p.name}
	return to, m.move(p.path(), to.path())
}

// move links and removes. Unlike a rename it never overwrites.
func (m *responder) move(from, to string) error {
	err := m.Dir.Link(from, to)
	if errors.Is(err, fs.ErrExist) {
		a, errA := m.Dir.Lstat(from)
		b, errB := m.Dir.Lstat(to)
		if errA != nil || errB != nil || !os.SameFile(a, b) {
			return connector.Errorf(connector.ErrConflict, "%s is there already and is another message", to)
		}
	} else if errors.Is(err, fs.ErrNotExist) {
		return connector.Errorf(connector.ErrConflict, "%s is gone: its reader or somebody else has moved it; plan anew", from)
	} else if err != nil {
		return err
	}
	if err := m.Dir.Remove(from); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return m.sync(path.Dir(from), path.Dir(to))
}

// sync makes the names in the directories durable.
func (m *responder) sync(dirs ...string) error {
	for _, dir := range dirs {
		file, err := m.Dir.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// restore puts a quarantined message back to where its record says.
func (m *responder) restore(mailbox, unique string, r record) (Move, error) {
	at, ok := m.locate(mailbox, unique)
	if !ok {
		return Move{}, connector.Errorf(connector.ErrConflict, "it is not in quarantine any more")
	}
	to, ok := parsePlace(r.From)
	if !ok || to.mailbox != mailbox || to.quarantined() {
		return Move{}, connector.Errorf(connector.ErrConflict, "its record names no place in the mailbox to put it back to")
	}
	to.name = at.name // with the flags that it has now
	if err := m.Dir.MkdirAll(path.Dir(to.path()), 0o700); err != nil {
		return Move{}, failure(err, "the folder %s cannot be made", path.Dir(to.path()))
	}
	if err := m.move(at.path(), to.path()); err != nil {
		return Move{}, err
	}
	if err := m.Dir.Remove(recordPath(mailbox, unique)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Move{}, failure(err, "the record of %s cannot be removed", to.path())
	}
	return Move{Mailbox: mailbox, From: at.path(), To: to.path()}, nil
}
