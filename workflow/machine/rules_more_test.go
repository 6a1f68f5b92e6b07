package machine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

func TestRulesOfAttempts(t *testing.T) {
	one := func(t *testing.T, r machine.Rare) *drive { return run(t, frame([]machine.Node{task(r)})) }
	three := machine.Retry{Attempts: 3, Backoff: time.Second, Cap: time.Minute}
	rules(t, []rule{
		{"a_step_is_attempted_as_often_as_its_policy_allows", func(t *testing.T) {
			d := one(t, machine.Rare{Retry: three})
			for range 2 {
				d.fail(0)
				d.is(undecided)
				d.fire(0, machine.BackoffTimer)
				d.wants(machine.CmdRun, 0)
			}
			d.fail(0)
			d.is(failed)
		}},
		{"the_class_of_the_error_is_honoured", func(t *testing.T) {
			for class, again := range map[machine.Class]bool{machine.Plain: true, machine.Retryable: true, machine.Indeterminate: true,
				machine.Interrupted: true, machine.Permanent: false, machine.Panicked: false} {
				d := one(t, machine.Rare{Retry: three})
				d.end(0, failed, class)
				if _, retried := d.command(machine.CmdRetry, 0); retried != again {
					t.Errorf("an error that is %v is retried: %v", class, retried)
				}
			}
			d := one(t, machine.Rare{Retry: three})
			d.end(0, denied, machine.Plain)
			d.is(denied)
		}},
		{"RetryAt_is_honoured", func(t *testing.T) {
			d := one(t, machine.Rare{Retry: three})
			d.apply(machine.Event{Kind: machine.EvEnded, Attempt: 1, Outcome: failed, RetryAt: d.now + int64(time.Hour)})
			if wait := d.fire(0, machine.BackoffTimer); wait != time.Hour {
				t.Errorf("it waits for %v", wait)
			}
		}},
		{"no_attempt_starts_later_than_the_policy_allows", func(t *testing.T) {
			d := one(t, machine.Rare{Retry: machine.Retry{Attempts: 9, For: time.Minute}})
			d.now += int64(time.Minute)
			d.fail(0)
			d.is(undecided)
			d.fire(0, machine.BackoffTimer)
			d.now++
			d.fail(0)
			d.is(failed)
		}},
		{"delay_before_a_step", func(t *testing.T) {
			d := one(t, machine.Rare{Delay: time.Minute})
			d.wants(machine.CmdRun)
			if wait := d.fire(0, machine.DelayTimer); wait != time.Minute {
				t.Errorf("it waits for %v", wait)
			}
			d.wants(machine.CmdRun, 0)
		}},
		{"timeout_per_attempt:_an_attempt_ends_when_its_function_returns,_no_new_one_starts_before", func(t *testing.T) {
			d := one(t, machine.Rare{Timeout: time.Second, Retry: machine.Retry{Attempts: 2}})
			d.fire(0, machine.AttemptTimer)
			d.wants(machine.CmdInterrupt, 0)
			d.wants(machine.CmdRun)
			if !d.m.Running(0) {
				t.Error("the attempt does not count as running")
			}
			d.fail(0)
			d.fire(0, machine.BackoffTimer)
			d.wants(machine.CmdRun, 0)
			d.fire(0, machine.AttemptTimer)
			d.fail(0)
			d.is(timedOut)
			d.because(0, machine.AttemptTimeout)
		}},
		{"an_attempt_that_succeeds_after_its_timeout_has_succeeded", func(t *testing.T) {
			d := one(t, machine.Rare{Timeout: time.Second})
			d.fire(0, machine.AttemptTimer)
			d.ok(0)
			d.is(succeeded)
		}},
		{"timeout_per_step,_over_all_attempts", func(t *testing.T) {
			d := one(t, machine.Rare{StepTimeout: time.Minute, Retry: machine.Retry{Attempts: 9, Backoff: time.Hour, Cap: time.Hour}})
			d.fail(0)
			d.fire(0, machine.StepTimer) // while it waits for the next attempt
			d.is(timedOut)
			d = one(t, machine.Rare{StepTimeout: time.Minute, Retry: machine.Retry{Attempts: 9}})
			d.fire(0, machine.StepTimer) // while an attempt is under way
			d.wants(machine.CmdInterrupt, 0)
			d.fail(0)
			d.is(timedOut)
			d.because(0, machine.StepTimeout)
		}},
		{"a_timer_that_fires_too_late_changes_nothing", func(t *testing.T) {
			d := one(t, machine.Rare{Timeout: time.Second})
			d.ok(0)
			before := d.m.Snapshot()
			d.apply(machine.Event{Kind: machine.EvTimer, Timer: machine.AttemptTimer, Attempt: 1})
			if !slices.Equal(before, d.m.Snapshot()) {
				t.Error("it changed the machine")
			}
		}},
		{"limits:_each_attempt_waits_for_its_grant", func(t *testing.T) {
			d := one(t, machine.Rare{Limited: true, Retry: machine.Retry{Attempts: 2}})
			d.wants(machine.CmdAdmit, 0)
			d.apply(machine.Event{Kind: machine.EvGranted})
			d.wants(machine.CmdRun, 0)
			d.fail(0)
			d.fire(0, machine.BackoffTimer)
			d.wants(machine.CmdAdmit, 0)
		}},
	})
}

