// Package mail analyses a mail that somebody reported: who sent it, what it
// says, what is attached.
//
// [Parse] reads a message within bounds: sizes, depth and counts are limited
// by [Options], so that a mail bomb is an error that names the place and not
// an outage. A [Message] is a tree of parts, each with a path such as "1.2".
//
// A [Verifier] checks SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) over
// a resolver of the caller's. Authentication-Results (RFC 8601) that the
// message carries are read as well, but only those of trusted hosts.
//
// The analysis is static. Attachments are neither opened nor detonated, and
// nothing that a mail links to is fetched.
//
// A [Connector] and its enrichers are safe for concurrent use, as are [Parse] and
// the analyses of one [Message]. An enricher fails with connector.ErrInvalid for a
// path that names no mail and for a mail that cannot be read as one or is beyond
// the bounds, with ErrPermanent if the file cannot be read.
package mail
