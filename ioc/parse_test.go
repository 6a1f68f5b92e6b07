package ioc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
)

func Example() {
	for _, m := range ioc.Extract("The loader calls hxxps://cdn.evil[.]example/a.php (203.0.113.7).") {
		fmt.Printf("%-6s %d-%d %s\n", m.Indicator.Type(), m.Start, m.End, m.Indicator.Defang())
	}
	// Output:
	// url    17-49 hxxps://cdn[.]evil[.]example/a.php
	// domain 25-43 cdn[.]evil[.]example
	// ipv4   51-62 203[.]0[.]113[.]7
}

func ExampleParse() {
	i, err := ioc.Parse("hXXps://EVIL[.]example/PaTh")
	fmt.Println(i.Type(), i, i.Registrable(), err)
	_, err = ioc.ParseAs(ioc.IPv4, "192.0.2.256")
	fmt.Println(err)
	// Output:
	// url https://evil.example/PaTh evil.example <nil>
	// ioc: parse "192.0.2.256" as ipv4: invalid value: an IPv4 address is four numbers from 0 to 255 without leading zeros, joined by dots
}

func ExampleClassify() {
	for _, c := range ioc.Classify("readme.md") {
		fmt.Printf("%s: %s\n", c.Indicator.Type(), c.Reason)
	}
	// Output:
	// filename: a file name's extension
	// domain: a name under a known top-level domain
}

func ExampleRefang() {
	fmt.Println(ioc.Refang("Ask admin[at]evil[.]example (see appendix [A])."))
	fmt.Println(ioc.Defang("Block http://evil.example/a and 203.0.113.7."))
	// Output:
	// Ask admin@evil.example (see appendix [A]).
	// Block hxxp://evil[.]example/a and 203[.]0[.]113[.]7.
}

func ExampleExtractor() {
	x := ioc.Extractor{Mode: ioc.Strict, Types: []ioc.Type{ioc.IPv4, ioc.SHA256}}
	for m, err := range x.Read(strings.NewReader("198.51.100[.]7 and evil.com")) {
		fmt.Println(m.Indicator, m.Flags, err)
	}
	// Output:
	// 198.51.100.7 defanged|reserved <nil>
}

func ExampleMatcher() {
	tickets := ioc.Matcher{Name: "ticket", First: "I", Match: func(text string, at int) (int, string) {
		if !strings.HasPrefix(text[at:], "INC-") || len(text) < at+8 {
			return 0, ""
		}
		return 8, text[at : at+8]
	}}
	x := ioc.Extractor{Matchers: []ioc.Matcher{tickets}}
	fmt.Println(x.Extract("see INC-2041")[0].Indicator)
	// Output:
	// ticket:INC-2041
}