func TestRulesOfWaiting(t *testing.T) {
	wait := func(t *testing.T, k machine.Kind, r machine.Rare) *drive {
		return run(t, frame([]machine.Node{{Kind: k, Rare: &r}, {}}, edge(0, 1, machine.OnSuccess)))
	}
	rules(t, []rule{
		{"a_sleep_waits_for_its_timer", func(t *testing.T) {
			d := wait(t, machine.Sleep, machine.Rare{Delay: time.Hour})
			d.state(machine.Running)
			d.fire(0, machine.DelayTimer)
			d.is(succeeded)
			d.wants(machine.CmdRun, 1)
		}},
		{"approval:_only_yes_succeeds", func(t *testing.T) {
			d := wait(t, machine.Question, machine.Rare{})
			d.wants(machine.CmdAsk, 0)
			d.state(machine.Waiting)
			d.answer(0, succeeded)
			d.wants(machine.CmdRun, 1)
		}},
		{"approval:_no_is_denied,_and_what_depends_on_it_does_not_run", func(t *testing.T) {
			d := wait(t, machine.Question, machine.Rare{})
			d.answer(0, denied)
			d.is(denied, skipped)
			d.state(machine.RunFailed)
		}},
		{"approval:_a_missed_deadline_is_timed_out,_and_what_depends_on_it_does_not_run", func(t *testing.T) {
			d := wait(t, machine.Question, machine.Rare{Deadline: time.Hour})
			d.fire(0, machine.DeadlineTimer)
			d.is(timedOut, skipped)
			d.because(0, machine.DeadlinePassed)
		}},
		{"a_question_is_answered_once", func(t *testing.T) {
			d := wait(t, machine.Question, machine.Rare{})
			d.answer(0, succeeded)
			if err := d.m.Apply(machine.Event{Kind: machine.EvAnswer, Outcome: denied}); err == nil {
				t.Error("a second answer is taken")
			}
		}},
		{"signals_are_buffered_until_consumed,_one_consumer_each,_in_order", func(t *testing.T) {
			listen := machine.Node{Kind: machine.Signal, Rare: &machine.Rare{Signal: 1}}
			d := run(t, frame([]machine.Node{{}, listen, listen, listen}, edge(0, 1, machine.OnSuccess)))
			d.signal(0, 70) // of another name
			d.signal(1, 71)
			d.wants(machine.CmdConsume, 2) // who has waited longest
			d.signal(1, 72)
			d.wants(machine.CmdConsume, 3)
			d.signal(1, 73) // nobody waits: it is kept
			d.wants(machine.CmdConsume)
			d.ok(0)
			d.wants(machine.CmdConsume, 1)
			if c, _ := d.command(machine.CmdConsume, 1); c.N != 73 {
				t.Errorf("it consumes signal %d", c.N)
			}
		}},
		{"a_step_that_is_cancelled_consumes_no_signal", func(t *testing.T) {
			listen := machine.Node{Kind: machine.Signal, Rare: &machine.Rare{Deadline: time.Hour}}
			d := run(t, frame([]machine.Node{listen, listen, {}}, edge(0, 2, machine.OnFailure)))
			d.fire(0, machine.DeadlineTimer)
			d.is(timedOut)
			d.signal(0, 70)
			d.wants(machine.CmdConsume, 1)
		}},
	})
}

// undoing makes a run of three undoable tasks, of which the third follows the
// first two, and one that is not. They are done in the order 1, 0.
func undoing(t *testing.T, r machine.Rare) *drive {
	t.Helper()
	r.Undoable = true
	nodes := []machine.Node{task(r), task(r), task(r), {}}
	d := run(t, frame(nodes, edge(0, 2, machine.OnSuccess), edge(1, 2, machine.OnSuccess)))
	d.ok(1, 0)
	return d
}

