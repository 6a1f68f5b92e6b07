package playbook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

// Markdown returns the playbook as a runbook for people, in Markdown: what it is
// for and who answers for it, the diagram, the variables, and each step with who
// does what and where it leads. With a record, which may be nil, it also says
// what became of the run and of each step.
//
// Text of the playbook is escaped: it can be read, but it is no markup, link or
// HTML in the output. A playbook that is not valid is written as far as it goes.
func (p *Playbook) Markdown(r *Record) string {
	m := &markdown{p: p, record: r, numbers: map[*Step]int{}}
	m.number()
	m.heading()
	m.run()
	m.practice()
	m.section("## Diagram\n")
	m.line("```mermaid\n%s```\n", p.Mermaid(r))
	m.variables()
	m.steps()
	m.references()
	return m.b.String()
}

// A markdown is a runbook in the making.
type markdown struct {
	p       *Playbook
	record  *Record
	b       strings.Builder
	order   []*Step       // the steps that do something, as the reader meets them
	numbers map[*Step]int // of those, from 1
}

func (m *markdown) line(format string, args ...any) {
	fmt.Fprintf(&m.b, format, args...)
	m.b.WriteByte('\n')
}

func (m *markdown) section(title string) { m.line("%s", title) }

// number puts the steps in the order in which they are met: the branches of a
// step after it, the path of workflow_exception at the end, and what cannot be
// reached last.
func (m *markdown) number() {
	add := func(s *Step) {
		if m.numbers[s] == 0 && s.Type != StartStep && s.Type != EndStep {
			m.order = append(m.order, s)
			m.numbers[s] = len(m.order)
		}
	}
	if m.p.root != nil && m.p.cycle(m.p.Start, m.p.Exception) == nil {
		if fl := m.p.frames(); !fl.truncated {
			var walk func(f *frame)
			walk = func(f *frame) {
				for _, s := range f.steps {
					add(s)
					for _, in := range f.inner[s] {
						walk(in)
					}
				}
			}
			walk(fl.root)
			if fl.handler != nil {
				walk(fl.handler)
			}
		}
	}
	for _, s := range m.p.Steps {
		add(s)
	}
}

func (m *markdown) heading() {
	p := m.p
	m.line("# %s\n", orElse(inline(p.Name), "Playbook without a name"))
	if labels := p.tlp(); len(labels) > 0 {
		// Of the playbook: what a run found, and what quotes this, may be marked otherwise.
		m.line("Marking of the playbook: **%s**\n", inline(strings.Join(labels, " ")))
	}
	if p.Revoked {
		m.line("**This playbook is revoked.**\n")
	}
	if p.Description != "" {
		m.line("%s\n", block(p.Description))
	}
	m.line("| | |\n|---|---|")
	row := func(name, value string) {
		if value != "" {
			m.line("| %s | %s |", name, cell(value))
		}
	}
	row("Identifier", p.ID)
	row("Version", text(p.root, "modified"))
	row("Types", strings.Join(p.Types, ", "))
	row("Activities", strings.Join(p.Activities, ", "))
	row("Created by", p.CreatedBy)
	row("Valid from", text(p.root, "valid_from"))
	row("Valid until", text(p.root, "valid_until"))
	row("Priority", score(p.Priority, "1 is the highest"))
	row("Severity", score(p.Severity, "of 100"))
	row("Impact", score(p.Impact, "of 100"))
	row("Labels", strings.Join(p.Labels, ", "))
	m.line("")
}

