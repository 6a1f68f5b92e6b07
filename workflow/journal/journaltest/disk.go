package journaltest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/soarkit/soarkit/workflow/journal"
)

// ErrPowerLost is what every operation of a [Disk] returns after its power was
// lost.
var ErrPowerLost = errors.New("journaltest: the disk has no power")

const sector = 512

// A Disk is a file system in memory with the weaknesses of real ones: writes
// are kept apart from what has been synced, and creations, renames and removals
// from the directories that have been synced. The zero value is an empty disk.
// It is safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	names   map[string]*node // what a process sees
	durable map[string]*node // what is there after a loss of power
	locks   map[string]bool
	ops     int
	loseAt  int // operation at which the power is lost; 0 is never
	dead    bool
	torn    lostWrite // at which the power was lost
	inodes  uint64
	clock   int64

	failSync  int // syncs until one fails; 0 is never
	syncError error
	capacity  int64 // bytes of all files; 0 is unlimited
	readOnly  bool
	owner     int
}

type node struct {
	inode  uint64
	mod    int64
	data   []byte
	synced []byte
	dirty  map[int64]bool // sectors written since the last sync
}

// A lostWrite is what one call of WriteAt was to put where.
type lostWrite struct {
	name string
	at   int64
	data []byte
}

// LosePowerAt makes the n-th operation that changes something from now on, and
// all later ones of any kind, fail with ErrPowerLost. If it is a write, some of
// it may have reached the disk.
func (d *Disk) LosePowerAt(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loseAt = d.ops + n
}

// Operations counts the operations that changed something: creations, writes,
// syncs, renames, removals.
func (d *Disk) Operations() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// FailSync makes the n-th sync of a file from now on fail with err.
func (d *Disk) FailSync(n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failSync, d.syncError = n, err
}

// Limit sets how many bytes all files together may have; a write beyond it
// fails with ENOSPC. Zero is no limit.
func (d *Disk) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.capacity = bytes
}

// ReadOnly makes everything that changes something fail with EROFS.
func (d *Disk) ReadOnly(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readOnly = on
}

// SetOwner gives all files to a user; the process is always user 0.
func (d *Disk) SetOwner(user int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owner = user
}

// Restart returns the disk as it is after its power was lost and came back. Of
// what had not been synced nothing is left if seed is zero. For any other seed a
// choice depending on it is left: each sector as it was, as it was written, or
// written up to some byte; each change to a directory or not.
func (d *Disk) Restart(seed uint64) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	random := rand.New(rand.NewPCG(seed, 1))
	names := maps.Clone(d.durable)
	if seed != 0 && random.IntN(2) == 0 {
		names = maps.Clone(d.names)
	}
	after := &Disk{inodes: d.inodes, clock: d.clock, owner: d.owner,
		names: make(map[string]*node), durable: make(map[string]*node)}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n := names[name].survivor(seed, random)
		after.names[name], after.durable[name] = n, n
	}
	return after
}

// Torn returns what was being written when the power was lost, nil if it was lost
// at another operation.
func (d *Disk) Torn() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.torn.data)
}

// RestartTorn returns the disk as Restart(0) does, but with the first n bytes of
// what Torn returns on it.
func (d *Disk) RestartTorn(n int) *Disk {
	after := d.Restart(0)
	if left := after.names[d.torn.name]; left != nil {
		for _, to := range []*[]byte{&left.data, &left.synced} {
			if grow := int(d.torn.at) + n - len(*to); grow > 0 {
				*to = append(*to, make([]byte, grow)...)
			}
			copy((*to)[d.torn.at:], d.torn.data[:n])
		}
	}
	return after
}

