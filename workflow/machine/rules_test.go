package machine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// The rules of the contract, each in its words and driven through the bare
// machine: outcomes, joins, frames, decisions, owners. rules_more_test.go has the
// rest; the property tests hold all of them at once, against the oracle.

const (
	undecided = machine.Undecided
	succeeded = machine.Succeeded
	failed    = machine.Failed
	denied    = machine.Denied
	timedOut  = machine.TimedOut
	skipped   = machine.Skipped
	cancelled = machine.Cancelled
)

// rules runs named tests. A name says the rule that it holds.
func rules(t *testing.T, list []rule) {
	for _, r := range list {
		t.Run(r.name, func(t *testing.T) { r.holds(t) })
	}
}

type rule struct {
	name  string
	holds func(t *testing.T)
}

// ends makes a run whose node 0 ends in an outcome, with one node behind it for
// each kind of edge. Node 5 keeps the run going.
func ends(t *testing.T, o machine.Outcome) *drive {
	t.Helper()
	nodes := tasks(6)
	edges := []machine.Edge{edge(0, 1, machine.OnSuccess), edge(0, 2, machine.OnFailure), edge(0, 3, machine.OnCompletion), edge(0, 4, machine.OnDecided)}
	switch o {
	case timedOut:
		nodes[0] = task(machine.Rare{Timeout: time.Second})
	case denied:
		nodes[0] = machine.Node{Kind: machine.Question, Rare: &machine.Rare{}}
	case skipped:
		nodes[0] = task(machine.Rare{Conditional: true})
	}
	d := run(t, frame(nodes, edges...))
	switch o {
	case succeeded, failed:
		d.end(0, o, machine.Plain)
	case timedOut:
		d.fire(0, machine.AttemptTimer)
		d.fail(0)
	case denied:
		d.answer(0, denied)
	case skipped:
		d.decide(0, 0)
	case cancelled:
		d.cancel()
		d.fail(0)
	}
	d.is(o)
	return d
}

func TestRulesOfOutcomesAndEdges(t *testing.T) {
	for _, c := range []struct {
		name  string
		ends  []machine.Outcome
		fires []machine.Inst // of success, failure, completion and decided
	}{
		{"succeeded_fires_success_and_completion_edges", []machine.Outcome{succeeded}, []machine.Inst{1, 3, 4}},
		{"failed,_denied_and_timed_out_fire_failure_and_completion", []machine.Outcome{failed, denied, timedOut}, []machine.Inst{2, 3, 4}},
		{"skipped_fires_none_but_is_decided", []machine.Outcome{skipped}, []machine.Inst{4}},
		{"cancelled_fires_none", []machine.Outcome{cancelled}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, o := range c.ends {
				d := ends(t, o)
				for i := machine.Inst(1); i <= 4; i++ {
					if want := slices.Contains(c.fires, i); d.m.Running(i) != want {
						t.Errorf("%v: the edge to %d fires: %v; want %v", o, i, !want, want)
					}
				}
			}
		})
	}
}

