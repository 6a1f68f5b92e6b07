// Package sightings tells what was seen together with an indicator before: an
// enricher over the team's own record of earlier cases, a file with one JSON
// object a line:
//
//	{"case":"INC-2026-0412","indicator":{"type":"ipv4","value":"203.0.113.80"},
//	 "role":"infrastructure","seen":"2026-10-02T06:52:00Z","marking":"TLP:GREEN"}
//
// Two indicators are related if a case has both, or if they are names under the
// same registrable domain. The answer carries the most restrictive marking of
// what it is made of.
//
// The enricher is safe for concurrent use: each query reads the file anew. It
// fails with connector.ErrInvalid if there is no indicator to look for, and with
// ErrPermanent if the file cannot be read.
package sightings
