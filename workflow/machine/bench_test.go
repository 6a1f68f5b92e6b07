package machine_test

import (
	"testing"

	"github.com/soarkit/soarkit/workflow/machine"
)

func benchShape(layers, width, degree int) machine.Shape {
	f := machine.FrameShape{Handler: -1, Result: -1, Nodes: make([]machine.Node, layers*width)}
	for l := 1; l < layers; l++ {
		for w := range width {
			for d := range degree {
				f.Edges = append(f.Edges, machine.Edge{From: int32((l-1)*width + (w+d)%width), To: int32(l*width + w)})
			}
		}
	}
	return machine.Shape{Frames: []machine.FrameShape{f}}
}

// BenchmarkMachine drives the bare machine: every attempt ends at once. One
// machine is used again and again, which is what reuse of its arrays gives.
func BenchmarkMachine(b *testing.B) {
	for _, c := range []struct {
		name                  string
		layers, width, degree int
	}{{"chain1000", 1000, 1, 1}, {"fan10000", 1, 10_000, 0}, {"layered100x100", 100, 100, 4}} {
		b.Run(c.name, func(b *testing.B) {
			g, err := machine.Compile(benchShape(c.layers, c.width, c.degree))
			if err != nil {
				b.Fatal(err)
			}
			m := machine.New(g)
			var queue []machine.Inst
			steps := 0
			b.ReportAllocs()
			for b.Loop() {
				m.Restart()
				queue = queue[:0]
				err := m.Apply(machine.Event{Kind: machine.EvStart})
				for head := 0; err == nil; head++ {
					for k := range m.Commands() {
						if cmd := &m.Commands()[k]; cmd.Kind == machine.CmdRun {
							queue = append(queue, cmd.Inst)
						}
					}
					m.Reset()
					if head == len(queue) {
						break
					}
					err = m.Apply(machine.Event{Kind: machine.EvEnded, Inst: queue[head], Attempt: 1, Outcome: machine.Succeeded})
				}
				if err != nil || m.Status() != machine.RunSucceeded {
					b.Fatal(err, m.Status())
				}
				steps += len(queue)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/step")
		})
	}
}
