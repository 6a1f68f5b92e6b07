// Package ioc holds the values that security automation is about: indicators
// of compromise. It parses and prints them, finds them in text, and keeps what
// sources say about them.
//
//   - [Indicator] is a typed value in canonical form, comparable, made by
//     [Parse] and [ParseAs].
//   - [Extract] and [Extractor] find indicators in text, with exact offsets.
//   - [Refang] and [Indicator.Defang] go between live and harmless spellings.
//   - [Record] is an indicator with the statements of its sources, [Set] a
//     collection of records; both merge by set union.
package ioc
