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
package maildir
