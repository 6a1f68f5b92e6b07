package ioc_test

import (
	"fmt"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

func Example() {
	for _, m := range ioc.Extract("The loader calls hxxps://cdn.evil[.]example/a.php (203.0.113.7).") {
		fmt.Printf("%-6s %d-%d %s\n", m.Indicator.Type(), m.Start, m.End, m.Indicator)
	}
	// Output:
	// url    17-49 https://cdn.evil.example/a.php
	// domain 25-43 cdn.evil.example
	// ipv4   51-62 203.0.113.7
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		typ  ioc.Type
		want string
	}{
		{"192.0.2.1", ioc.IPv4, "192.0.2.1"},
		{" 192[.]0[.]2[.]1 ", ioc.IPv4, "192.0.2.1"},
		{"2001:DB8::0:1", ioc.IPv6, "2001:db8::1"},
		{"192.0.2.77/24", ioc.CIDR, "192.0.2.0/24"},
		{"EVIL[.]Example", ioc.Domain, "evil.example"},
		{"аррӏе.com", ioc.Domain, "xn--80ak6aa92e.com"},
		{"hXXps://EVIL[.]com/PaTh", ioc.URL, "https://evil.com/PaTh"},
		{"Bob[at]evil.co.uk", ioc.Email, "bob@evil.co.uk"},
		{"D41D8CD98F00B204E9800998ECF8427E", ioc.MD5, "d41d8cd98f00b204e9800998ecf8427e"},
		{"cve–2021–44228", ioc.CVE, "CVE-2021-44228"},
		{"ASN 64496", ioc.ASN, "AS64496"},
	} {
		got, err := ioc.Parse(c.in)
		if err != nil || got.Type() != c.typ || got.Value() != c.want {
			t.Errorf("Parse(%q) = %v %v, %v; want %v %v", c.in, got.Type(), got, err, c.typ, c.want)
		}
	}
}
