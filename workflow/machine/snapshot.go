package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// ErrSnapshot is the kind of every error of [Restore].
var ErrSnapshot = errors.New("machine: bad snapshot")

const snapshotVersion = 2

// Snapshot returns the state of the run as bytes: the same state gives the same
// bytes. It must be taken between events, with no commands outstanding. The last
// four bytes are the CRC-32C of the others, little-endian.
func (m *Machine) Snapshot() []byte {
	w := snapshotWriter{b: make([]byte, 0, 64+len(m.nodes)*12+len(m.frames)*24)}
	w.num(snapshotVersion, int64(len(m.g.template)), int64(len(m.g.frames)), int64(len(m.g.succ)))
	w.num(int64(m.seed), m.now, int64(m.undoing), int64(m.undoTry), int64(m.gen), int64(m.from), int64(m.status), int64(m.holds[0]), int64(m.holds[1]), int64(m.most))
	w.flag(m.undoIt, m.failures, m.faulted)
	w.num(int64(len(m.nodes)))
	for i := range m.nodes {
		s := &m.nodes[i]
		w.num(int64(s.frame), int64(s.pending), int64(s.attempt), int64(s.extra), int64(s.via),
			int64(s.phase), int64(s.outcome), int64(s.flags), int64(s.cause))
	}
	w.num(int64(len(m.frames)))
	for i := range m.frames {
		f := &m.frames[i]
		w.num(int64(f.def), int64(f.base), int64(f.owner), int64(f.parent), int64(f.index), int64(f.open), int64(f.failed),
			int64(f.handler), int64(f.prev), int64(f.next), int64(f.hash), int64(f.state), int64(f.outcome), int64(f.cause))
		w.flag(f.handle, f.doomed)
	}
	w.num(int64(len(m.extras)))
	for i := range m.extras {
		x := &m.extras[i]
		w.num(x.first, int64(x.open), int64(x.running), int64(x.next), int64(x.count), int64(x.again))
		w.flag(x.failed, x.empty, x.stepOn, x.spawning)
	}
	w.insts(m.held)
	w.insts(m.line)
	w.num(int64(len(m.undo)))
	for _, e := range m.undo {
		w.num(int64(e.inst), int64(e.gen))
		w.flag(e.undone, e.stale)
	}
	w.num(int64(len(m.waiting)))
	for _, x := range m.waiting {
		w.num(int64(x.inst), int64(x.name))
	}
	w.num(int64(len(m.buffer)))
	for _, x := range m.buffer {
		w.num(int64(x.name), x.seq)
	}
	return binary.LittleEndian.AppendUint32(w.b, checksum(w.b))
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

type snapshotWriter struct{ b []byte }

func (w *snapshotWriter) num(list ...int64) {
	for _, n := range list {
		w.b = binary.AppendVarint(w.b, n)
	}
}

func (w *snapshotWriter) flag(list ...bool) {
	n := int64(0)
	for i, f := range list {
		if f {
			n |= 1 << i
		}
	}
	w.num(n)
}

func (w *snapshotWriter) insts(list []Inst) {
	w.num(int64(len(list)))
	for _, i := range list {
		w.num(int64(i))
	}
}

// Restore makes a machine from what [Machine.Snapshot] returned for a run of the
// same graph. It checks the sum of its bytes, every number, and that the parts fit
// together, so that a damaged snapshot is an error and not a panic later; that it
// is the same graph, its fingerprint must say.
func Restore(g *Graph, snapshot []byte) (m *Machine, err error) {
	body := len(snapshot) - 4
	if body < 0 || binary.LittleEndian.Uint32(snapshot[body:]) != checksum(snapshot[:body]) {
		return nil, fmt.Errorf("%w: it is damaged: its checksum differs", ErrSnapshot)
	}
	r := snapshotReader{b: snapshot[:body]}
	m = &Machine{g: g}
	if v := r.num(); r.err == nil && v != snapshotVersion {
		return nil, fmt.Errorf("%w: version %d, this is %d", ErrSnapshot, v, snapshotVersion)
	}
	if r.num() != int64(len(g.template)) || r.num() != int64(len(g.frames)) || r.num() != int64(len(g.succ)) {
		return nil, fmt.Errorf("%w: of another graph", ErrSnapshot)
	}
	m.seed, m.now = uint64(r.num()), r.num()
	m.undoing, m.undoTry, m.gen, m.from = int(r.num()), r.num32(), r.num32(), Inst(r.num32())
	m.status = Status(r.upTo(int64(RunAborted)))
	m.holds = [2]Hold{Hold(r.upTo(int64(HoldAll))), Hold(r.upTo(int64(HoldAll)))}
	m.hold, m.most = max(m.holds[0], m.holds[1]), int32(r.upTo(1<<30))
	r.flags(&m.undoIt, &m.failures, &m.faulted)
	r.nodes(m)
	r.frames(m)
	r.extras(m)
	m.held, m.line = r.insts(m), r.insts(m)
	r.effects(m)
	for range r.length() {
		m.waiting = append(m.waiting, waiter{Inst(r.below(len(m.nodes))), int32(r.below(g.signals))})
	}
	for range r.length() {
		m.buffer = append(m.buffer, signal{int32(r.below(g.signals)), r.num()})
	}
	if r.err == nil && (len(r.b) > 0 || m.undoing < -1 || m.undoing >= len(m.undo)) {
		r.fail("has %d bytes too many, or undoes what is not there", len(r.b))
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := m.checkTree(); err != nil {
		return nil, err
	}
	if err := m.sound(); err != nil {
		return nil, err
	}
	return m, nil
}

type snapshotReader struct {
	b   []byte
	err error
}

func (r *snapshotReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, fmt.Sprintf(format, args...))
	}
	r.b = nil
}

