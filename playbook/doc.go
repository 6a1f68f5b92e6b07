// Package playbook reads, checks, draws and runs OASIS CACAO 2.0 security
// playbooks.
//
//	p, err := playbook.Decode(data)               // any JSON object; the document is kept as it is
//	problems := p.Validate(playbook.Strict)       // all of them, each with its place and what to do
//
// A playbook is a JSON document that tells people and machines how to act on an
// incident: steps that lead to each other, commands, the agents that carry them
// out, and variables. [Decode] gives a typed view of one; the document itself
// stays as it was read, unknown properties included.
package playbook
