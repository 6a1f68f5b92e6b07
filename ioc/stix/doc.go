// Package stix reads, checks and writes STIX 2.1, the OASIS format for threat
// intelligence, and turns indicators into records of package ioc and back.
//
// A [Reader] yields the objects of a bundle one by one, a [Writer] writes them,
// both in memory for one object however large the bundle is. An [Object] is any
// object as it was read; [As] makes it a struct:
//
//	for object, err := range stix.NewReader(file).Objects() {
//		...
//		if object.Type() == "indicator" {
//			indicator, err := stix.As[stix.Indicator](object)
//			...
//		}
//	}
//
// # Nothing is lost
//
// Unknown properties, custom objects and extensions survive reading and writing:
// an Object is written as it was read, and a struct keeps in its Extra whatever
// it has no field for. What is equal in RFC 8785 canonical form before is equal
// after.
//
// # Nothing is guessed
//
// Duplicate keys, data after the bundle, bad UTF-8, and what exceeds
// [MaxObjectBytes], [MaxObjectDepth] or [MaxObjectValues] are refused, each with
// line and column. [Object.Validate] reports all that breaks a MUST of the
// specification at once, and on request every SHOULD. It serves all types of
// objects; those with a struct here are what security automation trades in.
//
// # Identifiers
//
// [SCOID] computes the deterministic identifiers of cyber-observable objects.
// [NewID] makes random ones for everything else.
//
// # Records
//
// [Importer] makes [ioc.Record] values of a bundle's indicators and
// observations, with roles, validity, confidence, sightings and markings;
// [Exporter] makes objects of records. [PatternOf] and [IndicatorsIn] translate
// between single values and patterns.
package stix
