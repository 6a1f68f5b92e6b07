// Package workflow says what happens in which order: typed graphs of steps with
// retries, timeouts, approvals, failure frames, undo and events, that run in
// memory or crash-safe on a journal.
//
// A [Workflow] is built once by [New], which checks it and reports all problems
// at once. It is read-only from then on, and any number of runs of it may be under
// way at once. Steps are plain functions:
//
//	contain, err := workflow.New("contain", func(b *workflow.Builder, in workflow.Ref[Alert]) workflow.Ref[Rule] {
//		intel := workflow.Step(b, "lookup", lookup, in, workflow.Retry(5, time.Second), workflow.Timeout(10*time.Second))
//		asset := workflow.Step(b, "asset", findAsset, in)
//		v := workflow.Step2(b, "judge", judge, intel, asset)
//		ok := workflow.Approval(b, "approve", v, workflow.When(v, Verdict.IsBad), workflow.By("soc-lead"), workflow.Deadline(4*time.Hour))
//		return workflow.Undo(workflow.Step2(b, "block", block, v, ok), unblock)
//	})
//	rule, err := contain.Run(ctx, alert) // in memory
//
// The examples of this package are a course of twelve lessons, from one step to
// an engine. For graphs that are made at run time there is an untyped layer: see
// [NewGraph].
//
// # Order: data edges and joins
//
// Passing a [Ref] to a step is what makes the step wait for another: a data edge
// is the dependency edge. Steps that do not depend on each other run at once. A
// step ends in one outcome, and each of its outgoing edges fires or is dead by it:
//
//	outcome                    success  failure  completion  decided
//	succeeded                  fires    dead     fires       fires
//	failed, denied, timed out  dead     fires    fires       fires
//	skipped                    dead     dead     dead        fires
//
// A step with several edges joins them. A typed step takes all: with one of the
// other two ([Joining]) it may use values by [Optional] only.
//
//	join      starts                         is skipped
//	all       when every edge has fired      at the first dead edge
//	any       once, at the first fired edge  when all edges are dead
//	all-done  when every edge is decided     when every predecessor was skipped
//
// So skips spread, and [Result.Explain] says why a step did not run. [Optional]
// takes a value that may be missing (a decided edge), [First] whichever comes first
// (an any-join), [After], [AfterFailure] and [AfterCompletion] depend without data.
// Conditions ([When], [Switch], [Loop]'s until) are asked once the join is met, and
// their answers are recorded. [ForEach], [Loop], [Switch] and [Sub] run frames of
// steps; a body may use the Refs of the frames around it.
//
// Steps are known by their names and instances by their paths, such as
// "each[3]/enrich" or "loop[2]/probe"; never by the order of calls.
//
// # Failure
//
// A failure (failed, denied, timed out) is handled if it starts another step,
// through [Catch], [Optional], [AfterFailure] or [AfterCompletion]. One that is
// not cancels the frame it is in, waits until all in it has come to rest, runs
// the frame's handler once ([Handle]), and then fails the node that owns the
// frame, where the same is tried again, and so on outwards. A run has succeeded if
// no failure reached its root. If the step that gives the result was skipped, the
// error is a [*SkippedError].
//
// When a run fails or is cancelled, the steps with an [Undo] are undone one at a
// time, in the reverse order of their recorded completions, after all handlers.
// The [*RunError] lists what was undone, what could not be, and what was perhaps
// applied.
//
// # Cancel
//
// A run is cancelled when the context of Run ends, or by [Engine.Cancel]. What
// runs is interrupted, what waits stops waiting, handlers do not run, undo does. A
// step that ignores its context is waited for.
//
// # Attempts, and what is promised
//
// A step runs at least once. Its recorded result is used exactly once, and never
// computed again once it is recorded. [CallOf] gives a step its idempotency key,
// which is equal in all attempts, in this process and the next: hand it to the
// remote system. An [AtMostOnce] step is never repeated unless a person says so:
// where it is in doubt whether it took effect, the run is parked until
// [Engine.Resolve].
//
// An attempt ends when its function returns, and what it returned counts: a step
// that succeeds after its timeout has succeeded. Its context ends at a timeout,
// when its frame is stopped and when the run is cancelled, and context.Cause says
// why. A step that does not return is named by the event [StepStuck] after a grace;
// no other attempt of it starts before. A panic is the step's error, with its stack.
//
// Errors say about themselves whether trying again may help, by the methods
// Retryable() bool, RetryAt() time.Time and Indeterminate() bool, which [errors.As]
// finds through wrapping. [Permanent] and [RetryAt] mark an error so. All others
// are retried where [Retry] is given.
//
// # People
//
// [Approval] and [Question] wait for a person, [Signal] for another system. In
// memory they are answered by [AnswerWith]; without it Run returns a
// [*WaitingError] once nothing else can move. A run of an [Engine] waits, without a
// goroutine, for [Engine.Answer] and [Engine.Signal]. An answer says to what it is,
// as the question was shown, and who gives it. An engine also cancels runs and holds
// them back.
//
// # Generations
//
// [Engine.Retry] starts a new generation of a run that has ended, from one of its
// steps: that step, what depends on it, and what was not done or was undone, is done
// anew; all other results stay. What a path names is from then on the instance of the
// new generation, which counts its attempts from 1 and has keys of its own. If the
// generation fails, what earlier ones did and is not undone is undone with it, each
// effect by its own result and key.
//
// # Durable runs
//
// [Open] gives an engine over a journal (package journal): the same definitions,
// the same semantics. An event is in the journal before its consequences start;
// after a crash Open goes on with every run where it stopped. An attempt that a
// crash interrupted is made again, with its whole [Timeout], and does not count as
// one; that of an at-most-once step parks the run. All other times ([StepTimeout],
// [Deadline], [Delay], the timeouts of frames and of the run) are points in time:
// they go on while no process runs. Results must survive JSON, which Open checks. A
// definition that has changed, by its [Definition.Fingerprint], is refused with the
// difference: raise [Version] when a function's body changes its meaning.
//
// Retries, timeouts, delays, limits and semaphores are no part of the fingerprint:
// they may change between two processes. What has happened stays as it is. A run
// that goes on does so by the new ones: a time that is under way ends as if it had
// begun under them, one that was not bounded before is bounded from the restart.
//
// Steps, handlers and callers are given results and errors as they were recorded,
// so that what is lost on the way is lost in the first test and not after the first
// crash. Of an error that is its text (as Options.Redact makes it, at most
// [MaxErrorText] bytes), the kinds that this package defines and those of a context,
// what it says about itself by Retryable, RetryAt, Indeterminate and Timeout, and the
// stack of a panic. Its type and other sentinels are not: where a handler must tell
// failures apart, let the step return the difference in its result.
//
// # Limits
//
// [RunParallelism], [Parallelism], [Semaphore] and [OneAtATime] bound what is under
// way at once; rates belong to connectors. [MaxSteps], [MaxItems], [MaxInstances]
// and [MaxDepth] bound what a definition and a run may hold: beyond is [ErrLimit].
// [Engine.Pause] and [Engine.Hold] keep steps from starting until released, in one
// run or in all of them and those to come.
//
// # Embedding
//
// Hold one [Engine] for the life of the service, start runs under the ids of your
// incidents (the same id and input attach to the same run), and call
// [Engine.Close] with a deadline when the service ends. examples/embed is such a
// service; examples/durable survives being killed.
//
// # Pure functions
//
// Conditions, keys, lists, choices, prompts and the functions of an [Environment]
// decide, and their decisions are recorded. They must be pure functions of what
// they are given: no I/O, no clock, no call of the engine.
//
// # Events
//
// All that happens is told as an ordered stream of [Event] values: to functions
// ([Observe]), to iterators ([Run.Events]), to a log ([LogTo]) or a person
// ([Progress]); [Metrics] sums them up: what the time was spent on, which
// milestones were reached, and the intervals between them. They hold no inputs and
// results, but for what a question shows to people.
//
// # Concurrency
//
// Definitions, workflows, engines and handles are safe for concurrent use. Inputs
// and results are handed from step to step as they are, without a copy: do not
// change one that another step may read. No call leaves a goroutine behind, but
// what [Engine.Close] ends.
package workflow
