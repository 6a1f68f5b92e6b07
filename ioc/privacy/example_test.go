package privacy_test

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/privacy"
)

// Two partners are given what was seen, each under a key of its own: neither
// learns the address, and they cannot join what they were given.
func ExampleKey_For() {
	secret := bytes.Repeat([]byte{42}, privacy.MinSecret) // from a secret store
	ours, err := privacy.NewKey("2026-11", secret)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := ioc.MustParse("192.0.2.77")
	for _, partner := range []string{"cert", "bank"} {
		key, _ := ours.For(partner)
		p, _ := key.Pseudonym(seen)
		fmt.Println(p)
	}
	_, err = privacy.Hash(seen)
	fmt.Println(err)
	// Output:
	// pseudonym:2026-11/cert:ipv4:5050dbaff9ea2acfc5f3e0a7449c92a35523184b
	// pseudonym:2026-11/bank:ipv4:44a002618e5e21a9bf4df65fd6ef0e355f4c013d
	// privacy: a plain hash of a value of type ipv4 hides nothing: there are 2^32 IPv4 addresses, and each can be hashed and compared; use Key.Pseudonym with a secret key: the values of this type can be listed
}

// Hosts of one network stay neighbours, so that a scan still looks like one.
func ExampleAddressMapper() {
	mapper, err := privacy.NewAddressMapper(bytes.Repeat([]byte{7}, privacy.AddressKeySize))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range []string{"192.0.2.1", "192.0.2.2", "198.51.100.9"} {
		fmt.Println(mapper.Map(netip.MustParseAddr(a)))
	}
	// Output:
	// 200.62.28.14
	// 200.62.28.12
	// 206.204.231.198
}

func Example() {
	key, err := privacy.NewKey("2026-11", bytes.Repeat([]byte{42}, privacy.MinSecret)) // from a secret store
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := key.Pseudonym(ioc.MustParse("victim@example.org"))
	if err != nil {
		fmt.Println(err)
		return
	}
	again, _ := key.Pseudonym(ioc.MustParse("victim@EXAMPLE.org"))
	fmt.Println(p.Type(), p.KeyID(), p == again)
	// Output: email 2026-11 true
}

func ExampleTruncate() {
	for _, a := range []string{"192.0.2.77", "2001:db8:1:2::3"} {
		fmt.Println(privacy.Truncate(netip.MustParseAddr(a), privacy.CommonPrefix4, privacy.CommonPrefix6))
	}
	// Output:
	// 192.0.2.0/24 <nil>
	// 2001:db8:1::/48 <nil>
}

// A hash of a file's hash tells nothing to those who do not have the file.
func ExampleHash() {
	sum, err := privacy.Hash(ioc.MustParse("aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f"))
	fmt.Println(len(sum), err)
	fmt.Println(privacy.Enumerable(ioc.MAC))
	// Output:
	// 64 <nil>
	// there are 2^24 addresses for each published vendor prefix
}