// valid gives, for each type, spellings of one value, the canonical one first.
var valid = map[ioc.Type][]string{
	ioc.IPv4:            {"192.0.2.1", " 192[.]0[.]2[.]1 ", "192,0,2,1"},
	ioc.IPv6:            {"2001:db8::1", "2001:DB8:0::1", "[2001:db8::1]", "2001:db8::1%eth0", "2001[:]db8[:][:]1"},
	ioc.CIDR:            {"192.0.2.0/24", "192.0.2.77/24", "192.0.2[.]0/24"},
	ioc.Socket:          {"192.0.2.1:443", "192[.]0[.]2[.]1[:]443"},
	ioc.MAC:             {"00:1b:21:3a:4f:5e", "00-1B-21-3A-4F-5E", "001b.213a.4f5e", "001B213A4F5E"},
	ioc.ASN:             {"AS64496", "as 64496", "ASN64496", "64496"},
	ioc.Domain:          {"xn--80ak6aa92e.com", "аррӏе.com", "XN--80AK6AA92E[.]COM."},
	ioc.Onion:           {strings.Repeat("a2", 28) + ".onion", "www." + strings.Repeat("A2", 28) + ".onion"},
	ioc.URL:             {"https://evil.com/PaTh?q=1#f", "hXXps://EVIL[.]com/PaTh?q=1#f"},
	ioc.Email:           {"bob@evil.co.uk", "Bob[at]evil[.]co[.]uk", "bob@EVIL.co.uk"},
	ioc.Filename:        {"invoice.pdf.exe"},
	ioc.FilePath:        {`C:\Windows\a.exe`},
	ioc.RegistryKey:     {`HKLM\Software\Evil`},
	ioc.Mutex:           {"Global\\evil"},
	ioc.NamedPipe:       {`\\.\pipe\evil`},
	ioc.UserAgent:       {"EvilBot/1.0 (x)"},
	ioc.MD5:             {"9e107d9d372bb6826bd81d3542a419d6", "9E107D9D372BB6826BD81D3542A419D6", "0x9e107d9d372bb6826bd81d3542a419d6"},
	ioc.SHA1:            {"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "2FD4E1C67A2D28FCED849EE1BB76E7391B93EB12"},
	ioc.SHA224:          {"730e109bd7a8a32b1cb9d9a09aa2325d2430587ddbc0c38bad911525"},
	ioc.SHA256:          {"d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"},
	ioc.SHA384:          {strings.Repeat("0a", 48)},
	ioc.SHA512:          {strings.Repeat("0a", 64)},
	ioc.SSDeep:          {"96:abcdefghijklmnop:ABCDEFGH", `96:abcdefghijklmnop:ABCDEFGH,"a.exe"`},
	ioc.TLSH:            {"T1" + strings.Repeat("0A", 35), strings.Repeat("0a", 35)},
	ioc.ImpHash:         {"9e107d9d372bb6826bd81d3542a419d6"},
	ioc.Authentihash:    {"d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"},
	ioc.JA3:             {"9e107d9d372bb6826bd81d3542a419d6"},
	ioc.JA3S:            {"9e107d9d372bb6826bd81d3542a419d6"},
	ioc.JA4:             {"t13d1516h2_8daaf6152771_b186095e22b6"},
	ioc.JARM:            {strings.Repeat("0a", 31)},
	ioc.HASSH:           {"9e107d9d372bb6826bd81d3542a419d6"},
	ioc.CertFingerprint: {"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "2F:D4:E1:C6:7A:2D:28:FC:ED:84:9E:E1:BB:76:E7:39:1B:93:EB:12"},
	ioc.CertSerial:      {"0a1b2c3d4e5f", "0A:1B:2C:3D:4E:5F", "0x0a1b2c3d4e5f"},
	ioc.CVE:             {"CVE-2021-44228", "cve–2021–44228"},
	ioc.CWE:             {"CWE-79", "cwe-79"},
	ioc.CPE:             {"cpe:2.3:a:vendor:product:7.5:-:*:*:*:*:*:*", "CPE:2.3:a:vendor:product:7.5:-:*:*:*:*:*:*"},
	ioc.CAPEC:           {"CAPEC-13", "capec-13"},
	ioc.GHSA:            {"GHSA-jfh8-c2jp-5v3q", "ghsa-JFH8-C2JP-5V3Q"},
	ioc.AttackID:        {"T1059.001", "t1059.001"},
	ioc.TLP:             {"TLP:CLEAR", "tlp white", "clear"},
	ioc.BTC:             {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"},
	ioc.BCH:             {"qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	ioc.ETH:             {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"},
	ioc.Solana:          {"4k3DyjzvzyLPzm8jnL4zRzQ7nE8HJz8UyKqmqkzXN5Pp"},
	ioc.IBAN:            {"DE89370400440532013000", "de89 3704 0044 0532 0130 00"},
	ioc.UUID:            {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}"},
	ioc.Phone:           {"+41446681800", "+41 (44) 668-18-00"},
	ioc.YARA:            {"rule r : tag { strings: $a = \"}\" condition: $a }"},
	ioc.ARN:             {"arn:aws:iam::123456789012:user/Bob"},
	ioc.AWSAccessKey:    {"AKIAIOSFODNN7EXAMPLE"},
	ioc.GATrack:         {"UA-26296840-4", "ua-26296840-4"},
	ioc.Custom:          {"ticket:INC-42"},
}

// generated are the types whose values the generator makes with their checksums.
var generated = []ioc.Type{ioc.XMR, ioc.LTC, ioc.Doge, ioc.XRP, ioc.Cardano, ioc.Tron, ioc.ZEC, ioc.Dash, ioc.Stellar, ioc.Tezos}

func TestParseAs(t *testing.T) {
	text, truth, _ := generate(1, 2<<20)
	_ = text
	for i := range truth {
		for _, typ := range generated {
			if i.Type() == typ {
				valid[typ] = []string{i.Value()}
			}
		}
	}
	for typ := range ioc.Types() {
		if len(valid[typ]) == 0 {
			t.Errorf("no example of %v", typ)
			continue
		}
		want := valid[typ][0]
		for _, spelling := range valid[typ] {
			i, err := ioc.ParseAs(typ, spelling)
			if err != nil || i.Value() != want || i.Type() != typ {
				t.Errorf("ParseAs(%v, %q) = %q, %v; want %q", typ, spelling, i, err, want)
			}
		}
		checkForms(t, typ, want)
	}
}

// checkForms checks the text and JSON forms of a value.
func checkForms(t *testing.T, typ ioc.Type, value string) {
	t.Helper()
	i, err := ioc.ParseAs(typ, value)
	if err != nil {
		return // reported by the caller
	}
	b, err := json.Marshal(i)
	if err != nil {
		t.Fatal(err)
	}
	var back ioc.Indicator
	if err := json.Unmarshal(b, &back); err != nil || back != i {
		t.Errorf("%s comes back as %v, %v", b, back, err)
	}
	name, err := typ.MarshalText()
	if parsed, perr := ioc.ParseType(string(name)); err != nil || perr != nil || parsed != typ {
		t.Errorf("the name of %v does not come back: %v, %v", typ, err, perr)
	}
}

func TestParseAsRefuses(t *testing.T) {
	for _, c := range []struct {
		typ  ioc.Type
		text string
		kind error
	}{
		{ioc.IPv4, "192.0.2.256", ioc.ErrInvalid}, {ioc.IPv4, "192.0.02.1", ioc.ErrInvalid}, {ioc.IPv4, "", ioc.ErrInvalid},
		{ioc.IPv6, "192.0.2.1", ioc.ErrInvalid}, {ioc.CIDR, "192.0.2.0/33", ioc.ErrInvalid}, {ioc.Socket, "192.0.2.1:0", ioc.ErrInvalid},
		{ioc.MAC, "00:1b:21:3a:4f", ioc.ErrInvalid}, {ioc.MAC, "00:1b-21:3a:4f:5e", ioc.ErrInvalid}, {ioc.ASN, "AS0", ioc.ErrInvalid}, {ioc.ASN, "AS4294967296", ioc.ErrInvalid},
		{ioc.Domain, "co.uk", ioc.ErrInvalid}, {ioc.Domain, "evil", ioc.ErrInvalid}, {ioc.Domain, "e_vil.com", ioc.ErrInvalid}, {ioc.Domain, "-a.com", ioc.ErrInvalid},
		{ioc.Domain, strings.Repeat("a", 64) + ".com", ioc.ErrInvalid}, {ioc.Domain, strings.Repeat("a.", 130) + "com", ioc.ErrInvalid}, {ioc.Domain, "evil.nosuchtld", ioc.ErrInvalid},
		{ioc.URL, "evil.com", ioc.ErrInvalid}, {ioc.URL, "wat://evil.com", ioc.ErrInvalid}, {ioc.URL, "http://evil.com:99999/", ioc.ErrInvalid}, {ioc.URL, "http://a b.com/", ioc.ErrInvalid}, {ioc.URL, "http://evil.com/a b", ioc.ErrInvalid},
		{ioc.Email, "a..b@evil.com", ioc.ErrInvalid}, {ioc.Email, "@evil.com", ioc.ErrInvalid}, {ioc.Email, "a@b", ioc.ErrInvalid},
		{ioc.MD5, strings.Repeat("0", 32), ioc.ErrInvalid}, {ioc.SHA256, strings.Repeat("g", 64), ioc.ErrInvalid},
		{ioc.SSDeep, "100:abcdefgh:abcdefgh", ioc.ErrInvalid}, {ioc.CVE, "CVE-1998-0001", ioc.ErrInvalid}, {ioc.CVE, "CVE-2021-123", ioc.ErrInvalid},
		{ioc.BTC, "1BoatSLRHtKNngkdXEeobR76b53LETtpyU", ioc.ErrInvalid}, {ioc.BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ioc.ErrInvalid}, {ioc.BTC, "bc1QW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ioc.ErrInvalid},
		{ioc.ETH, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ioc.ErrInvalid}, {ioc.IBAN, "DE89370400440532013001", ioc.ErrInvalid}, {ioc.IBAN, "DE8937040044053201300", ioc.ErrInvalid},
		{ioc.TLP, "TLP:PURPLE", ioc.ErrInvalid}, {ioc.AttackID, "T1059.000", ioc.ErrInvalid}, {ioc.UUID, "6ba7b810-9dad-11d1-80b4", ioc.ErrInvalid}, {ioc.Phone, "044 668 18 00", ioc.ErrInvalid},
		{ioc.Custom, "INC 42", ioc.ErrInvalid}, {ioc.YARA, "rule r { strings: $a }", ioc.ErrInvalid}, {ioc.Mutex, "a\nb", ioc.ErrInvalid},
		{ioc.Domain, strings.Repeat("a", ioc.MaxLength+1), ioc.ErrTooLong}, {ioc.Type(200), "x", ioc.ErrUnknownType}, {0, "x", ioc.ErrUnknownType},
	} {
		i, err := ioc.ParseAs(c.typ, c.text)
		if !errors.Is(err, c.kind) || i.IsValid() {
			t.Errorf("ParseAs(%v, %.60q) = %v, %v; want %v", c.typ, c.text, i, err, c.kind)
		}
		if e, ok := errors.AsType[*ioc.ParseError](err); !ok || len(e.Input) > 100 || e.Type != c.typ && c.typ.IsValid() {
			t.Errorf("ParseAs(%v, %.60q) fails with %+v", c.typ, c.text, err)
		}
	}
}

func TestParse(t *testing.T) {
	for typ, spellings := range valid {
		switch typ {
		case ioc.ImpHash, ioc.JA3, ioc.JA3S, ioc.HASSH, ioc.Authentihash, ioc.CertSerial, ioc.Mutex, ioc.UserAgent, ioc.Custom, ioc.CertFingerprint:
			continue // not the first reading of their form, or without one
		}
		i, err := ioc.Parse(spellings[0])
		if err != nil || i.Type() != typ || i.Value() != spellings[0] {
			t.Errorf("Parse(%q) = %v %q, %v; want %v", spellings[0], i.Type(), i, err, typ)
		}
	}
	for _, text := range []string{"", " ", "hello", "two words", "12345", "a.b", "co.uk", "e.g.", "1.2.3", "::", "http://", "@", strings.Repeat("x", 9000)} {
		if i, err := ioc.Parse(text); err == nil && text != "::" {
			t.Errorf("Parse(%.40q) = %v %q, want an error", text, i.Type(), i)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		text string
		want []ioc.Type
	}{
		{"9e107d9d372bb6826bd81d3542a419d6", []ioc.Type{ioc.MD5, ioc.ImpHash, ioc.JA3, ioc.JA3S, ioc.HASSH}},
		{"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", []ioc.Type{ioc.SHA1, ioc.CertFingerprint}},
		{"readme[.]md", []ioc.Type{ioc.Filename, ioc.Domain}},
		{"evil.com", []ioc.Type{ioc.Domain}},
		{"hello", nil},
	} {
		var got []ioc.Type
		for _, candidate := range ioc.Classify(c.text) {
			got = append(got, candidate.Indicator.Type())
			if candidate.Reason == "" {
				t.Errorf("%q as %v: no reason", c.text, candidate.Indicator.Type())
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Classify(%q) (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestZeroIndicator(t *testing.T) {
	var zero ioc.Indicator
	if zero.IsValid() || zero.Defang() != "invalid indicator" || zero.Host() != "" || zero.Registrable() != "" {
		t.Errorf("the zero Indicator is %q", zero)
	}
	if _, err := json.Marshal(zero); !errors.Is(err, ioc.ErrInvalid) {
		t.Errorf("marshalling the zero Indicator: %v, want ErrInvalid", err)
	}
}

func TestHostAndRegistrable(t *testing.T) {
	for _, c := range []struct{ text, host, registrable string }{
		{"https://u:p@www.evil.co.uk:8080/a", "www.evil.co.uk", "evil.co.uk"},
		{"http://[2001:db8::1]/a", "2001:db8::1", ""},
		{"joe@mail.evil.com", "mail.evil.com", "evil.com"},
		{"198.51.100.7:443", "198.51.100.7", ""},
		{"x.y.github.io", "x.y.github.io", "y.github.io"},
		{"9e107d9d372bb6826bd81d3542a419d6", "", ""},
	} {
		i := ioc.MustParse(c.text)
		if i.Host() != c.host || i.Registrable() != c.registrable {
			t.Errorf("%s: host %q, registrable %q; want %q, %q", c.text, i.Host(), i.Registrable(), c.host, c.registrable)
		}
	}
}