func TestRulesOfUndo(t *testing.T) {
	rules(t, []rule{
		{"one_at_a_time,_in_reverse_of_the_recorded_completions", func(t *testing.T) {
			d := undoing(t, machine.Rare{})
			d.fail(2)
			d.wants(machine.CmdUndo)
			d.ok(3)
			d.wants(machine.CmdUndo, 0)
			d.undone(0, succeeded)
			d.wants(machine.CmdUndo, 1)
			d.state(machine.Running)
			d.undone(1, succeeded)
			d.state(machine.RunFailed)
		}},
		{"when_a_run_is_cancelled", func(t *testing.T) {
			d := undoing(t, machine.Rare{})
			d.cancel()
			d.fail(2)
			d.fail(3)
			d.undone(0, succeeded)
			d.undone(1, succeeded)
			d.state(machine.RunAborted)
		}},
		{"a_fault_fails_a_run_without_its_handlers,_also_one_that_has_just_succeeded", func(t *testing.T) {
			root := frame([]machine.Node{task(machine.Rare{Undoable: true}), {}})
			root.Handler = 1
			d := run(t, root, frame(tasks(1)))
			d.ok(0)
			d.apply(machine.Event{Kind: machine.EvFault, Inst: -1})
			d.wants(machine.CmdInterrupt, 1)
			d.fail(1)
			d.undone(0, succeeded)
			d.state(machine.RunFailed)
			d = run(t, root, frame(tasks(1)))
			d.ok(0, 1)
			d.state(machine.RunSucceeded)
			d.apply(machine.Event{Kind: machine.EvFault, Inst: -1})
			d.state(machine.Running)
			d.undone(0, succeeded)
			d.state(machine.RunFailed)
			if err := d.m.Apply(machine.Event{Kind: machine.EvFault, Inst: -1}); err == nil {
				t.Error("a run that has failed takes a fault")
			}
		}},
		{"after_all_handlers", func(t *testing.T) {
			root := frame([]machine.Node{task(machine.Rare{Undoable: true}), {}})
			root.Handler = 1
			d := run(t, root, frame(tasks(1)))
			d.ok(0)
			d.fail(1)
			d.wants(machine.CmdUndo)
			d.wants(machine.CmdRun, 2)
			d.ok(2)
			d.wants(machine.CmdUndo, 0)
		}},
		{"not_if_the_failure_was_handled", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Undoable: true}), {}, {}}, edge(1, 2, machine.OnFailure)))
			d.ok(0)
			d.fail(1)
			d.ok(2)
			d.state(machine.RunSucceeded)
		}},
		{"not_while_parked", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Undoable: true}), task(machine.Rare{AtMostOnce: true}), {}}))
			d.ok(0)
			d.end(1, failed, machine.Indeterminate)
			d.fail(2)
			d.wants(machine.CmdUndo)
			d.state(machine.Parked)
			d.resolve(1, machine.ResolveDone)
			d.wants(machine.CmdUndo, 0)
		}},
		{"a_step_that_failed_or_timed_out_is_undone_only_if_it_says_so", func(t *testing.T) {
			d := undoing(t, machine.Rare{})
			d.ok(3)
			d.fail(2)
			d.wants(machine.CmdUndo, 0)
			d = undoing(t, machine.Rare{UndoAlways: true})
			d.ok(3)
			d.fail(2)
			d.wants(machine.CmdUndo, 2)
		}},
		{"with_its_own_retries_and_timeout;_one_that_fails_does_not_keep_the_next_from_being_undone", func(t *testing.T) {
			d := undoing(t, machine.Rare{Undo: machine.Retry{Attempts: 2}, UndoTimeout: time.Second})
			d.ok(3)
			d.fail(2)
			d.fire(0, machine.UndoTimer)
			d.wants(machine.CmdInterrupt, 0)
			d.undone(0, failed)
			d.wants(machine.CmdUndo)
			d.fire(0, machine.UndoBackoff)
			d.wants(machine.CmdUndo, 0)
			d.undone(0, failed)
			d.wants(machine.CmdUndone, 0)
			d.wants(machine.CmdUndo, 1)
		}},
		{"each_instance_apart", func(t *testing.T) {
			d := run(t, frame([]machine.Node{owner(machine.Each, machine.Rare{Parallel: 2}, 1), {}}, edge(0, 1, machine.OnSuccess)),
				frame([]machine.Node{task(machine.Rare{Undoable: true})}))
			d.decide(0, 2)
			d.ok(2, 3)
			d.fail(1)
			d.undone(3, succeeded)
			d.undone(2, succeeded)
			d.state(machine.RunFailed)
		}},
	})
}

