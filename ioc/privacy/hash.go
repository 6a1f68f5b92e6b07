package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/soarkit/soarkit/ioc"
)

// Enumerable tells why the values of a type can be listed, so that a plain hash
// of one can be undone by hashing them all, and about how many there are. It
// reports "" for types whose values are drawn from a space too large to try,
// such as hashes and keys.
func Enumerable(t ioc.Type) string {
	switch t {
	case ioc.IPv4, ioc.CIDR:
		return "there are 2^32 IPv4 addresses"
	case ioc.Socket:
		return "there are 2^32 IPv4 addresses and 2^16 ports"
	case ioc.IPv6:
		return "the networks in use are published and their hosts often numbered in order"
	case ioc.MAC:
		return "there are 2^24 addresses for each published vendor prefix"
	case ioc.ASN, ioc.CVE, ioc.CWE, ioc.CPE, ioc.CAPEC, ioc.GHSA, ioc.AttackID, ioc.TLP:
		return "the values are published"
	case ioc.Domain, ioc.Onion:
		return "names are listed in zone files and certificate logs"
	case ioc.URL:
		return "most begin with a listed name and end in a common path"
	case ioc.Email, ioc.UserAgent:
		return "the values follow a pattern and are found in leaked lists"
	case ioc.Filename, ioc.FilePath, ioc.RegistryKey, ioc.Mutex, ioc.NamedPipe:
		return "the values are short and found in published reports"
	case ioc.Phone:
		return "there are fewer than 10^15 telephone numbers, and far fewer in one country"
	case ioc.IBAN:
		return "account numbers are short and carry a checksum"
	case ioc.ARN, ioc.GATrack:
		return "the values are short and follow a pattern"
	case ioc.BTC, ioc.BCH, ioc.ETH, ioc.XMR, ioc.LTC, ioc.Doge, ioc.XRP, ioc.Solana, ioc.Cardano,
		ioc.Tron, ioc.ZEC, ioc.Dash, ioc.Stellar, ioc.Tezos:
		return "addresses in use are listed in public ledgers"
	case ioc.Custom:
		return "nothing is known about the values"
	}
	return ""
}

// Hash returns the SHA-256 of an indicator's canonical value in hexadecimal,
// for comparing lists of values that nobody can enumerate, such as file hashes.
// For every type for which [Enumerable] gives a reason it refuses with an
// [ErrEnumerable] that says so: use [Key.Pseudonym] there. An invalid indicator
// is an [ErrPseudonym].
func Hash(i ioc.Indicator) (string, error) {
	if !i.IsValid() {
		return "", fmt.Errorf("privacy: hash: the indicator is not valid: %w", ErrPseudonym)
	}
	if why := Enumerable(i.Type()); why != "" {
		return "", fmt.Errorf("privacy: a plain hash of a value of type %v hides nothing: %s, and each can be hashed and compared; use Key.Pseudonym with a secret key: %w", i.Type(), why, ErrEnumerable)
	}
	sum := sha256.Sum256([]byte(i.Value()))
	return hex.EncodeToString(sum[:]), nil
}