func (r *snapshotReader) num() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail("is cut short")
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *snapshotReader) num32() int32 {
	n := r.num()
	if n < math.MinInt32 || n > math.MaxInt32 {
		r.fail("holds %d where 32 bits are enough", n)
		return 0
	}
	return int32(n)
}

func (r *snapshotReader) upTo(most int64) int64 {
	n := r.num()
	if n < 0 || n > most {
		r.fail("holds %d where at most %d is possible", n, most)
		return 0
	}
	return n
}

func (r *snapshotReader) below(n int) int64 { return r.upTo(int64(n) - 1) }

// orNone reads an index or -1.
func (r *snapshotReader) orNone(n int) int64 {
	if v := r.num(); v >= -1 && v < int64(n) {
		return v
	}
	r.fail("holds an index out of range")
	return -1
}

func (r *snapshotReader) flags(list ...*bool) {
	n := r.upTo(1<<len(list) - 1)
	for i, f := range list {
		*f = n&(1<<i) != 0
	}
}

// length reads a number of entries: each takes at least a byte, so it cannot be
// more than what is left.
func (r *snapshotReader) length() int64 { return r.upTo(int64(len(r.b))) }

func (r *snapshotReader) nodes(m *Machine) {
	n := r.length()
	m.nodes = make([]nodeState, 0, n)
	for range n {
		s := nodeState{frame: FrameInst(r.num32()), pending: r.num32(), attempt: r.num32(), extra: r.num32(), via: r.num32(),
			phase: phase(r.below(int(phases))), outcome: Outcome(r.upTo(int64(Cancelled))), flags: uint8(r.upTo(math.MaxUint8)), cause: Cause(r.upTo(int64(TooManyInstances)))}
		m.counts[s.phase]++
		m.nodes = append(m.nodes, s)
	}
}

func (r *snapshotReader) frames(m *Machine) {
	n := r.length()
	m.frames = make([]frameInst, 0, n)
	for range n {
		f := frameInst{def: int32(r.below(len(m.g.frames))), base: Inst(r.upTo(int64(len(m.nodes)))), owner: Inst(r.num32()), parent: FrameInst(r.orNone(int(n))),
			index: r.num32(), open: r.num32(), failed: Inst(r.orNone(len(m.nodes))), handler: FrameInst(r.orNone(int(n))),
			prev: FrameInst(r.orNone(int(n))), next: FrameInst(r.orNone(int(n))), hash: uint64(r.num()),
			state: frameState(r.upTo(int64(frameDone))), outcome: Outcome(r.upTo(int64(Cancelled))), cause: Cause(r.upTo(int64(TooManyInstances)))}
		r.flags(&f.handle, &f.doomed)
		m.frames = append(m.frames, f)
	}
}

func (r *snapshotReader) extras(m *Machine) {
	n := r.length()
	for range n {
		x := extra{first: r.num(), open: FrameInst(r.orNone(len(m.frames))), running: r.num32(), next: r.num32(), count: r.num32(),
			again: FrameInst(r.orNone(len(m.frames)))}
		r.flags(&x.failed, &x.empty, &x.stepOn, &x.spawning)
		m.extras = append(m.extras, x)
	}
}

func (r *snapshotReader) effects(m *Machine) {
	for range r.length() {
		e := effect{inst: Inst(r.below(len(m.nodes))), gen: r.num32()}
		r.flags(&e.undone, &e.stale)
		m.undo = append(m.undo, e)
	}
}

func (r *snapshotReader) insts(m *Machine) []Inst {
	var list []Inst
	for range r.length() {
		list = append(list, Inst(r.below(len(m.nodes))))
	}
	return list
}

// checkTree checks that frames cover the nodes without gaps, in order, and that
// every index leads where it can. What nodes have of the definition it fills in.
func (m *Machine) checkTree() error {
	bad := func(what string, i int) error { return fmt.Errorf("%w: %s %d is inconsistent", ErrSnapshot, what, i) }
	at := Inst(0)
	for i := range m.frames {
		f := &m.frames[i]
		count := m.g.frames[f.def].count
		if f.base != at || int(at)+int(count) > len(m.nodes) || f.owner < dropped || int(f.owner) >= len(m.nodes) ||
			f.open < 0 || f.open > count || (i == 0) != (f.parent < 0) || int(f.parent) >= i {
			return bad("frame", i)
		}
		for j := range Inst(count) {
			s := &m.nodes[at+j]
			if s.frame != FrameInst(i) || s.extra < -1 || int(s.extra) >= len(m.extras) || s.via < -1 || s.via >= count {
				return bad("node", int(at+j))
			}
			t := &m.g.template[m.g.frames[f.def].first+int32(j)]
			s.node, s.join, s.plain = t.node, t.join, t.plain
		}
		at += Inst(count)
	}
	if m.from < 0 || int(m.from) >= max(len(m.nodes), 1) {
		return bad("start of the generation at", int(m.from))
	}
	if int(at) != len(m.nodes) || m.status != NotStarted && len(m.frames) == 0 {
		return bad("count of nodes", int(at))
	}
	return nil
}