func (n *node) survivor(seed uint64, random *rand.Rand) *node {
	left := bytes.Clone(n.synced)
	for _, at := range slices.Sorted(maps.Keys(n.dirty)) {
		if seed == 0 {
			break
		}
		from, to := at*sector, min((at+1)*sector, int64(len(n.data)))
		switch random.IntN(3) {
		case 0:
			continue
		case 1:
			to = from + random.Int64N(to-from+1)
		}
		if int64(len(left)) < to {
			left = append(left, make([]byte, to-int64(len(left)))...)
		}
		copy(left[from:to], n.data[from:to])
	}
	return &node{inode: n.inode, mod: n.mod, data: left, synced: bytes.Clone(left)}
}

// Kill returns the disk as the next process sees it after the one before died
// without the power being lost: all that was written is there, no lock is held.
func (d *Disk) Kill() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := &Disk{inodes: d.inodes, clock: d.clock, owner: d.owner,
		names: make(map[string]*node), durable: make(map[string]*node)}
	for name, n := range d.names {
		after.names[name] = &node{inode: n.inode, mod: n.mod,
			data: bytes.Clone(n.data), synced: bytes.Clone(n.synced), dirty: maps.Clone(n.dirty)}
	}
	for name, n := range d.durable {
		if d.names[name] == n {
			after.durable[name] = after.names[name]
		} else {
			after.durable[name] = n
		}
	}
	return after
}

// WithoutLocks returns a view of the same files for another process on which
// locks are not respected.
func (d *Disk) WithoutLocks() journal.FS { return unlocked{d} }

type unlocked struct{ *Disk }

func (unlocked) Lock(string) (io.Closer, error) { return unlocker(func() {}), nil }

// Files returns the names of all files, sorted.
func (d *Disk) Files() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.names))
}

// Data returns a copy of a file, nil if there is none.
func (d *Disk) Data(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.names[name]; n != nil {
		return bytes.Clone(n.data)
	}
	return nil
}

// SetData puts a file in place, durably. Nil removes it.
func (d *Disk) SetData(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.init()
	if data == nil {
		delete(d.names, name)
		delete(d.durable, name)
		return
	}
	n := d.newNode()
	n.data, n.synced = bytes.Clone(data), bytes.Clone(data)
	d.names[name], d.durable[name] = n, n
}

// Flip turns one bit of a file over.
func (d *Disk) Flip(name string, bit int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[name]
	n.data[bit/8] ^= 1 << (bit % 8)
	n.synced = bytes.Clone(n.data)
}

func (d *Disk) init() {
	if d.names == nil {
		d.names, d.durable = make(map[string]*node), make(map[string]*node)
	}
}

func (d *Disk) newNode() *node {
	d.inodes++
	d.clock++
	return &node{inode: d.inodes, mod: d.clock}
}

// change counts an operation and says why it cannot be done, if so.
func (d *Disk) change(op, name string) error {
	d.init()
	if d.dead {
		return &fs.PathError{Op: op, Path: name, Err: ErrPowerLost}
	}
	if d.readOnly {
		return &fs.PathError{Op: op, Path: name, Err: syscall.EROFS}
	}
	d.ops++
	if d.ops == d.loseAt {
		d.dead = true
		return &fs.PathError{Op: op, Path: name, Err: ErrPowerLost}
	}
	return nil
}

// MkdirAll does nothing: directories are there when a file is.
func (d *Disk) MkdirAll(string) error { return nil }

// Open opens a file.
func (d *Disk) Open(name string) (journal.FSFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrPowerLost}
	}
	n := d.names[name]
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{d, name, n}, nil
}

// Create makes a file.
func (d *Disk) Create(name string) (journal.FSFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("create", name); err != nil {
		return nil, err
	}
	if d.names[name] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	n := d.newNode()
	d.names[name] = n
	return &file{d, name, n}, nil
}