func TestRulesOfAtMostOnce(t *testing.T) {
	doubt := func(t *testing.T) *drive {
		d := run(t, frame([]machine.Node{task(machine.Rare{AtMostOnce: true, Undoable: true, Retry: machine.Retry{Attempts: 9}})}))
		d.end(0, failed, machine.Indeterminate)
		d.wants(machine.CmdDoubt, 0)
		d.state(machine.Parked)
		return d
	}
	rules(t, []rule{
		{"an_error_that_is_indeterminate_parks_the_run_until_a_person_says_done", func(t *testing.T) {
			d := doubt(t)
			d.resolve(0, machine.ResolveDone)
			d.is(succeeded)
		}},
		{"or_retry", func(t *testing.T) {
			d := doubt(t)
			d.resolve(0, machine.ResolveRetry)
			d.wants(machine.CmdRun, 0)
		}},
		{"or_undo", func(t *testing.T) {
			d := doubt(t)
			d.resolve(0, machine.ResolveUndo)
			d.is(failed)
			d.wants(machine.CmdUndo, 0)
		}},
		{"so_do_a_panic_and_an_interruption,_and_what_was_interrupted_by_a_timeout", func(t *testing.T) {
			for _, class := range []machine.Class{machine.Panicked, machine.Interrupted} {
				d := run(t, frame([]machine.Node{task(machine.Rare{AtMostOnce: true})}))
				d.end(0, failed, class)
				d.state(machine.Parked)
			}
			d := run(t, frame([]machine.Node{task(machine.Rare{AtMostOnce: true, Timeout: time.Second})}))
			d.fire(0, machine.AttemptTimer)
			d.fail(0)
			d.state(machine.Parked)
		}},
		{"an_attempt_that_never_began_leaves_no_doubt", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{AtMostOnce: true, Timeout: time.Second})}))
			d.fire(0, machine.AttemptTimer)
			d.end(0, failed, machine.Unstarted)
			d.is(timedOut)
			if d.m.Perhaps(0) {
				t.Error("it may have taken effect")
			}
		}},
		{"an_attempt_that_never_began_is_none,_and_not_undone", func(t *testing.T) {
			always := machine.Rare{Undoable: true, UndoAlways: true}
			d := run(t, frame([]machine.Node{task(always), task(always)}))
			d.fail(0)
			d.end(1, failed, machine.Unstarted)
			d.is(failed, cancelled)
			if n := d.m.Attempt(1); n != 0 {
				t.Errorf("%d attempts", n)
			}
			d.undone(0, succeeded)
			d.state(machine.RunFailed)
		}},
		{"a_plain_failure_of_it_is_a_failure,_never_retried", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{AtMostOnce: true, Retry: machine.Retry{Attempts: 9}})}))
			d.fail(0)
			d.is(failed)
		}},
	})
}

