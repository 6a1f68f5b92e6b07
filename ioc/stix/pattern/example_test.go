package pattern_test

import (
	"fmt"
	"time"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

func Example() {
	observed, err := pattern.DecodeObserved([]byte(`{"type": "bundle", "id": "bundle--1", "objects": [
		{"type": "observed-data", "id": "observed-data--1", "first_observed": "2026-03-01T12:00:00Z",
		 "last_observed": "2026-03-01T12:00:00Z", "number_observed": 1, "object_refs": ["domain-name--1"]},
		{"type": "observed-data", "id": "observed-data--2", "first_observed": "2026-03-01T12:01:30Z",
		 "last_observed": "2026-03-01T12:02:00Z", "number_observed": 3, "object_refs": ["network-traffic--1"]},
		{"type": "domain-name", "id": "domain-name--1", "value": "cdn.example.net"},
		{"type": "network-traffic", "id": "network-traffic--1", "dst_ref": "ipv4-addr--1", "dst_port": 443},
		{"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.7"}]}`))
	if err != nil {
		panic(err)
	}
	m := pattern.MustCompile("([domain-name:value LIKE '%.example.net'] FOLLOWEDBY " +
		"[network-traffic:dst_ref.value ISSUBSET '192.0.2.0/24' AND network-traffic:dst_port = 443]) WITHIN 120 SECONDS")
	fmt.Println(m.Find(observed...))
	// Output: [0 1] <nil>
}

func ExampleParse() {
	p, err := pattern.Parse("[file:'name'=='x.exe'AND(file:size>1024)]")
	fmt.Println(p, err)
	_, err = pattern.Parse("[file:name = 'C:\\temp']")
	fmt.Println(err)
	_, err = pattern.Strict.Parse("[file:size > 10 AND process:pid = 4]")
	fmt.Println(err)
	// Output:
	// [file:name = 'x.exe' AND (file:size > 1024)] <nil>
	// pattern: 1:17: syntax error: single backslash; the only escapes are \' and \\, so double it
	// pattern: 1:21: rule broken: no object can satisfy this and what stands before AND; put the tests of another object in brackets of their own
}

func ExamplePattern_Comparisons() {
	p := pattern.MustParse("[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f' OR file:name IN ('a', 'b')]")
	p.Comparisons(func(c *pattern.Comparison) {
		fmt.Println(c.Left.String(), c.Op, c.Right.Text(), len(c.Set))
	})
	// Output:
	// file:hashes.'SHA-256' = aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f 0
	// file:name IN  2
}

func ExampleNewObserved() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	login, err := pattern.NewObserved(now, now.Add(time.Minute), 12, map[string]any{"type": "user-account", "account_login": "root"})
	if err != nil {
		panic(err)
	}
	fmt.Println(pattern.MustCompile("[user-account:account_login = 'root'] REPEATS 10 TIMES WITHIN 300 SECONDS").Match(login))
	// Output: true <nil>
}

func ExampleEquivalent() {
	a := pattern.MustParse("[ipv4-addr:value = '198.51.100.7/32' OR (ipv4-addr:value = '198.51.100.7' AND ipv4-addr:x_note = 'a')]")
	b := pattern.MustParse("([ipv4-addr:value = '198.51.100.7']) OR [ipv4-addr:value = '198.51.100.7']")
	fmt.Println(pattern.Equivalent(a, b))
	fmt.Println(a.Normal())
	// Output:
	// true <nil>
	// [ipv4-addr:value = '198.51.100.7'] <nil>
}

func ExampleIndex() {
	index := pattern.NewIndex(
		pattern.MustCompile("[domain-name:value = 'evil.example.com']"),
		pattern.MustCompile("[url:value LIKE '%/gate.php']"),
		pattern.MustCompile("[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
	)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seen, err := pattern.NewObserved(now, now, 1,
		map[string]any{"type": "url", "value": "http://198.51.100.7/gate.php"},
		map[string]any{"type": "ipv4-addr", "value": "198.51.100.7"})
	if err != nil {
		panic(err)
	}
	fmt.Println(index.Match(seen))
	// Output: [1 2] <nil>
}

func ExampleDecodeObserved() {
	_, err := pattern.DecodeObserved([]byte(`{"type": "observed-data", "first_observed": "2026-03-01", "last_observed": "2026-03-01"}`))
	fmt.Println(err)
	// Output:
	// pattern: observed data: line 1 column 45: data cannot be compared: first_observed is "2026-03-01", no timestamp
}

func ExamplePattern_ReferenceString() {
	p := pattern.MustParse("[a:'b'[1]!=2]")
	fmt.Println(p)
	fmt.Println(p.ReferenceString())
	// Output:
	// [a:b[1] != 2]
	// [a:'b'[1] NOT = 2]
}