func score(n int, meaning string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d (%s)", n, meaning)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// run says what became of the run as a whole.
func (m *markdown) run() {
	r := m.record
	if r == nil {
		return
	}
	r.mu.Lock()
	id, state, started, ended, failure := r.run, r.state, r.started, r.ended, r.failure
	r.mu.Unlock()
	m.section("## Run\n")
	m.line("| | |\n|---|---|")
	m.line("| Run | %s |", cell(id))
	m.line("| State | **%s** |", cell(state.String()))
	if !started.IsZero() {
		m.line("| Started | %s |", started.UTC().Format(time.RFC3339))
	}
	if !ended.IsZero() {
		m.line("| Ended | %s, after %s |", ended.UTC().Format(time.RFC3339), duration(ended.Sub(started)))
	}
	if failure != "" {
		m.line("| Failure | %s |", cell(failure))
	}
	m.line("\n| Step | Outcome | Duration | Why |\n|---|---|---|---|")
	for _, s := range m.order {
		known, ok := r.Step(s.ID)
		if !ok {
			continue
		}
		outcome := known.State
		if known.Times > 1 {
			outcome += fmt.Sprintf(" (%d times)", known.Times)
		}
		took := ""
		if known.Outcome != workflow.Skipped && known.Duration > 0 {
			took = duration(known.Duration)
		}
		m.line("| %s | %s %s | %s | %s |", cell(m.title(s)), known.drawnState().Glyph(), cell(outcome), took, cell(known.Error))
	}
	m.line("")
}

// duration rounds to what a reader can use.
func duration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		text := d.Round(time.Second).String()
		if d.Round(time.Second)%time.Minute == 0 {
			text = strings.TrimSuffix(text, "0s")
		}
		return text
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

func (m *markdown) practice() {
	is, ok := m.p.Practice()
	if !ok {
		return
	}
	m.section("## Practice\n")
	item := func(name, value string) {
		if value != "" {
			m.line("- **%s:** %s", name, inline(value))
		}
	}
	item("Goal", is.Goal)
	item("Owner", is.Owner)
	item("Override", is.Override)
	item("Risk", is.Risk)
	item("Reviewed", is.Reviewed)
	for _, t := range is.Targets {
		item("Target, "+inline(t.Metric), t.Value)
	}
	for _, s := range is.Milestones {
		if step := m.p.Step(s.Step); step != nil {
			item("Milestone, "+inline(s.Name), "after "+m.title(step))
		}
	}
	m.line("")
}

func (m *markdown) variables() {
	if len(m.p.Variables) == 0 {
		return
	}
	m.section("## Variables\n")
	m.line("| Name | Type | Value | Meaning |\n|---|---|---|---|")
	for _, v := range m.p.Variables {
		value := code(v.Value)
		switch {
		case v.External && !v.HasValue:
			value = "from outside"
		case v.External:
			value += ", or from outside"
		case !v.HasValue:
			value = "none at first"
		case v.Value == "":
			value = "empty"
		}
		if v.Constant {
			value += " (constant)"
		}
		m.line("| %s | %s | %s | %s |", code(v.Name), cell(string(v.Type)), value, cell(v.Description))
	}
	m.line("")
}

// title names a step with its number.
func (m *markdown) title(s *Step) string {
	return fmt.Sprintf("%d %s", m.numbers[s], orElse(s.Name, string(s.Type)))
}

// to names the step of a pointer.
func (m *markdown) to(id string) string {
	s := m.p.Step(id)
	switch {
	case s == nil:
		return "**" + inline(id) + ", which does not exist**"
	case s.Type == EndStep && s.Name != "":
		return "end, " + inline(s.Name)
	case s.Type == StartStep || s.Type == EndStep:
		return string(s.Type)
	}
	return "step " + inline(m.title(s))
}

func (m *markdown) steps() {
	m.section("## Steps\n")
	if first := m.p.Step(m.p.Start); first != nil && first.OnCompletion != "" {
		m.line("Begins with %s.", m.to(first.OnCompletion))
	}
	if m.p.Exception != "" {
		m.line("After a failure that no step handles: %s.", m.to(m.p.Exception))
	}
	m.line("")
	for _, s := range m.order {
		m.line("### %s\n", inline(m.title(s)))
		m.outcome(s)
		if s.Description != "" {
			m.line("%s\n", block(s.Description))
		}
		m.does(s)
		m.leads(s)
		m.line("")
	}
}

func (m *markdown) outcome(s *Step) {
	known, ok := m.record.Step(s.ID)
	if !ok {
		return
	}
	m.line("%s **%s**", known.drawnState().Glyph(), inline(known.State))
	if known.Error != "" {
		m.line("> %s", inline(known.Error))
	}
	m.line("")
}

// does says what a step does and who does it.
func (m *markdown) does(s *Step) {
	if s.Agent != "" {
		m.line("- By: %s", m.who(m.p.Agent(s.Agent), s.Agent))
	}
	for _, id := range s.Targets {
		m.line("- On: %s", m.who(m.p.Target(id), id))
	}
	if s.Delay > 0 {
		m.line("- Waits %s first", duration(s.Delay))
	}
	if s.Timeout > 0 {
		m.line("- May take %s", duration(s.Timeout))
	}
	for _, c := range s.Commands {
		m.command(c)
	}
	if s.PlaybookID != "" {
		m.line("- Runs the playbook %s %s", code(s.PlaybookID), inline(s.PlaybookVersion))
	}
	if len(s.InArgs) > 0 {
		m.line("- Uses %s", codes(s.InArgs))
	}
	if len(s.OutArgs) > 0 {
		m.line("- Sets %s", codes(s.OutArgs))
	}
}

func (m *markdown) who(a *AgentTarget, id string) string {
	if a == nil {
		return inline(id)
	}
	return fmt.Sprintf("%s (%s)", inline(label(a)), inline(a.Type))
}

func (m *markdown) command(c Command) {
	text, kind := c.Command, c.Type
	if text == "" && c.CommandB64 != "" {
		text, _ = decode64(c.CommandB64)
	}
	if c.Type == ManualCommand {
		m.line("- Do by hand:\n")
		m.line("%s\n", indent(block(text)))
		return
	}
	m.line("- %s: %s", inline(kind), orElse(code(shortenCode(text)), "no command"))
	if content := c.Content; content != "" {
		m.line("\n%s\n", indent(fence(content)))
	}
}

// shortenCode keeps a command on one line.
func shortenCode(s string) string { return strings.Join(strings.Fields(s), " ") }

// leads says where a step leads.
func (m *markdown) leads(s *Step) {
	switch s.Type {
	case IfConditionStep:
		m.line("- If %s: %s", code(s.Condition), m.to(s.OnTrue))
		if s.OnFalse != "" {
			m.line("- Otherwise: %s", m.to(s.OnFalse))
		}
	case WhileConditionStep:
		m.line("- As long as %s: %s", code(s.Condition), m.to(s.OnTrue))
	case SwitchConditionStep:
		for _, c := range s.Cases {
			if c.Value == DefaultCase {
				m.line("- If %s is anything else: %s", code(s.Switch), m.to(c.Step))
			} else {
				m.line("- If %s is %s: %s", code(s.Switch), code(c.Value), m.to(c.Step))
			}
		}
	case ParallelStep:
		for _, id := range s.NextSteps {
			m.line("- At once: %s", m.to(id))
		}
	}
	words := map[string]string{"on_completion": "Then", "on_success": "When it succeeded", "on_failure": "When it failed"}
	for _, n := range s.nexts() {
		m.line("- %s: %s", words[n.property], m.to(n.to))
	}
}

func (m *markdown) references() {
	if len(m.p.References) == 0 {
		return
	}
	m.section("## References\n")
	for _, r := range m.p.References {
		parts := slices.DeleteFunc([]string{r.Name, r.Description, r.Source, r.URL}, func(s string) bool { return s == "" })
		m.line("- %s", inline(strings.Join(parts, ", ")))
	}
}
