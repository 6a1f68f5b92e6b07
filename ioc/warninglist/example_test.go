package warninglist_test

import (
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/warninglist"
)

// Values that are in every report are named together with the reason.
func Example() {
	lists, err := warninglist.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	own, err := warninglist.Decode(strings.NewReader(
		`{"name": "Our own names", "type": "hostname", "version": 1, "list": ["soarkit.io"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	index, err := warninglist.NewIndex(warninglist.Semantic, append(lists, own)...)
	if err != nil {
		fmt.Println(err) // entries that were left out
	}
	for _, s := range []string{"https://www.soarkit.io:8443/login", "192.168.7.7", "d41d8cd98f00b204e9800998ecf8427e", "8.8.4.4"} {
		hits := index.Lookup(ioc.MustParse(s))
		if len(hits) == 0 {
			fmt.Println(s, "is on no list")
		}
		for _, h := range hits {
			fmt.Printf("%s: %s (%s)\n", s, h.List.Name, h.Entry)
		}
	}
	// Output:
	// https://www.soarkit.io:8443/login: Our own names (soarkit.io)
	// 192.168.7.7: Reserved networks (192.168.0.0/16)
	// d41d8cd98f00b204e9800998ecf8427e: Digests of empty input (d41d8cd98f00b204e9800998ecf8427e)
	// 8.8.4.4 is on no list
}
