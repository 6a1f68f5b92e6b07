// Package blocklist blocks indicators by files that other systems read: a plain
// list (one entry a line, as firewalls and proxies fetch it), and a response
// policy zone (RPZ) that a name server loads. No network is involved.
//
// # What can be blocked
//
// A domain (with everything below it), an IPv4 or IPv6 address, a network. A URL
// only if the request says so, because what is blocked then is its whole host,
// which is wider than the evidence; the plan counts and names it.
//
// # What is never blocked
//
// Whatever is on the protected list, contains something that is, or lies within
// it: exclusion wins over every request. (A public suffix such as "co.uk" is no
// indicator, so it cannot be asked for.) Plans that touch more than the caps
// permit are refused as a whole; see [Limits].
//
// # Entries end
//
// Each entry has an expiry, and none lasts for good unless a person signed for
// it. Asking again does not lengthen an entry; asking to extend it does. An
// operation Expire takes away what has passed its time, for hosts to call at
// start and from time to time; Apply and Revert do so as well.
//
// # Files
//
// The ledger, a JSON file beside the others, says who blocked what, under which
// plan, why and until when. List and zone are written from it, each replaced as
// a whole and synced. The connector knows its own files by their content: one
// that somebody else made or changed is never overwritten, and the error says so.
//
// # Concurrency
//
// The operations are safe for concurrent use. Several responders and several
// processes may work in one folder; a lock file keeps them apart, and is waited
// for as long as the context allows. (Where the system is no Unix, one process at
// a time must use a folder.)
//
// # Errors
//
//	invalid       the request is faulty; the error lists every fault
//	policy        the plan would be beyond a cap: nothing of it is done
//	conflict      the plan is stale, edited or somebody else's, or a file was
//	              changed by others: look, then plan anew
//	permanent     the ledger is broken
//	forbidden     a file may not be read or written
//	transient     it could not be, for another reason, such as a full disk
//	timeout       another process kept the lock; or cancelled
//
// That an object must not be blocked is no error: its change is refused, with
// the reason, and the rest of the plan stands.
package blocklist
