// Package workflow says what happens in which order: typed graphs of steps with
// retries, timeouts, approvals, failure frames, undo and events, that run in
// memory or crash-safe on a journal.
package workflow
