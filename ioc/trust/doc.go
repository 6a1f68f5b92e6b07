// Package trust turns what sources claim into one number that a decision can
// rest on, in four steps that can each be used alone:
//
//   - rate the source and the claim: [Reliability] and [Credibility] of the
//     Admiralty code, or a label on one of the five confidence scales of
//     STIX 2.1 appendix A ([Scale]);
//   - combine several claims about one thing: [Max], [WeightedMean], or
//     [NoisyOr], which counts sources that copy one another once;
//   - let the result age: [Decay], the polynomial model of MISP;
//   - correct it by what happened since: [Sighting] of the three kinds that
//     MISP knows, in [Decay.Assess].
//
// Confidence is a whole number from 0 to 100 as in STIX 2.1 §3.2. An absent
// confidence is not zero: functions say "unknown" with a second result instead.
// Source reliability and information credibility are kept apart on purpose; a
// reliable source may pass on an improbable claim.
//
// All types are values without hidden state and safe for concurrent use.
package trust
