// Package playbook reads, checks, draws and runs OASIS CACAO 2.0 security
// playbooks.
//
//	p, err := playbook.Decode(data)                      // any JSON object; the document is kept as it is
//	problems := p.Validate(playbook.Strict)              // all of them, each with its place and what to do
//	program, err := playbook.Compile(ctx, p, options)    // checked against what this host can and may do
//	result, err := program.Run(ctx, vars)                // any number of times, at the same time if need be
//	os.WriteFile("runbook.md", []byte(p.Markdown(nil)), 0o644)
//
// A playbook is a JSON document that tells people and machines how to act on an
// incident: steps that lead to each other, commands, the agents that carry them
// out, and variables. Nothing is carried out that the host does not pass in: an
// [Executor] for each type of command, a [Policy], a [Resolver] for called
// playbooks. [DryRun] has no place for executors at all.
//
// # Steps
//
// A [Program] is a definition of package workflow, and runs wherever one does.
//
//   - start and end do nothing but begin and end a path. A branch ends in its own
//     end; then the step that it is a branch of goes on.
//   - action: its commands run one after the other, each on all targets at once
//     (once, by the agent alone, without targets). Every command on every target
//     is a record of its own, with its own idempotency key.
//   - if-condition and switch-condition go into one branch, or into none if
//     nothing fits; the choice is recorded. A switch compares text.
//   - while-condition asks before each turn, and fails with
//     [github.com/soarkit/soarkit/workflow.ErrLoopLimit] at the bounds of [Options].
//   - parallel waits for all of its branches. A failure in one cancels the others.
//   - playbook-action runs another playbook with its own variables, agents and
//     workflow_exception. in_args fill its external variables of the same names;
//     out_args copy its variables back. Calls that lead back to the caller, or
//     too deep, are refused by [Compile].
//   - delay is waited for before the timeout of the step begins. A timeout of 0
//     is none.
//
// A step that fails leads on by on_failure. Without one, its branch fails, the
// other branches beside it are cancelled, and the step that owns the branch
// fails, and so on outwards; in the end workflow_exception runs, once. The run
// has failed even if that path succeeds. on_completion follows success
// ([Options.CompletionAlways]: every outcome). Where several pointers meet, the
// step runs once, when the first arrives. These are our decisions where the
// specification is silent, as is the following.
//
// # Variables
//
// A name is looked up from the inside out: the step's own step_variables, those
// of the control steps around it, playbook_variables. Only what out_args list is
// kept of a command's outputs; one that is missing takes the variable's value
// away. Values are text, dictionaries and lists JSON, checked against the
// declared type; null is no value, which is not "". The type "list", a JSON
// array, is ours.
//
// A step records what it assigns, never all variables, so a run that is resumed
// from a journal has the values that it had. After a parallel step the last branch
// of next_steps wins. A step that several turns of a loop come to begins with its
// declared step_variables each time.
//
// References, __name__:value, are replaced in one pass by each executor, with
// each value made safe for the place it is put in; JSON is parsed before, so that
// a value cannot change its structure. The playbook itself is never changed.
// Two variables that a playbook may declare, [FailedStepVariable] and
// [FailureVariable], tell the path of workflow_exception what failed.
//
// # Commands
//
// [Manual] asks people, [HTTP] makes requests, and [Operations] calls what the
// host's [github.com/soarkit/soarkit/connector.Catalog] offers, with a command
// type of our own and an agent of the type "soarkit", which stands for the program
// that runs the playbook; the vocabularies are open:
//
//	"agent_definitions": {"soarkit--UUID": {"type": "soarkit", "name": "soarkit"}}
//
//	"agent": "soarkit--UUID",
//	"commands": [{"type": "soarkit-operation", "command": "dns.enrich",
//	  "content": "{\"indicator\": {\"type\": \"domain\", \"value\": \"__host__:value\"}}"}]
//
// # Problems
//
// Every rule of [Rules] has a stable code, and a severity in each [Mode]. Schemas
// of our own (JSON Schema draft 2020-12, embedded, compiled at first use) say
// what can be said of each object for itself, Go code the rest. Codes that end in
// -00 are about the shape of an object, RUN codes come from [Compile].
//
// # Limits
//
// [MaxBytes], [MaxDepth] and [MaxNodes] bound what is read, [MaxNesting] and
// [MaxInstances] what is laid out, [MaxValueBytes] each value, [MaxPlanned] a
// dry run.
package playbook
