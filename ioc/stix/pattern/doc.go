// Package pattern reads, prints, compares and matches the patterning language of
// STIX 2.1 (§9), and lends its comparison expressions to the conditions of
// playbooks.
//
//	p, err := pattern.Parse("[ipv4-addr:value ISSUBSET '192.0.2.0/24']")
//	m, err := pattern.Compile(p)
//	ok, err := m.Match(observed...)
//
// # Reading
//
// [Parse] reads a pattern as the OASIS validator would, [Strict] as the
// specification is written, [Lenient] what is found in the field; [StrictRules]
// lists where strict differs. [Validate] gives the same verdict without building
// a tree. A [*ParseError] names line and column, what was found there and what
// would be right. MATCHES takes the regular expressions of package regexp: the
// ones that it cannot compile are errors with a place, too.
//
// The tree that Parse returns is plain data: it can be walked, changed, made by
// hand, and prints itself.
//
// # Matching
//
// [DecodeObserved] reads observed-data of STIX 2.0 and 2.1; [NewObserved] makes
// it from what a program has at hand. A [Matcher] tells whether observations
// satisfy a pattern, and which; an [Index] which of many patterns do.
//
// These are the rules where readers of the specification differ. They follow the
// OASIS matcher, but for the last three.
//
//   - Tests within brackets joined by AND hold of one object. A test of a
//     property with several values, by [*], holds if one of them satisfies it;
//     with NOT, if one of them does not. A property that is not there satisfies
//     no test, also none with != or NOT.
//   - NOT EXISTS a:b holds of every object that has no b, which includes those
//     of other types; so [NOT EXISTS file:name] says little about files.
//   - Integers and floats are numbers; otherwise values of unlike types are
//     different, and have no order: 443 is not '443', true is not 1.
//   - Bytes, in literals and in properties whose names end in _hex and _bin,
//     compare with text by code points. A timestamp compares with text that is
//     a timestamp; other text there is an [ErrData], not a mismatch.
//   - LIKE and MATCHES work on Unicode's form NFC, = and IN on text as it is.
//     LIKE fits the whole text, MATCHES any part; % and _ exclude line feeds.
//   - Each bracket of AND and FOLLOWEDBY, and each time of REPEATS, takes an
//     observation of its own; one that was seen n times (number_observed) can be
//     taken n times.
//   - Observations are intervals. WITHIN and FOLLOWEDBY hold if instants can be
//     chosen in them so that they hold. START is included and STOP is not.
//   - ISSUBSET and ISSUPERSET know IPv6. No IPv4 address lies in an IPv6 network.
//   - Objects outside of object_refs can be referred to, by _ref and _refs.
//   - A list index below zero finds nothing.
//
// Whether brackets can be given observations of their own is answered by a flow,
// time by trying instants in order, so matching is polynomial for a pattern. In
// the pattern's size the problem is NP-hard; [Matcher.Budget] ends it with an
// [ErrBudget].
//
// # Finding duplicates
//
// [Pattern.Normal] brings patterns that say the same to the same text;
// [Equivalent] compares two.
//
// # Conditions
//
// [ConditionSyntax] reads comparison expressions over operands of the caller's,
// and [Comparison.Eval] evaluates them.
package pattern
