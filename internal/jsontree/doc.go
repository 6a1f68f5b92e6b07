// Package jsontree reads JSON strictly, keeps what it read, and writes it back.
//
// encoding/json takes duplicate and case-variant keys, repairs bad UTF-8, and
// turns large integers into floats, so two readers of one document may see
// different things. [Parse] refuses all of that: duplicate keys, data after the
// value, bad UTF-8, lone surrogates, numbers outside the range of a double, and
// whatever exceeds its [Limits]. Every [Error] names kind, JSON Pointer, byte
// offset, line and column.
//
// A [Node] is one value of the tree. Methods that look things up are safe on a
// nil node and give nil or false, so that a chain needs one check at its end:
//
//	cmd, ok := doc.Get("workflow").Get(id).Get("commands").Index(0).Get("command").Text()
//
// # What is kept
//
// Members keep their order, numbers their spelling, strings their escapes.
// [Node.AppendJSON] of an unchanged node is the bytes that were read. After
// [Node.Set], [Node.Remove] and their like only the members concerned change;
// everything else, unknown members and indentation included, stays as it was.
// [Node.AppendCanonical] writes the RFC 8785 (JCS) form, in which two equal
// documents are equal bytes.
//
// A tree may be read by many goroutines at once; edits need exclusive use.
package jsontree
