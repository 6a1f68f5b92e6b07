// Package ioc holds the values that security automation is about: indicators
// of compromise. It parses and prints them, finds them in text, and keeps what
// sources say about them.
//
// # Values
//
// An [Indicator] is a typed value in canonical form: comparable, immutable, a
// good map key. [Parse] detects the type, [ParseAs] takes it from the caller,
// [Classify] gives all readings of an ambiguous text. Values are validated by
// what their type offers: checksums, the public suffix list, IDNA, the shape of
// identifiers. Show people [Indicator.Defang], never the value.
//
// # Text
//
// [Extract] finds indicators of about sixty types in one pass, without regular
// expressions, in time linear in the text's length. An [Extractor] has modes,
// types, allow lists and the caller's own matchers, and reads from a slice, an
// iterator or a reader with the same result. Each [Match] has exact offsets into
// the original text, also through defanging and escapes; a byte belongs to one
// direct match, and what follows from it, such as the host of a URL, is implied.
//
// [Refang] and [Defang] rewrite a text and change nothing but its indicators.
//
// # Knowledge
//
// A [Record] is an indicator with the [Statement]s of its sources, a [Set] a
// collection of records. Both merge by set union, so the order in which things
// are learnt does not matter; [Record.At] derives roles, confidence, marking and
// validity for a given time. Ask [View.Hostile] before acting against an
// indicator: many addresses in feeds are victims'.
//
// The speed is measured by BenchmarkExtract and BenchmarkParse, the accuracy by
// TestAccuracy, and all disagreements with other tools that are meant to be are
// listed in the conformance tests.
package ioc
