package connector

import (
	"context"
	"log/slog"
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A Record is what the audit trail keeps of one call. It holds neither input nor
// result.
type Record struct {
	At        time.Time     // when the call began
	Took      time.Duration // until it ended
	Call      string        // ID of the call
	Operation *Operation
	Tenant    string
	Run, Path string
	Key       string
	Given     marking.Marking // the call's marking as the caller stated it
	Trace     Trace           // what the policies did
	Err       error           // nil if the call succeeded
}

// Audit returns a policy that reports every call when it has ended, whether it
// was refused, answered from a cache or made. It belongs outermost. The function
// is called by the goroutine that made the call; it must be safe for concurrent
// use. See [Guard] for decisions before the fact.
func Audit(report func(context.Context, Record)) Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			r := Record{
				At: time.Now().UTC(), Call: c.ID, Operation: c.Op, Tenant: c.Tenant,
				Run: c.Run, Path: c.Path, Key: c.Key, Given: c.Marking,
			}
			out, err := next(ctx, c)
			r.Took, r.Trace = time.Since(r.At), *c.Trace
			if err != nil {
				r.Err = asError(err, c.Op)
			}
			report(ctx, r)
			return out, err
		}
	}
}

// LogTo returns a function for [Audit] that writes one structured line per call:
// level Info, or Warn if the call failed.
func LogTo(log *slog.Logger) func(context.Context, Record) {
	return func(ctx context.Context, r Record) {
		level, result := slog.LevelInfo, "ok"
		attrs := []slog.Attr{
			slog.String("call", r.Call),
			slog.String("connector", r.Operation.Connector),
			slog.String("op", r.Operation.Name),
			slog.String("marking", r.Trace.Effective.String()),
			slog.String("audience", r.Operation.Audience.String()),
			slog.Duration("took", r.Took),
			slog.Int("attempts", r.Trace.Attempts),
			slog.Bool("cached", r.Trace.Cached),
		}
		if r.Run != "" {
			attrs = append(attrs, slog.String("run", r.Run), slog.String("path", r.Path))
		}
		if r.Err != nil {
			level, result = slog.LevelWarn, KindOf(r.Err).String()
			attrs = append(attrs, slog.String("error", r.Err.Error()))
		}
		log.LogAttrs(ctx, level, "connector call", append(attrs, slog.String("result", result))...)
	}
}
