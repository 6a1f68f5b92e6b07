// Package marking says who may receive a piece of information and what may be
// done with it: the Traffic Light Protocol (TLP 2.0, and 1.0 on reading), the
// Permissible Actions Protocol (PAP) and the parts of FIRST's Information
// Exchange Policy (IEP 2.0) that restrict either.
//
// A [Marking] is a small comparable value; its zero value means "unmarked".
// Where data meets data, [Restrict] keeps the most restrictive of both. Where
// data leaves, [Marking.Allows] is the question to ask before a byte is sent:
//
//	if err := m.Allows(marking.Community, marking.PassiveThirdParty); err != nil {
//		return err // says which marking, which audience, and how to proceed
//	}
//
// # Failing closed
//
// Whatever is not understood is treated as the strictest thing that it could
// have meant. An unmarked value may go where TLP:AMBER+STRICT may go, unless the
// host fills the gap with [Marking.Or]; a label or identifier that is not known
// reads as TLP:RED; an audience or an action that was left out counts as the
// public and as acting on the target. Every function here that returns a
// marking together with an error returns the strict reading, so that a caller
// who drops the error discloses nothing.
//
// # Versions of TLP
//
// There is one scale, that of TLP 2.0. TLP:WHITE of version 1.0 is read as
// TLP:CLEAR; the other three colours keep their names. [TLP.V1] gives the
// label and the identifier for receivers that know only 1.0, where
// TLP:AMBER+STRICT, which 1.0 cannot say, becomes TLP:RED.
//
// All functions and methods are safe for concurrent use; nothing here keeps
// state.
package marking
