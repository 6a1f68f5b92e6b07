package workflow

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/soarkit/soarkit/workflow/machine"
)

// LogTo returns an observer that writes events to a logger: what people must
// know (a step failed or is stuck, a run ended badly, a question waits) at Warn or
// Info, the rest at Debug. The message is the event's kind; the attributes have the
// names and the order of the event's JSON form, without what is empty, its seq,
// labels, and of a question all but the text of its prompt and whom it asks, as
// question.prompt.text and question.prompt.by. by is the person's name.
func LogTo(l *slog.Logger) func(Event) {
	return func(e Event) {
		level := e.level()
		if !l.Enabled(context.Background(), level) {
			return
		}
		r := slog.NewRecord(e.At, level, e.Kind.String(), 0)
		r.AddAttrs(e.attrs()...)
		_ = l.Handler().Handle(context.Background(), r) // a log that fails must not stop a run
	}
}

// attrs returns the event's fields for a log.
func (e *Event) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 16)
	text := func(name, v string) {
		if v != "" {
			attrs = append(attrs, slog.String(name, v))
		}
	}
	number := func(name string, n int64) {
		if n != 0 {
			attrs = append(attrs, slog.Int64(name, n))
		}
	}
	text("run", e.Run)
	text("definition", e.Definition)
	text("path", e.Path)
	number("attempt", int64(e.Attempt))
	if e.Outcome != Undecided {
		text("outcome", e.Outcome.String())
	}
	text("cause", e.Cause.String())
	if e.Class != machine.Plain {
		text("class", e.Class.String())
	}
	text("error", e.Error)
	number("duration_ns", int64(e.Duration))
	if !e.Due.IsZero() {
		attrs = append(attrs, slog.Time("due", e.Due))
	}
	number("n", int64(e.N))
	text("choice", e.Choice)
	if e.State != machine.NotStarted {
		text("state", e.State.String())
	}
	text("text", e.Text)
	text("milestone", e.Milestone)
	if e.By != nil {
		text("by", e.By.Name)
	}
	if e.Question != nil {
		var prompt []any
		for _, a := range []slog.Attr{slog.String("text", e.Question.Prompt.Text), slog.String("by", e.Question.Prompt.By)} {
			if a.Value.String() != "" {
				prompt = append(prompt, a)
			}
		}
		attrs = append(attrs, slog.Group("question", slog.Group("prompt", prompt...))) // a group without any is left out
	}
	return attrs
}

func (e *Event) level() slog.Level {
	switch e.Kind {
	case StepStuck, StepDoubt, StepRetrying, RunParked, QuestionUnanswered, ObserverFailed:
		return slog.LevelWarn
	case StepEnded, UndoEnded:
		if e.Outcome != Succeeded && e.Outcome != Cancelled {
			return slog.LevelWarn
		}
		if e.Kind == UndoEnded || e.Milestone != "" {
			return slog.LevelInfo
		}
	case RunEnded:
		if e.State != StateSucceeded {
			return slog.LevelWarn
		}
		return slog.LevelInfo
	case RunStarted, RunResumed, RunWaiting, RunPaused, RunReleased, RunRetried, HandlerStarted, QuestionAsked, QuestionAnswered:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// Progress returns an observer that writes a line for a person for each step that
// ends, and for what people must know, such as
//
//	ok         0.012s  triage/lookup
//	failed     1.003s  triage/block: connection refused
//	ask                Block the host? (soc-lead)
//
// A step with a text ([Describe]) is shown by its first line instead of its path.
// An error is shown once, where it happened. It may serve several runs at once.
func Progress(w io.Writer) func(Event) {
	var mu sync.Mutex
	return func(e Event) {
		word, rest := e.progress()
		if word == "" {
			return
		}
		took := ""
		if e.Duration > 0 {
			took = fmt.Sprintf("%.3fs", e.Duration.Seconds())
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "%-9s %8s  %s\n", word, took, rest)
	}
}

// title is the step for a person: its text's first line, or its path.
func (e *Event) title() string {
	if line, _, _ := strings.Cut(e.Text, "\n"); line != "" {
		return strings.TrimSuffix(line, ".")
	}
	return e.Path
}

func (e *Event) progress() (word, rest string) {
	rest = e.title()
	if e.Error != "" && (e.Kind != StepEnded || e.Attempt > 0 || e.Cause != machine.FrameFailed) {
		rest += ": " + e.Error
	}
	switch e.Kind {
	case StepEnded:
		if e.Outcome == Succeeded {
			return "ok", rest
		}
		return e.Outcome.String(), rest
	case StepSkipped:
		return "skipped", rest + " (" + skipText(e.Cause) + ")"
	case StepRetrying:
		return "retry", fmt.Sprintf("%s, next attempt in %s", rest, e.Due.Sub(e.At).Round(time.Millisecond))
	case StepStuck:
		return "stuck", rest + " does not return"
	case StepDoubt:
		return "in doubt", rest
	case UndoEnded:
		switch {
		case e.Outcome == Succeeded:
			return "undone", rest
		case !e.Due.IsZero():
			return "retry", fmt.Sprintf("undo of %s, next attempt in %s", rest, e.Due.Sub(e.At).Round(time.Millisecond))
		}
		return "not undone", rest
	case QuestionAsked, QuestionAnswered:
		return e.questionProgress()
	case RunWaiting, RunParked:
		return e.State.String(), e.Definition + " " + e.Run
	case RunEnded:
		if e.State == StateFailed { // its error was shown where it happened
			return e.State.String(), e.Definition + " " + e.Run
		}
		return e.State.String(), e.Definition + " " + e.Run + rest
	}
	return "", ""
}

func (e *Event) questionProgress() (word, rest string) {
	if e.Kind == QuestionAsked {
		rest = e.Question.Prompt.Text
		if rest == "" {
			rest = e.title()
		}
		if by := e.Question.Prompt.By; by != "" {
			rest += " (" + by + ")"
		}
		return "ask", rest
	}
	if e.By != nil && e.By.Name != "" {
		return "answer", fmt.Sprintf("%s: %s by %s", e.title(), e.Choice, e.By.Name)
	}
	return "answer", e.title() + ": " + e.Choice
}

func skipText(c machine.Cause) string {
	switch c {
	case machine.ConditionFalse:
		return "its condition was false"
	case machine.NoResult:
		return "a frame of it had no result"
	}
	return "not reached"
}
