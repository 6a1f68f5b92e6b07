// Package warninglist vetoes false positives: it knows values that are in
// reports and logs for good reasons, such as private networks, public resolvers,
// or the hash of an empty file, and that must not be blocked or alerted on.
//
// Lists have the format of MISP's warning lists. [Builtin] has a few of our own
// that hold everywhere; [Load] reads others, such as a checkout of the MISP
// project's lists, from a directory. An [Index] is compiled from lists once and
// then answers for an indicator in well under a microsecond, whatever number of
// entries there are.
//
// A hit is a warning and not a verdict: a public resolver can be attacked, and
// a shortened link can be malicious. What to do with a hit is the caller's
// decision; [Index.Allows] is a ready answer for extraction.
//
// # Two ways to compare
//
// By default values are compared as what they are: addresses as addresses, host
// names without regard to case or a trailing dot, and the host of a URL without
// its port or user name. [MISPCompat] compares as the MISP server does, for
// parity with verdicts made there: strings to the letter, and a URL's host up
// to the next slash.
package warninglist
