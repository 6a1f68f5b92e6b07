// Package machine is the pure state machine that schedules the steps of a run.
//
// It owns the shape of a graph and the progress of one run through it, and
// nothing else: no values, no user code, no I/O, no clock, no goroutine, no random
// source. Events go in with [Machine.Apply], each with its time; commands come out
// of [Machine.Commands]. The same events in the same order always give the same
// commands, so a journal of events is all that it takes to restore a run. What
// the steps compute, and whether a condition holds, is the driver's business.
// Package workflow has the driver; few others need this package.
//
// # Driving it
//
// Compile a [Shape] once, and make a machine for each run with [New]. Apply
// [EvStart], then take the commands in order, call [Machine.Reset], and do what
// they say; whatever happens becomes the next event:
//
//	command       what the driver does           event that answers it
//	CmdRun        calls the step's function      EvEnded, once it has returned
//	CmdDecide     asks a pure function           EvDecided
//	CmdAdmit      gets a semaphore or key        EvGranted
//	CmdTimer      waits until At                 EvTimer
//	CmdAsk        shows a question               EvAnswer
//	CmdInterrupt  ends the attempt's context     (the EvEnded of its CmdRun)
//	CmdDoubt      asks a person                  EvResolve
//	CmdUndo       calls the undo function        EvUndone
//	CmdOpen, CmdClose, CmdEnded, CmdRetry, CmdConsume, CmdUndone, CmdKeep, CmdReset, CmdDrop,
//	CmdHeld, CmdFinish: for its information
//
// Which edges fired for a node is not in CmdRun, because it needs no more than is
// known: all of them at an all-join; at an any-join the one from the predecessor that
// N names, as [Machine.Via] does; at an all-done join those whose [On] fires on the
// [Machine.Outcome] of the node that they come from.
//
// EvSignal, EvCancel, EvFault, EvHold, EvParallel and EvRerun come from outside at any time,
// EvHold and EvParallel also before EvStart, so that a run may start held. Timers
// carry absolute times and are never taken back: one that fires too late changes
// nothing, and [Machine.TimerMatters] tells.
//
// # Outcomes and edges
//
// A node instance ends in one outcome, and that decides its outgoing edges: each
// of them fires or is dead.
//
//	outcome     success  failure  completion  decided
//	succeeded   fires    dead     fires       fires
//	failed      dead     fires    fires       fires
//	denied      dead     fires    fires       fires
//	timed out   dead     fires    fires       fires
//	skipped     dead     dead     dead        fires
//	cancelled   dead     dead     dead        fires (but its frame starts nothing any more)
//
// # Joins
//
//	join      starts                               is skipped
//	all       when every edge has fired            at the first dead edge
//	any       once, at the first fired edge        when all edges are dead
//	all-done  when every edge is decided           when every predecessor was skipped
//
// A node without incoming edges starts with its frame. A conditional node asks
// once its join is met, and is skipped if the answer is no. Skips spread along
// edges before anything else follows from an event.
//
// # Frames
//
// A frame instance is a set of node instances: the root, a branch, the body of a
// loop, an item, a sub-frame, a handler. A failure (failed, denied, timed out) is
// handled if an edge of it that fired started a node. As long as such a node may
// still start, the failure waits. An unhandled failure stops the frame: what has
// not started or only waits is cancelled, what runs is interrupted; when the
// frame is still, its handler frame runs once, and the frame has failed. That
// fails the node that owns it, whose own edges are tried, and so on outwards. An
// interrupted attempt that returns without an error has succeeded all the same.
//
//	owner     starts                             succeeds                    fails
//	decision  the branch chosen                  with it, or if none is      with it
//	parallel  all branches at once               when all have               at the first failure, the others cancelled (Settle: when all have ended; Tolerate: never)
//	each      a bounded number of items          when all have               likewise
//	loop      its body, again and again          when the decision says so   with its body, or at a bound (LoopBound)
//	sub       its frame                          with it                     with it
//
// A frame with a result node that did not succeed makes its owner skipped
// (NoResult). An owner whose timer fired is timed out, one stopped from outside
// cancelled. A frame that is stopped from outside does not run its handler, one
// whose own timeout fired does.
//
// # Attempts
//
// An attempt ends with EvEnded, which is when its function has returned, or when
// it is certain that it is not called (Unstarted: there is nothing to doubt, and if
// it was the last it does not count); no new one starts before. Then, in this order:
//
//	succeeded                                                         succeeded
//	at most once, and indeterminate, panicked, interrupted or late    in doubt: waits for EvResolve
//	the frame is being stopped                                        cancelled
//	the step's timeout has passed                                     timed out
//	attempts are left, the class allows it, it was not denied         waits for the backoff, then the next
//	the attempt's timeout had passed                                  timed out
//	otherwise                                                         failed, or denied
//
// The wait is a full jitter over base*2^(n-1), at most the cap, and not before
// RetryAt. It depends on nothing but the seed, the instance and the attempt.
//
// # Undo
//
// When the root frame has ended failed or cancelled, after all handlers, the
// recorded completions of undoable nodes are undone one at a time, the last first.
// A node that did not succeed is undone only with UndoAlways. What cannot be
// undone is reported by CmdUndone, and the next one follows.
//
// # Room
//
// EvParallel bounds how many attempts are under way at once. A task that may start
// waits in line until there is room, first come, first served; it has not begun, and
// its timers start when it does. Nothing else needs room. A lower bound ends no attempt.
//
// # Holding back
//
// A run has two levels, its own and that of its engine, and the stricter one counts.
// A node that is about to start, or to make its next attempt, waits while it is held;
// one that asked for admission and is held when EvGranted comes gives that back
// (CmdHeld), and asks again. Attempts under way, timers and undoing go on.
//
// # Policies
//
// Retries, timeouts, delays and limits may change while there are runs of a graph. A
// driver that replays events does so on the graph as it was ([Graph.WithPolicies]),
// since what followed from them depended on it, and lets the run go on by another one
// of the same structure with [Machine.Adopt].
//
// # Ends
//
// A run has succeeded if no failure reached the root. It is cancelled if EvCancel
// came before the root frame ended, and failed otherwise. EvFault stops it as
// EvCancel does, but the run has failed then; it takes back the success of a run
// whose driver finds out at its end that it cannot give the result.
//
// # Generations
//
// EvRerun starts a new generation of an ended run from one node instance. That node,
// what was undone, what did not succeed and was not handled, and all that is
// downstream of those is reset, and counts its attempts from 1 again; all else stays
// as it was recorded. An owner around such a node goes on with those of its frames
// that are concerned: a for-each with no more of them at once than it may have, a loop
// from the first of them. Frame instances that are left behind (those of an owner that
// is reset, later iterations of a loop, a handler that has run) are dropped: they keep
// their numbers, and nothing in them starts again. If the generation fails, what
// earlier ones did and is not undone is undone too, each effect apart, the last first.
// A journal from before these rules has EvRerun with N [RerunFirst].
//
// A machine is not safe for concurrent use. It allocates only to grow.
package machine