func TestRulesOfJoins(t *testing.T) {
	three := func(t *testing.T, join machine.Join) *drive {
		nodes := append(tasks(2), machine.Node{Join: join})
		return run(t, frame(nodes, edge(0, 2, machine.OnFailure), edge(1, 2, machine.OnFailure)))
	}
	rules(t, []rule{
		{"all_starts_when_every_edge_fired", func(t *testing.T) {
			d := three(t, machine.JoinAll)
			d.fail(1)
			d.wants(machine.CmdRun)
			d.fail(0)
			d.wants(machine.CmdRun, 2)
		}},
		{"all_is_skipped_at_the_first_dead_edge", func(t *testing.T) {
			d := three(t, machine.JoinAll)
			d.ok(0)
			d.is(succeeded, undecided, skipped)
			d.because(2, machine.DeadEdge)
		}},
		{"any_starts_once,_at_the_first_fired_edge", func(t *testing.T) {
			d := three(t, machine.JoinAny)
			d.fail(1)
			d.wants(machine.CmdRun, 2)
			if d.m.Via(2) != 1 {
				t.Errorf("via %d; want 1", d.m.Via(2))
			}
			d.fail(0) // nothing takes this failure: the frame fails, and node 2 is interrupted
			d.wants(machine.CmdRun)
			d.wants(machine.CmdInterrupt, 2)
		}},
		{"any_is_skipped_when_all_edges_are_dead", func(t *testing.T) {
			d := three(t, machine.JoinAny)
			d.ok(0)
			d.is(succeeded, undecided, undecided)
			d.ok(1)
			d.is(succeeded, succeeded, skipped)
		}},
		{"all-done_starts_when_every_edge_is_decided", func(t *testing.T) {
			d := three(t, machine.JoinAllDone)
			d.ok(0)
			d.wants(machine.CmdRun)
			d.ok(1) // dead edges, but decided
			d.wants(machine.CmdRun, 2)
		}},
		{"all-done_is_skipped_if_all_predecessors_were", func(t *testing.T) {
			nodes := []machine.Node{task(machine.Rare{Conditional: true}), task(machine.Rare{Conditional: true}), {Join: machine.JoinAllDone}}
			d := run(t, frame(nodes, edge(0, 2, machine.OnSuccess), edge(1, 2, machine.OnSuccess)))
			d.decide(0, 0)
			d.decide(1, 0)
			d.is(skipped, skipped, skipped)
			d.state(machine.RunSucceeded)
		}},
		{"all-done_starts_if_one_predecessor_was_not_skipped", func(t *testing.T) {
			nodes := []machine.Node{{}, task(machine.Rare{Conditional: true}), {Join: machine.JoinAllDone}}
			d := run(t, frame(nodes, edge(0, 2, machine.OnCompletion), edge(1, 2, machine.OnSuccess)))
			d.fail(0)
			d.decide(1, 0)
			d.wants(machine.CmdRun, 2)
		}},
		{"skips_spread", func(t *testing.T) {
			nodes := append([]machine.Node{task(machine.Rare{Conditional: true})}, tasks(3)...)
			d := run(t, frame(nodes, edge(0, 1, machine.OnSuccess), edge(1, 2, machine.OnCompletion), edge(2, 3, machine.OnDecided)))
			d.decide(0, 0)
			d.is(skipped, skipped, skipped, undecided)
			d.wants(machine.CmdRun, 3)
		}},
	})
}

// nested is a root with an owner, node 0, of a frame with two tasks, instances 3
// and 4, and two nodes that start at the owner's success and failure. The frame's
// handler has one task.
func nested(t *testing.T, r machine.Rare) *drive {
	t.Helper()
	inner := frame(tasks(2))
	inner.Handler = 2
	return run(t, frame(append([]machine.Node{owner(machine.Sub, r, 1)}, tasks(2)...), edge(0, 1, machine.OnSuccess), edge(0, 2, machine.OnFailure)),
		inner, frame(tasks(1)))
}

