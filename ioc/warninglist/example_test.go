package warninglist_test

import (
	"fmt"
	"strings"
	"testing/fstest"

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

// The same list, asked as MISP would answer: its entries are compared to the
// letter there.
func ExampleMode() {
	list := &warninglist.List{Name: "Our sites", Kind: warninglist.Exact, Entries: []string{"example.com"}}
	for _, mode := range []warninglist.Mode{warninglist.Semantic, warninglist.MISPCompat} {
		index, err := warninglist.NewIndex(mode, list)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(len(index.AppendHits(nil, "EXAMPLE.com.")), len(index.AppendHits(nil, "example.com")))
	}
	// Output:
	// 1 1
	// 0 1
}

// A directory of lists, such as a checkout of the MISP project's. What cannot be
// used is named, and the rest is in force.
func ExampleLoad() {
	lists, err := warninglist.Load(fstest.MapFS{ // os.DirFS("misp-warninglists")
		"lists/ours/list.json":   {Data: []byte(`{"name": "Ours", "type": "cidr", "list": ["192.0.2.0/24", "nonsense"]}`)},
		"lists/broken/list.json": {Data: []byte(`{"name": "Broken", "type": "colour", "list": []}`)},
	})
	fmt.Println(err)
	index, err := warninglist.NewIndex(warninglist.Semantic, lists...)
	fmt.Println(err)
	fmt.Println(index.Contains(ioc.MustParse("192.0.2.7")))
	// Output:
	// lists/broken/list.json: warninglist: line 1, column 28: /type: "colour" is none of cidr, string, substring, hostname, regex: not a warning list
	// warninglist "Ours": entry 1 "nonsense": neither an address nor a network
	// true
}
