package machine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

func (d *drive) rerun(i machine.Inst) {
	d.Helper()
	d.apply(machine.Event{Kind: machine.EvRerun, Inst: i, N: machine.RerunAnew})
}

// drops checks which frames the last event left behind, in any order.
func (d *drive) drops(want ...machine.FrameInst) {
	d.Helper()
	var got []machine.FrameInst
	for _, c := range d.last {
		if c.Kind == machine.CmdDrop {
			got = append(got, c.Frame)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		d.Errorf("frames %v are dropped; want %v", got, want)
	}
}

func TestRulesOfGenerations(t *testing.T) {
	undoable := machine.Rare{Undoable: true, Undo: machine.Retry{Attempts: 2}, UndoTimeout: time.Minute}
	rules(t, []rule{
		{"a_generation_begins_anew_with_its_attempts", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Retry: machine.Retry{Attempts: 2}})}))
			for range 2 {
				for attempt := int32(1); attempt <= 2; attempt++ {
					if c, _ := d.command(machine.CmdRun, 0); c.Attempt != attempt {
						t.Errorf("attempt %d, want %d", c.Attempt, attempt)
					}
					if d.fail(0); attempt == 1 {
						d.fire(0, machine.BackoffTimer)
					}
				}
				d.state(machine.RunFailed)
				d.rerun(0)
			}
		}},
		{"by_the_first_rules_attempts_are_counted_on", func(t *testing.T) {
			d := run(t, frame(tasks(1)))
			d.fail(0)
			d.apply(machine.Event{Kind: machine.EvRerun, Inst: 0})
			if d.m.Attempt(0) != 2 {
				t.Errorf("attempt %d, want 2", d.m.Attempt(0))
			}
		}},
		{"the_frames_of_an_owner_that_is_reset_are_dropped,_with_those_within", func(t *testing.T) {
			root := frame([]machine.Node{{}, owner(machine.Sub, machine.Rare{}, 1), {}}, edge(0, 1, machine.OnSuccess), edge(1, 2, machine.OnSuccess))
			d := run(t, root, frame([]machine.Node{owner(machine.Sub, machine.Rare{}, 2)}), frame(tasks(1)))
			d.ok(0, 4)
			d.fail(2)
			d.rerun(0)
			d.drops(1, 2)
			d.ok(0, 6, 2)
			d.state(machine.RunSucceeded)
			for _, i := range []machine.Inst{3, 4} {
				if err := d.m.Apply(machine.Event{Kind: machine.EvRerun, Inst: i, N: machine.RerunAnew}); err == nil {
					t.Errorf("instance %d of the generation before is retried", i)
				}
			}
		}},
		{"a_handler_that_has_run_is_dropped", func(t *testing.T) {
			root := frame(tasks(1))
			root.Handler = 1
			d := run(t, root, frame(tasks(1)))
			d.fail(0)
			d.ok(1)
			d.rerun(0)
			d.drops(1)
			d.fail(0)
			d.ok(2)
			d.state(machine.RunFailed)
		}},
		{"items_that_go_on_keep_to_the_bound_on_parallel_ones", func(t *testing.T) {
			d := run(t, frame([]machine.Node{owner(machine.Each, machine.Rare{Parallel: 2, Settle: true}, 1)}), frame(tasks(1)))
			d.decide(0, 5)
			for i := machine.Inst(1); i <= 5; i++ {
				d.fail(i)
			}
			d.state(machine.RunFailed)
			d.rerun(1)
			d.wants(machine.CmdRun, 1, 2)
			d.ok(2)
			d.wants(machine.CmdRun, 3)
			d.ok(1, 3, 4, 5)
			d.state(machine.RunSucceeded)
		}},
		{"items_that_wait_for_their_turn_stay_as_they_were_when_another_fails", func(t *testing.T) {
			d := run(t, frame([]machine.Node{owner(machine.Each, machine.Rare{Parallel: 1, Settle: true}, 1)}), frame(tasks(1)))
			d.decide(0, 3)
			d.fail(1)
			d.fail(2)
			d.ok(3)
			d.rerun(1)
			d.cancel()
			d.fail(1)
			d.state(machine.RunAborted)
			d.rerun(1)
			d.ok(1, 2)
			d.state(machine.RunSucceeded)
		}},
		{"a_loop_goes_on_from_the_first_iteration_concerned,_and_drops_what_came_after_it", func(t *testing.T) {
			root := frame([]machine.Node{owner(machine.Loop, machine.Rare{Until: true}, 1), {}}, edge(0, 1, machine.OnSuccess))
			d := run(t, root, frame(tasks(1)))
			d.ok(2)
			d.decide(0, 1)
			d.ok(3)
			d.decide(0, 1)
			d.ok(4)
			d.decide(0, 0)
			d.fail(1)
			d.rerun(3)
			d.drops(3)
			d.wants(machine.CmdRun, 3)
			d.ok(3)
			d.decide(0, 1)
			if c, _ := d.command(machine.CmdOpen, 0); c.N != 2 {
				t.Errorf("iteration %d follows on 1", c.N)
			}
			d.ok(5)
			d.decide(0, 0)
			d.ok(1)
			d.state(machine.RunSucceeded)
		}},
		{"what_each_generation_did_is_undone,_the_last_first", func(t *testing.T) {
			d := run(t, frame([]machine.Node{{}, task(undoable), {}}, edge(0, 1, machine.OnSuccess), edge(1, 2, machine.OnSuccess)))
			d.ok(0, 1, 2)
			d.state(machine.RunSucceeded)
			d.rerun(0)
			d.wants(machine.CmdKeep, 1)
			d.ok(0, 1)
			d.fail(2)
			for gen := int64(1); gen >= 0; gen-- {
				if c, _ := d.command(machine.CmdUndo, 1); c.N != gen || c.Attempt != 1 {
					t.Errorf("attempt %d to undo generation %d, want the first of %d", c.Attempt, c.N, gen)
				}
				d.undone(1, succeeded)
			}
			d.state(machine.RunFailed)
			d.rerun(2) // both are undone: only the last is done again
			d.wants(machine.CmdRun, 1)
			d.ok(1, 2)
			d.state(machine.RunSucceeded)
		}},
		{"an_undo_keeps_its_generation,_and_its_timeout_its_attempt", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(undoable), {}}, edge(0, 1, machine.OnSuccess)))
			d.ok(0, 1)
			d.rerun(0)
			d.ok(0)
			d.fail(1)
			first, _ := d.command(machine.CmdTimer, 0)
			d.undone(0, failed) // its second attempt follows
			d.fire(0, machine.UndoBackoff)
			d.undone(0, failed)
			if c, _ := d.command(machine.CmdUndo, 0); c.N != 0 || c.Attempt != 1 {
				t.Fatalf("attempt %d of generation %d", c.Attempt, c.N)
			}
			d.apply(machine.Event{Kind: machine.EvTimer, Inst: 0, Timer: machine.UndoTimer, Attempt: first.Attempt})
			d.wants(machine.CmdInterrupt)
			d.fire(0, machine.UndoTimer)
			d.wants(machine.CmdInterrupt, 0)
			d.undone(0, succeeded)
			d.rerun(1) // what could not be undone stays done
			d.wants(machine.CmdRun, 1)
			d.fail(1)
			if c, _ := d.command(machine.CmdUndo, 0); c.N != 1 {
				t.Errorf("generation %d is undone; the step was done in 1", c.N)
			}
		}},
	})
}
