// Package pattern reads, prints, compares and matches the patterning language of
// STIX 2.1 (§9), and lends its comparison expressions to the conditions of
// playbooks.
package pattern
