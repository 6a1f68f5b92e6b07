package blocklist

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/atomicfile"
)

// update changes the ledger under the lock, and writes what follows from it:
// first the ledger, then list and zone. If a crash comes between, the next update
// completes it. Where nothing has changed, nothing is written.
func (b *blocklist) update(ctx context.Context, change func(*ledger, time.Time) error) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	unlock, err := lock(ctx, b.Dir, b.Ledger+".lock")
	if err != nil {
		return err
	}
	defer func() {
		if uerr := unlock(); err == nil && uerr != nil {
			err = fileError("unlock", b.Ledger+".lock", uerr)
		}
	}()
	l, err := b.load()
	if err != nil {
		return err
	}
	present, err := b.ownFiles(l)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // from here on the update is carried through
		return err
	}
	before := encodeEntries(l)
	now := time.Now().UTC().Round(0)
	if err := change(l, now); err != nil {
		return err
	}
	return b.write(l, present, now, bytes.Equal(before, encodeEntries(l)))
}

func encodeEntries(l *ledger) []byte {
	data, err := json.Marshal(l.Entries)
	if err != nil {
		panic("blocklist: entries cannot be encoded: " + err.Error()) // they are plain data
	}
	return data
}

// write brings the files into line with the ledger. present holds the digests of
// the files as they are.
func (b *blocklist) write(l *ledger, present map[string]string, now time.Time, same bool) error {
	contents := b.render(l)
	stale := func(name string) bool { return present[name] != digest(contents[name]) }
	if same && !slices.ContainsFunc(b.files(), stale) {
		return nil
	}
	if b.Zone != "" && stale(b.Zone) {
		// A zone that changes needs a greater serial, or its secondaries do not see it.
		l.Serial = max(l.Serial+1, uint32(now.Unix()))
		contents = b.render(l)
	}
	for name, data := range contents {
		// Until it is replaced, the file has its present content.
		l.Written[name] = slices.DeleteFunc([]string{present[name], digest(data)}, func(d string) bool { return d == "" })
	}
	if err := b.save(l); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		if err := atomicfile.Replace(b.Dir, name, contents[name], 0o644); err != nil {
			return fileError("write", name, err)
		}
	}
	return nil
}

// snapshot reads the ledger without the lock, and looks whether the files are
// ours. One that does not fit may have been written since the ledger was read:
// it is a stranger's only if the ledger has not changed meanwhile.
func (b *blocklist) snapshot(ctx context.Context) (*ledger, error) {
	l, err := b.load()
	for err == nil {
		_, foreign := b.ownFiles(l)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !errors.Is(foreign, connector.ErrConflict) {
			return l, foreign
		}
		was := l.Written
		if l, err = b.load(); err == nil && maps.EqualFunc(was, l.Written, slices.Equal) {
			return nil, foreign
		}
	}
	return nil, err
}

// ownFiles returns the digests of list and zone, "" for one that is not there. It
// refuses files whose content is not what this package wrote last.
func (b *blocklist) ownFiles(l *ledger) (map[string]string, error) {
	present := map[string]string{}
	for _, name := range b.files() {
		data, err := b.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fileError("read", name, err)
		}
		present[name] = digest(data)
		if !slices.Contains(l.Written[name], present[name]) {
			return nil, connector.Errorf(connector.ErrConflict,
				"the file %s was made or changed by somebody else, and is not overwritten; look at it, then move it away to have it written anew", name)
		}
	}
	return present, nil
}