func TestRulesOfControl(t *testing.T) {
	rules(t, []rule{
		{"cancel_reaches_every_running_step,_with_a_cause,_and_nothing_new_starts", func(t *testing.T) {
			d := run(t, frame(tasks(3), edge(0, 2, machine.OnSuccess)))
			d.cancel()
			d.wants(machine.CmdInterrupt, 0, 1)
			if c, _ := d.command(machine.CmdInterrupt, 1); c.Cause != machine.RunCancelled {
				t.Errorf("the cause is %v", c.Cause)
			}
			d.ok(0)
			d.wants(machine.CmdRun)
			d.fail(1)
			d.is(succeeded, cancelled, cancelled)
			d.state(machine.RunAborted)
		}},
		{"a_step_is_interrupted_once", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Timeout: time.Second})}))
			d.fire(0, machine.AttemptTimer)
			d.wants(machine.CmdInterrupt, 0)
			d.cancel()
			d.wants(machine.CmdInterrupt)
		}},
		{"hold_keeps_destructive_steps_from_starting,_pause_all,_until_released", func(t *testing.T) {
			for level, held := range map[machine.Hold][]machine.Inst{machine.HoldHarmful: {1}, machine.HoldAll: {1, 2}} {
				d := run(t, frame([]machine.Node{{}, task(machine.Rare{Destructive: true}), {}}, edge(0, 1, machine.OnSuccess), edge(0, 2, machine.OnSuccess)))
				d.hold(level)
				d.ok(0)
				for i := machine.Inst(1); i <= 2; i++ {
					if d.m.Running(i) == slices.Contains(held, i) {
						t.Errorf("at level %d step %d runs: %v", level, i, d.m.Running(i))
					}
				}
				d.hold(machine.Free)
				d.wants(machine.CmdRun, held...)
			}
		}},
		{"the_run_and_its_engine_hold_apart,_and_the_stricter_level_counts", func(t *testing.T) {
			d := run(t, frame([]machine.Node{{}, task(machine.Rare{Destructive: true}), {}}, edge(0, 1, machine.OnSuccess), edge(0, 2, machine.OnSuccess)))
			d.holdBy(machine.RunHolder, machine.HoldAll)
			d.holdBy(machine.EngineHolder, machine.HoldHarmful)
			d.ok(0)
			d.wants(machine.CmdHeld, 1, 2)
			d.holdBy(machine.RunHolder, machine.Free)
			d.wants(machine.CmdHeld, 1)
			d.wants(machine.CmdRun, 2)
			d.holdBy(machine.EngineHolder, machine.Free)
			d.wants(machine.CmdRun, 1)
		}},
		{"a_run_may_start_held", func(t *testing.T) {
			d := unstarted(t, frame(tasks(1)))
			d.holdBy(machine.EngineHolder, machine.HoldAll)
			d.start()
			d.wants(machine.CmdRun)
			d.state(machine.Waiting)
			d.holdBy(machine.EngineHolder, machine.Free)
			d.wants(machine.CmdRun, 0)
		}},
		{"who_is_admitted_while_held_gives_it_back,_and_asks_again_when_released", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Destructive: true, Limited: true})}))
			d.wants(machine.CmdAdmit, 0)
			d.hold(machine.HoldHarmful)
			d.apply(machine.Event{Kind: machine.EvGranted, Inst: 0, Outcome: succeeded})
			d.wants(machine.CmdHeld, 0)
			d.wants(machine.CmdRun)
			d.hold(machine.Free)
			d.wants(machine.CmdAdmit, 0)
			d.apply(machine.Event{Kind: machine.EvGranted, Inst: 0, Outcome: succeeded})
			d.wants(machine.CmdRun, 0)
		}},
		{"a_grant_that_was_recorded_before_holds_counted_for_it_starts_the_step", func(t *testing.T) {
			d := run(t, frame([]machine.Node{task(machine.Rare{Destructive: true, Limited: true})}))
			d.hold(machine.HoldHarmful)
			d.apply(machine.Event{Kind: machine.EvGranted, Inst: 0})
			d.wants(machine.CmdRun, 0)
		}},
		{"parallelism_per_run:_who_has_no_room_has_not_begun,_and_comes_in_order", func(t *testing.T) {
			d := unstarted(t, frame([]machine.Node{{}, task(machine.Rare{Timeout: time.Second, StepTimeout: time.Second}), {}, {}},
				edge(0, 3, machine.OnSuccess)))
			d.parallel(1)
			d.start()
			d.wants(machine.CmdRun, 0)
			d.wants(machine.CmdTimer)
			d.state(machine.Running)
			if !d.m.InLine(1) || d.m.Attempt(1) != 0 || d.m.UnderWay() != 1 {
				t.Errorf("in line %v, %d attempts, %d under way", d.m.InLine(1), d.m.Attempt(1), d.m.UnderWay())
			}
			d.ok(0)
			d.wants(machine.CmdRun, 1)
			d.wants(machine.CmdTimer, 1, 1)
			d.parallel(3)
			d.wants(machine.CmdRun, 2, 3)
			d.parallel(1)
			d.ok(1, 2, 3)
			d.state(machine.RunSucceeded)
		}},
		{"parallelism_per_run:_what_takes_no_attempt_needs_no_room", func(t *testing.T) {
			d := unstarted(t, frame([]machine.Node{{}, {Kind: machine.Question, Rare: &machine.Rare{}},
				task(machine.Rare{Conditional: true}), owner(machine.Sub, machine.Rare{}, 1)}), frame(tasks(1)))
			d.parallel(1)
			d.start()
			d.wants(machine.CmdRun, 0)
			d.wants(machine.CmdAsk, 1)
			d.wants(machine.CmdDecide, 2)
			d.wants(machine.CmdOpen, -1, 3)
		}},
		{"parallelism_per_run:_a_repeated_attempt_goes_to_the_end_of_the_line", func(t *testing.T) {
			d := unstarted(t, frame([]machine.Node{task(machine.Rare{Retry: machine.Retry{Attempts: 2}}), {}, {}}))
			d.parallel(1)
			d.start()
			d.fail(0)
			d.wants(machine.CmdRun, 1)
			d.fire(0, machine.BackoffTimer)
			d.ok(1)
			d.wants(machine.CmdRun, 2)
			d.ok(2)
			d.wants(machine.CmdRun, 0)
			d.ok(0)
			d.state(machine.RunSucceeded)
		}},
		{"undo_always:_not_what_has_not_begun", func(t *testing.T) {
			always := machine.Rare{Undoable: true, UndoAlways: true}
			d := unstarted(t, frame([]machine.Node{task(always), task(always)}))
			d.parallel(1)
			d.start()
			d.fail(0)
			d.is(failed, cancelled)
			d.wants(machine.CmdUndo, 0)
			d.undone(0, succeeded)
			d.state(machine.RunFailed)
		}},
		{"hold_also_keeps_from_starting_who_waits_for_room,_and_takes_back_its_admission", func(t *testing.T) {
			d := unstarted(t, frame([]machine.Node{{}, task(machine.Rare{Destructive: true, Limited: true}), {}}))
			d.parallel(1)
			d.start()
			d.apply(machine.Event{Kind: machine.EvGranted, Inst: 1, Outcome: succeeded})
			d.wants(machine.CmdRun)
			d.hold(machine.HoldHarmful)
			d.wants(machine.CmdHeld, 1)
			d.ok(0)
			d.wants(machine.CmdRun, 2)
			d.hold(machine.Free)
			d.wants(machine.CmdAdmit, 1)
		}},
		{"parallelism_per_run:_a_run_that_is_retried_has_nobody_in_line", func(t *testing.T) {
			d := unstarted(t, frame(tasks(3)))
			d.parallel(1)
			d.start()
			d.cancel()
			d.fail(0)
			d.state(machine.RunAborted)
			d.apply(machine.Event{Kind: machine.EvRerun, Inst: 1, N: machine.RerunAnew})
			d.wants(machine.CmdRun, 0)
			d.ok(0)
			d.wants(machine.CmdRun, 1)
			d.ok(1, 2)
			d.state(machine.RunSucceeded)
		}},
		{"retry_from_a_step_starts_a_new_generation:_the_step_and_what_depends_on_it_run_again,_all_else_is_kept", func(t *testing.T) {
			d := run(t, frame(tasks(4), edge(0, 1, machine.OnSuccess), edge(1, 2, machine.OnSuccess), edge(0, 3, machine.OnSuccess)))
			d.ok(0, 3)
			d.fail(1)
			d.is(succeeded, failed, skipped, succeeded)
			d.apply(machine.Event{Kind: machine.EvRerun, Inst: 1, N: machine.RerunAnew})
			d.wants(machine.CmdRun, 1)
			d.ok(1, 2)
			d.is(succeeded, succeeded, succeeded, succeeded)
			d.state(machine.RunSucceeded)
			if d.m.Generation() != 1 || d.m.Attempt(0) != 1 || d.m.Attempt(1) != 1 {
				t.Errorf("generation %d, %d attempts of what was kept, %d of what was not", d.m.Generation(), d.m.Attempt(0), d.m.Attempt(1))
			}
		}},
		{"a_run_under_way_is_not_retried", func(t *testing.T) {
			d := run(t, frame(tasks(1)))
			if err := d.m.Apply(machine.Event{Kind: machine.EvRerun}); err == nil {
				t.Error("it is")
			}
		}},
		{"a_machine_can_be_snapshotted_and_restored", func(t *testing.T) {
			root := frame([]machine.Node{{}, {}, {Join: machine.JoinAny, Rare: &machine.Rare{Undoable: true}}, {}},
				edge(0, 2, machine.OnSuccess), edge(1, 2, machine.OnSuccess), edge(2, 3, machine.OnSuccess))
			d := run(t, root)
			g, err := machine.Compile(machine.Shape{Frames: []machine.FrameShape{root}, Signals: 2})
			if err != nil {
				t.Fatal(err)
			}
			if d.m, err = machine.Restore(g, d.m.Snapshot()); err != nil {
				t.Fatal(err)
			}
			d.ok(1, 2, 0)
			d.fail(3)
			d.undone(2, succeeded)
			d.is(succeeded, succeeded, succeeded, failed)
			d.state(machine.RunFailed)
		}},
	})
}