func TestRulesOfFrames(t *testing.T) {
	rules(t, []rule{
		{"a_failure_is_handled_if_an_edge_of_it_started_a_step", func(t *testing.T) {
			d := run(t, frame(tasks(2), edge(0, 1, machine.OnFailure)))
			d.fail(0)
			d.ok(1)
			d.state(machine.RunSucceeded)
		}},
		{"a_failure_is_not_handled_by_a_step_that_is_skipped", func(t *testing.T) {
			d := run(t, frame(append(tasks(1), task(machine.Rare{Conditional: true})), edge(0, 1, machine.OnFailure)))
			d.fail(0)
			d.state(machine.Running) // it may still be handled
			d.decide(1, 0)
			d.state(machine.RunFailed)
		}},
		{"an_unhandled_failure_cancels_the_frame_and_waits_until_it_is_still", func(t *testing.T) {
			d := nested(t, machine.Rare{})
			d.fail(3)
			d.wants(machine.CmdInterrupt, 4)
			d.wants(machine.CmdOpen) // the handler waits
			d.fail(4)
			d.wants(machine.CmdOpen, -1)
			d.wants(machine.CmdRun, 5)
			if d.m.Outcome(4) != cancelled {
				t.Errorf("the other step: %v; want cancelled", d.m.Outcome(4))
			}
		}},
		{"the_handler_runs_once,_then_the_owner_has_failed_and_its_failure_edge_is_tried", func(t *testing.T) {
			d := nested(t, machine.Rare{})
			d.fail(3)
			d.ok(4) // interrupted, but done all the same
			d.is(undecided)
			d.ok(5)
			d.is(failed, skipped, undecided)
			d.wants(machine.CmdRun, 2)
			d.ok(2)
			d.state(machine.RunSucceeded)
		}},
		{"a_handler_that_fails_does_not_change_the_frame's_end,_nor_is_it_handled", func(t *testing.T) {
			d := nested(t, machine.Rare{})
			d.fail(3)
			d.ok(4)
			d.fail(5)
			d.is(failed)
		}},
		{"and_so_on_outwards", func(t *testing.T) {
			d := run(t, frame([]machine.Node{owner(machine.Sub, machine.Rare{}, 1)}), frame([]machine.Node{owner(machine.Sub, machine.Rare{}, 2)}), frame(tasks(1)))
			d.fail(2)
			d.is(failed, failed, failed)
			d.state(machine.RunFailed)
		}},
		{"a_run_succeeds_if_no_failure_reached_the_root", func(t *testing.T) {
			d := nested(t, machine.Rare{})
			d.ok(3, 4, 1)
			d.is(succeeded, succeeded, skipped)
			d.state(machine.RunSucceeded)
		}},
		{"a_frame's_own_timeout_makes_its_owner_timed_out,_and_runs_its_handler", func(t *testing.T) {
			d := nested(t, machine.Rare{Timeout: time.Minute})
			if after := d.fire(0, machine.FrameTimer); after != time.Minute {
				t.Errorf("it fires after %v", after)
			}
			d.wants(machine.CmdInterrupt, 3, 4)
			d.fail(3)
			d.fail(4)
			d.ok(5)
			d.is(timedOut, skipped, undecided)
			if o := d.m.FrameOutcome(1); o != timedOut {
				t.Errorf("the frame: %v", o)
			}
		}},
		{"the_run's_timeout_fails_the_run", func(t *testing.T) {
			root := frame(tasks(1))
			root.Timeout = time.Hour
			d := run(t, root)
			d.fire(-1, machine.FrameTimer)
			d.fail(0)
			d.is(cancelled)
			d.state(machine.RunFailed)
		}},
		{"a_frame_that_is_stopped_from_outside_does_not_run_its_handler", func(t *testing.T) {
			d := nested(t, machine.Rare{})
			d.cancel()
			d.fail(3)
			d.fail(4)
			d.is(cancelled, cancelled, cancelled)
			if d.m.FrameCount() != 2 {
				t.Error("the handler was started")
			}
			root := frame(tasks(1))
			root.Handler = 1
			d = run(t, root, frame(tasks(1)))
			d.cancel()
			d.fail(0)
			d.state(machine.RunAborted)
		}},
		{"a_frame_whose_result_did_not_succeed_makes_its_owner_skipped", func(t *testing.T) {
			inner := frame([]machine.Node{task(machine.Rare{Conditional: true})})
			inner.Result = 0
			d := run(t, frame([]machine.Node{owner(machine.Sub, machine.Rare{}, 1)}), inner)
			d.decide(1, 0)
			d.is(skipped)
			d.because(0, machine.NoResult)
		}},
		{"a_run_is_bounded", func(t *testing.T) {
			d := run(t, frame([]machine.Node{owner(machine.Each, machine.Rare{Parallel: 1}, 1)}), frame(tasks(1000)))
			d.decide(0, machine.MaxInstances/1000+1)
			d.is(failed)
			d.because(0, machine.TooManyInstances)
		}},
	})
}

func TestRulesOfDecisions(t *testing.T) {
	choice := func(t *testing.T, must bool) *drive {
		return run(t, frame([]machine.Node{owner(machine.Decision, machine.Rare{MustChoose: must}, 1, 2)}), frame(tasks(1)), frame(tasks(1)))
	}
	condition := func(t *testing.T) *drive { return run(t, frame([]machine.Node{task(machine.Rare{Conditional: true})})) }
	rules(t, []rule{
		{"a_decision_starts_the_branch_chosen,_and_no_other", func(t *testing.T) {
			d := choice(t, false)
			d.decide(0, 1)
			if d.wants(machine.CmdRun, 1); d.m.Frame(1).Def != 2 {
				t.Errorf("branch %d was started", d.m.Frame(1).Def)
			}
			d.ok(1)
			d.is(succeeded)
		}},
		{"no_branch_succeeds,_or_is_skipped_where_one_must_be_chosen", func(t *testing.T) {
			d := choice(t, false)
			d.decide(0, -1)
			d.is(succeeded)
			d = choice(t, true)
			d.decide(0, -1)
			d.is(skipped)
		}},
		{"a_condition_that_is_false_skips,_and_starts_nothing", func(t *testing.T) {
			d := condition(t)
			d.wants(machine.CmdRun)
			d.decide(0, 0)
			d.because(0, machine.ConditionFalse)
			d = condition(t)
			d.decide(0, 1)
			d.wants(machine.CmdRun, 0)
		}},
		{"a_decision_that_cannot_be_made_fails_the_step", func(t *testing.T) {
			for _, d := range []*drive{condition(t), choice(t, true)} {
				d.apply(machine.Event{Kind: machine.EvDecided, Outcome: failed})
				d.is(failed)
				d.because(0, machine.Undecidable)
			}
		}},
		{"decisions_are_recorded:_the_same_events_give_the_same_commands", func(t *testing.T) {
			once := func() []machine.Command {
				d := choice(t, false)
				d.decide(0, 0)
				d.ok(1)
				return d.all
			}
			if a, b := once(), once(); !slices.Equal(a, b) {
				t.Errorf("%v, then %v", a, b)
			}
		}},
	})
}