// ReadDir returns the names in a directory.
func (d *Disk) ReadDir(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name := range d.names {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// Identity tells a file from its successors.
func (d *Disk) Identity(name string) (journal.Identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[name]
	switch {
	case d.dead:
		return journal.Identity{}, &fs.PathError{Op: "stat", Path: name, Err: ErrPowerLost}
	case n == nil:
		return journal.Identity{}, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return journal.Identity{Inode: n.inode, ModTime: n.mod, Size: int64(len(n.data))}, nil
}

// Owner returns the user given to SetOwner, and 0.
func (d *Disk) Owner(string) (owner, self int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.owner, 0, nil
}

// Rename puts a file in place of another.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("rename", from); err != nil {
		return err
	}
	n := d.names[from]
	if n == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	d.names[to] = n
	delete(d.names, from)
	return nil
}

// Remove removes a file.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("remove", name); err != nil {
		return err
	}
	if d.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(d.names, name)
	return nil
}

// SyncDir makes the names in a directory durable.
func (d *Disk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("sync", dir); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	maps.DeleteFunc(d.durable, func(name string, _ *node) bool { return filepath.Dir(name) == dir })
	for name, n := range d.names {
		if filepath.Dir(name) == dir {
			d.durable[name] = n
		}
	}
	return nil
}

// Lock takes a lock that Kill and Restart give up.
func (d *Disk) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.readOnly {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: syscall.EROFS}
	}
	if d.locks[name] {
		return nil, journal.ErrLocked
	}
	if d.locks == nil {
		d.locks = make(map[string]bool)
	}
	d.locks[name] = true
	return unlocker(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.locks, name)
	}), nil
}

type unlocker func()

func (u unlocker) Close() error { u(); return nil }

// A file is an open file of a Disk.
type file struct {
	disk *Disk
	name string
	node *node
}

func (f *file) ReadAt(b []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.dead {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: ErrPowerLost}
	}
	if at >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(b []byte, at int64) (int, error) {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	wasDead := d.dead
	err := d.change("write", f.name)
	if err != nil && (wasDead || !d.dead) {
		return 0, err
	}
	// The write that loses the power is noted all the same: Restart decides
	// which of its sectors reached the disk.
	if spaceErr := d.reserve(f.node, at+int64(len(b))); spaceErr != nil {
		return 0, &fs.PathError{Op: "write", Path: f.name, Err: spaceErr}
	}
	if grow := at + int64(len(b)) - int64(len(f.node.data)); grow > 0 {
		f.node.data = append(f.node.data, make([]byte, grow)...)
	}
	copy(f.node.data[at:], b)
	if f.node.dirty == nil {
		f.node.dirty = make(map[int64]bool)
	}
	for s := at / sector; s*sector < at+int64(len(b)); s++ {
		f.node.dirty[s] = true
	}
	if err != nil {
		d.torn = lostWrite{f.name, at, bytes.Clone(b)}
		return 0, err
	}
	return len(b), nil
}

func (d *Disk) reserve(n *node, size int64) error {
	if d.capacity == 0 || size <= int64(len(n.data)) {
		return nil
	}
	used := size - int64(len(n.data))
	for _, n := range d.names {
		used += int64(len(n.data))
	}
	if used > d.capacity {
		return syscall.ENOSPC
	}
	return nil
}

func (f *file) Sync() error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("sync", f.name); err != nil {
		return err
	}
	if d.failSync > 0 {
		if d.failSync--; d.failSync == 0 {
			// As on Linux: the pages count as clean although they are not on the disk.
			return &fs.PathError{Op: "sync", Path: f.name, Err: d.syncError}
		}
	}
	f.node.sync()
	return nil
}

func (n *node) sync() {
	if len(n.synced) > len(n.data) {
		n.synced = n.synced[:len(n.data)]
	}
	n.synced = append(n.synced, make([]byte, len(n.data)-len(n.synced))...)
	for s := range n.dirty {
		from, to := s*sector, min((s+1)*sector, int64(len(n.data)))
		copy(n.synced[from:to], n.data[from:to])
	}
	clear(n.dirty)
}

func (f *file) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.node.data)), nil
}

func (f *file) Close() error { return nil }
