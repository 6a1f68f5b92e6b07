// Package privacy makes indicators fit to leave an organisation when the values
// themselves must stay: keyed pseudonyms, addresses that keep only their
// neighbourhood, and addresses cut to their network.
//
//   - A [Key] turns an indicator into a [Pseudonym]. Whoever has the same key
//     gets the same pseudonym, so two parties can compare what they saw;
//     [Key.For] gives each recipient a key of its own, and what one recipient
//     gets cannot be joined with what another gets.
//   - An [AddressMapper] is Crypto-PAn: addresses of one network stay together.
//   - [Truncate] cuts an address to its network and cannot be undone.
//   - [Hash] is a plain SHA-256 for values that nobody can list. It refuses the
//     types whose values can all be tried out: a hash of an IPv4 address hides
//     nothing, since there are only 2³² of them.
//
// Pseudonymous is not anonymous: under the GDPR (recital 26) data that can be
// attributed to a person with a key is personal data for whoever has the key.
package privacy