func TestRulesOfOwners(t *testing.T) {
	items := func(t *testing.T, r machine.Rare, n int64) *drive {
		d := run(t, frame([]machine.Node{owner(machine.Each, r, 1)}), frame(tasks(1)))
		d.decide(0, n)
		return d
	}
	loop := func(t *testing.T, r machine.Rare) *drive {
		return run(t, frame([]machine.Node{owner(machine.Loop, r, 1)}), frame(tasks(1)))
	}
	parallel := func(t *testing.T, r machine.Rare) *drive {
		return run(t, frame([]machine.Node{owner(machine.Parallel, r, 1, 2)}), frame(tasks(1)), frame(tasks(1)))
	}
	rules(t, []rule{
		{"for-each:_bounded_parallelism,_identity_is_the_index", func(t *testing.T) {
			d := items(t, machine.Rare{Parallel: 2}, 3)
			d.wants(machine.CmdRun, 1, 2)
			d.ok(2)
			d.wants(machine.CmdRun, 3)
			for fi := machine.FrameInst(1); fi <= 3; fi++ {
				if got := d.m.Frame(fi).Index; got != int32(fi)-1 {
					t.Errorf("item %d has index %d", fi-1, got)
				}
			}
			d.ok(1, 3)
			d.is(succeeded)
		}},
		{"for-each:_no_items_succeed_at_once", func(t *testing.T) {
			items(t, machine.Rare{Parallel: 2}, 0).is(succeeded)
		}},
		{"for-each:_fail-fast_cancels_the_others_and_starts_no_more", func(t *testing.T) {
			d := items(t, machine.Rare{Parallel: 2}, 3)
			d.fail(1)
			d.wants(machine.CmdInterrupt, 2)
			d.fail(2)
			d.is(failed, failed, cancelled)
			if d.m.FrameCount() != 3 {
				t.Error("the third item was started")
			}
		}},
		{"for-each:_settle_lets_the_others_end,_and_fails", func(t *testing.T) {
			d := items(t, machine.Rare{Parallel: 1, Settle: true}, 2)
			d.fail(1)
			d.ok(2)
			d.is(failed, failed, succeeded)
		}},
		{"for-each:_tolerate_succeeds_although_items_failed", func(t *testing.T) {
			d := items(t, machine.Rare{Parallel: 1, Tolerate: true}, 2)
			d.fail(1)
			d.ok(2)
			d.is(succeeded, failed, succeeded)
		}},
		{"parallel:_all_branches_at_once,_failed_with_the_first", func(t *testing.T) {
			d := parallel(t, machine.Rare{})
			d.wants(machine.CmdRun, 1, 2)
			d.ok(1, 2)
			d.is(succeeded)
			d = parallel(t, machine.Rare{})
			d.fail(2)
			d.wants(machine.CmdInterrupt, 1)
			d.fail(1)
			d.is(failed)
		}},
		{"loop:_goes_on_while_the_decision_says_so", func(t *testing.T) {
			d := loop(t, machine.Rare{Max: 9})
			d.decide(0, 1)
			d.ok(1)
			d.decide(0, 1)
			d.ok(2)
			d.decide(0, 0)
			d.is(succeeded, succeeded, succeeded)
		}},
		{"loop:_until_asks_after_the_body", func(t *testing.T) {
			d := loop(t, machine.Rare{Max: 9, Until: true})
			d.wants(machine.CmdRun, 1)
			d.ok(1)
			d.wants(machine.CmdDecide, 0)
		}},
		{"loop:_reaching_a_bound_fails", func(t *testing.T) {
			d := loop(t, machine.Rare{Max: 1})
			d.decide(0, 1)
			d.ok(1)
			d.decide(0, 1)
			d.is(failed)
			d.because(0, machine.LoopBound)
			d = loop(t, machine.Rare{Bound: time.Minute})
			d.decide(0, 1)
			if after := d.fire(0, machine.BoundTimer); after != time.Minute {
				t.Errorf("the bound fires after %v", after)
			}
			d.fail(1)
			d.is(failed, cancelled)
			d.because(0, machine.LoopBound)
		}},
	})
}
