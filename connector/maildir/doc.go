// Package maildir takes a message out of people's mailboxes and puts it back:
// a responder over a directory of maildirs, one for each user.
//
//	anna.lang/cur/1794816764.M41P2.mx1:2,S              before
//	anna.lang/.Quarantine/cur/1794816764.M41P2.mx1:2,S  after
//
// Messages are found by their Message-ID, which a sender chooses: narrow the
// search by From where a foreign mail could carry the id of one of your own. Plan
// says which messages would move. Apply moves them; it does so by linking and
// removing, so that nothing is ever overwritten and a crash leaves each message
// in at least one place. A record beside each quarantined message says who moved
// it, why and from where, so that only what was moved is ever put back.
//
// A mailbox that cannot be read or written to keeps the message in no other: it
// is refused by name, and Verify is not confirmed.
//
// # Concurrency
//
// A [Responder] is safe for concurrent use. Several of them, in one process or in
// several, may work on the same maildirs while people read their mail: who comes
// second finds the message moved, or gets a conflict and plans anew.
//
// # Errors
//
//	invalid       no Message-ID, or a receipt that names no place of a message
//	policy        more messages than MaxScan to look through, or than MaxMessages
//	              to move; a mailbox that is protected: nothing was moved
//	conflict      the plan is stale, edited or somebody else's, or its messages
//	              were moved meanwhile: plan anew
//	forbidden     the directory of the maildirs may not be read, or no message
//	              could be moved, for want of permission
//	permanent     likewise, for another reason
//	cancelled     the context ended; what was moved by then stays moved, and the
//	              same plan may be applied again
package maildir
