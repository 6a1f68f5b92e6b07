// Package connector is how soarkit talks to the world: operations with a
// manifest, typed errors, and policies of the host around them.
//
// A connector belongs to one of four families, each a struct of operations in
// which those that it does not support are nil: an [Enricher] looks things up, a
// [Source] is read from a cursor on, a [Responder] changes something (Plan, Apply,
// Verify, Revert), a [Notifier] tells people something. An operation is a
// function, [Op]; callers use its method Do:
//
//	result, err := lookup.Enrich.Do(ctx, indicator)
//
// A host wraps connectors in its policies once, and hands them out wrapped:
//
//	lookup = lookup.With(stack.Policies()...)
//
// A [Catalog] lists operations by name for callers that know them only at run
// time, such as playbooks, and calls them with JSON.
package connector
