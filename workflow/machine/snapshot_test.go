package machine_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/workflow/machine"
)

// seal gives the body of a snapshot the checksum that Snapshot documents.
func seal(body []byte) []byte {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return binary.LittleEndian.AppendUint32(slices.Clone(body), sum)
}

func unseal(snapshot []byte) []byte { return snapshot[:len(snapshot)-4] }

// pester applies events that need not fit to a machine, for which it must not
// panic: each is made of a few bytes.
func pester(m *machine.Machine, bytes []byte) {
	const size = 6
	for len(bytes) >= size && m.Len() < 1<<12 {
		b := bytes[:size]
		bytes = bytes[size:]
		ev := machine.Event{Kind: machine.EventKind(b[0] % 15), Outcome: machine.Outcome(b[2] % 7), Class: machine.Class(b[3] % 7),
			Timer: machine.Timer(b[4] % 10), N: int64(b[5]%20) - 1, At: m.Now() + int64(b[5])}
		if ev.Inst = -1; m.Len() > 0 && b[1] < 250 {
			ev.Inst = machine.Inst(int(b[1]) % m.Len())
			ev.Attempt = m.Attempt(ev.Inst)
		}
		if ev.Kind == machine.EvUndone || ev.Kind == machine.EvSignal {
			ev.Attempt = int32(b[3] % 4)
		}
		_ = m.Apply(ev)
		m.Reset()
	}
}

// finish lets whatever is under way end, and starts a new generation.
func finish(m *machine.Machine) {
	for _, ev := range []machine.Event{{Kind: machine.EvCancel, Inst: -1}, {Kind: machine.EvRerun, N: machine.RerunAnew}, {Kind: machine.EvFault, Inst: -1}} {
		for i := machine.Inst(0); int(i) < m.Len() && i < 1<<12; i++ {
			for _, k := range []machine.EventKind{machine.EvEnded, machine.EvDecided, machine.EvAnswer, machine.EvGranted} {
				_ = m.Apply(machine.Event{Kind: k, Inst: i, Attempt: m.Attempt(i), Outcome: machine.Succeeded, N: 1})
				m.Reset()
			}
		}
		_ = m.Apply(ev)
		m.Reset()
	}
}

// A snapshot of which one byte was damaged is refused, and where only the checksum
// could tell, no event makes the machine panic.
func TestDamagedSnapshots(t *testing.T) {
	accepted := 0
	for seed := range uint64(40) {
		w := runWalk(t, seed)
		g, err := machine.Compile(w.shape)
		if err != nil {
			t.Fatal(err)
		}
		m := machine.New(g)
		rng := rand.New(rand.NewPCG(seed, 7))
		for _, ev := range w.log[:rng.IntN(len(w.log)+1)] {
			if err := m.Apply(ev); err != nil {
				t.Fatal(err)
			}
			m.Reset()
		}
		snapshot := m.Snapshot()
		for range 100 {
			bad := slices.Clone(snapshot)
			bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
			if _, err := machine.Restore(g, bad); !errors.Is(err, machine.ErrSnapshot) {
				t.Fatalf("a damaged snapshot: %v", err)
			}
			x, err := machine.Restore(g, seal(unseal(bad)))
			if err != nil {
				continue
			}
			accepted++
			events := make([]byte, 240)
			for i := range events {
				events[i] = byte(rng.Uint32())
			}
			pester(x, events)
			finish(x)
		}
	}
	t.Logf("%d damages are states that a run could be in", accepted)
}

// Restore takes any bytes without a panic, and so does what it returns any events.
func FuzzRestore(f *testing.F) {
	graphs := make([]*machine.Graph, 16)
	for seed := range graphs {
		w := runWalk(f, uint64(seed))
		g, err := machine.Compile(w.shape)
		if err != nil {
			f.Fatal(err)
		}
		graphs[seed] = g
		m := machine.New(g)
		f.Add(byte(seed), unseal(m.Snapshot()), []byte("startsendeddecidtimers"))
		for i, ev := range w.log {
			if err := m.Apply(ev); err != nil {
				f.Fatal(err)
			}
			if m.Reset(); i%5 == 0 {
				f.Add(byte(seed), unseal(m.Snapshot()), []byte("endedsdecidesanswertimersundone"))
			}
		}
		f.Add(byte(seed), unseal(m.Snapshot()), []byte{12, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, seed byte, body, events []byte) {
		g := graphs[int(seed)%len(graphs)]
		m, err := machine.Restore(g, seal(body))
		if err != nil {
			if !errors.Is(err, machine.ErrSnapshot) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		if again, err := machine.Restore(g, m.Snapshot()); err != nil || cmp.Diff(m.Snapshot(), again.Snapshot()) != "" {
			t.Errorf("a restored machine does not restore: %v", err)
		}
		pester(m, events)
		finish(m)
	})
}
