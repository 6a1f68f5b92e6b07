// Package dns looks names and addresses up in the domain name system.
//
// [New] makes an enricher over a [Resolver] that the caller passes in: a
// [*net.Resolver], or a [Zone], which answers from a zone file and needs no
// network. A Zone has the lookup methods of net.Resolver, so it can also stand in
// for one elsewhere: in SPF, DKIM and DMARC checks, in tests, and on a host
// that must not ask anybody.
//
// Asking is telling: a query travels through the resolver to the servers of the
// name, which the adversary may run. Unless the configuration says otherwise, a
// lookup through a real resolver therefore counts as disclosure to the public
// and as an action that the target can notice, and the marking guard of package
// connector permits it for TLP:CLEAR and at most PAP:GREEN only. A lookup in a
// Zone discloses nothing.
package dns
