// Package misp reads, checks and writes events of the MISP core format, reads
// feeds, and turns attributes into records of package ioc and into STIX 2.1.
//
// [Events] yields the events of a file or of a server's answer one by one;
// [NewFeed] reads a feed from any file system.
//
//	for event, err := range misp.Events(file) {
//		...
//		records, skipped := misp.Importer{}.Records(event)
//	}
//
// # Nothing is lost
//
// Numbers are taken as strings and as numbers, booleans also as 0 and 1, since
// servers and tools differ; each is written again as it was read. Unknown
// properties, nulls, galaxies and what stands beside an event in the object
// around it are kept. What is equal in RFC 8785 canonical form before is equal
// after.
//
// # Types
//
// All 194 types of attributes are known with their 16 categories ([Type.Info]).
// Values of composite types, such as ip-dst|port, hold two parts
// ([Attribute.Parts]).
//
// # STIX
//
// [Event.STIX] follows the mapping that other MISP tools use, except where it is
// wrong: ports, sizes and numbers of autonomous systems are numbers, SHA-512/256
// is not SHA-256, and the hives of registry keys are written out.
//
// All values may be read by several goroutines at once; changing them needs
// exclusive use.
package misp
