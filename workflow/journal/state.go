package journal

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Names in a journal's directory beside the segments.
const (
	lockName  = "LOCK"     // locked while the journal is open; empty
	stateName = "STATE"    // who opened it last, see state
	tmpSuffix = ".tmp"     // a file that is being made; removed by Open
	nextName  = "next.tmp" // the segment that will be needed next
)

// A state is the content of the STATE file. It is replaced as a whole, so the
// writer that finds another file than its own knows that it has been overtaken.
type state struct {
	Format  int       `json:"format"`
	Journal string    `json:"journal"`         // number of the journal, in hex
	Epoch   uint64    `json:"epoch"`           // one more at each opening
	PID     int       `json:"pid"`             // of the process that opened it
	Host    string    `json:"host"`            // on which it runs
	Since   time.Time `json:"since"`           // when it did
	Last    uint64    `json:"last"`            // number of the newest segment
	Clean   *cleanEnd `json:"clean,omitempty"` // where the journal ended when it was closed
}

// A cleanEnd is what the end of the journal must be after a clean shutdown.
type cleanEnd struct {
	Segment uint64 `json:"segment"`
	Offset  int64  `json:"offset"`
	Sum     uint32 `json:"sum"`
}

// readState returns nil if there is no STATE file.
func readState(fsys FS, dir string) (*state, error) {
	name := filepath.Join(dir, stateName)
	b, err := readSmall(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, ioError(name, "cannot be read", err)
	}
	s := new(state)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, &Error{Kind: ErrCorrupt, File: name, Offset: -1, Err: err,
			Advice: "restore the file from a copy, or remove it: what is lost is only the check that the end of the journal is all there, as Recovery then says"}
	}
	if s.Format != formatVersion {
		return nil, &Error{Kind: ErrVersion, File: name, Offset: -1,
			Detail: fmt.Sprintf("it is version %d, this package knows version %d", s.Format, formatVersion),
			Advice: "open the journal with the version that wrote it, or a later one"}
	}
	return s, nil
}

func readSmall(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := (&cursor{file: f}).at(0, 4<<10)
	return b, err
}

// writeState puts a new STATE file in place, durably, and returns what tells it
// from any other.
func writeState(fsys FS, dir string, s *state) (Identity, error) {
	name := filepath.Join(dir, stateName)
	b, err := json.Marshal(s)
	if err != nil {
		return Identity{}, fmt.Errorf("journal: %w", err)
	}
	if err := writeFile(fsys, name+tmpSuffix, append(b, '\n')); err != nil {
		return Identity{}, err
	}
	if err := fsys.Rename(name+tmpSuffix, name); err != nil {
		return Identity{}, ioError(name, "cannot be replaced", err)
	}
	if err := fsys.SyncDir(dir); err != nil {
		return Identity{}, ioError(dir, "cannot be synced", err)
	}
	id, err := fsys.Identity(name)
	if err != nil {
		return Identity{}, ioError(name, "cannot be read", err)
	}
	return id, nil
}

func writeFile(fsys FS, name string, b []byte) error {
	f, err := fsys.Create(name)
	if errors.Is(err, fs.ErrExist) {
		// Left by a process that stopped; whoever holds the lock may remove it.
		if err = fsys.Remove(name); err == nil {
			f, err = fsys.Create(name)
		}
	}
	if err != nil {
		return ioError(name, "cannot be made", err)
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return ioError(name, "cannot be written", err)
	}
	return nil
}

// fence fails if another writer has put its STATE in place of ours. The lock
// prevents that; the check is for file systems on which locks do not work, and
// for people who remove lock files.
func (f *File) fence() error {
	name := f.stateFile
	there, err := f.fs.Identity(name)
	if err == nil && there == f.mine {
		return nil
	}
	e := &Error{Kind: ErrStaleEpoch, File: name, Offset: -1,
		Detail: fmt.Sprintf("this process opened the journal as epoch %d", f.state.Epoch),
		Advice: "end one of the two; what this one had acknowledged is kept"}
	if err != nil {
		e.Err = err
	} else if other, err := readState(f.fs, f.dir); err == nil && other != nil {
		e.Detail += fmt.Sprintf(", process %d on %s as epoch %d", other.PID, other.Host, other.Epoch)
	}
	return e
}

// newState is that of this process.
func newState(journal [16]byte, epoch uint64) state {
	host, _ := os.Hostname() // for people to read; empty if unknown
	return state{
		Format:  formatVersion,
		Journal: hex.EncodeToString(journal[:]),
		Epoch:   epoch,
		PID:     os.Getpid(),
		Host:    host,
		Since:   time.Now().UTC(),
	}
}

// ioError gives an error of the operating system its kind.
func ioError(name, detail string, err error) *Error {
	e := &Error{Kind: ErrReadOnly, File: name, Offset: -1, Detail: detail, Err: err,
		Advice: "look at the disk and at the system's log, then open the journal again"}
	switch {
	case isNoSpace(err):
		e.Kind, e.Advice = ErrNoSpace, "free some space or raise the quota, then open the journal again"
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		e.Advice = "give this process the right to write there, then open the journal again"
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Advice = ErrMissingSegment, adviceRestore
	}
	return e
}
