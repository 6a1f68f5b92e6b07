package ioc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

// An extractionCase says which indicators a text holds: want is "type value"
// joined by "; ", in order, with > before what is implied.
type extractionCase struct{ text, want string }

// extractionCases are all of the cases; those here are about the traps.
var extractionCases = slices.Concat([]extractionCase{
	// Addresses.
	{"from 203.0.113.9 to 198.51.100.7.", "ipv4 203.0.113.9; ipv4 198.51.100.7"},
	{"The address is:198.51.100.7. Then", "ipv4 198.51.100.7"},
	{"198[.]51[.]100[.]7 198(.)51.100(.)8 198[dot]51[dot]100[dot]9", "ipv4 198.51.100.7; ipv4 198.51.100.8; ipv4 198.51.100.9"},
	{"198[.51[.100[.7 and 198.51.100.]8", "ipv4 198.51.100.7; ipv4 198.51.100.8"},
	{`198\.51\.100\.7 and 198^.51^.100^.8`, "ipv4 198.51.100.7; ipv4 198.51.100.8"},
	{"198 [.] 51 [.] 100 [.] 7", "ipv4 198.51.100.7"},
	{"198<.>51<.>100<.>7 {198{.}51{.}100{.}8}", "ipv4 198.51.100.7; ipv4 198.51.100.8"},
	{"198。51。100。7", "ipv4 198.51.100.7"},
	{"198.51.100.7:8443", "socket 198.51.100.7:8443; >ipv4 198.51.100.7"},
	{"198[.]51[.]100[.]7[:]53", "socket 198.51.100.7:53; >ipv4 198.51.100.7"},
	{"198.51.100.7:0 and 198.51.100.8:70000", "ipv4 198.51.100.7; ipv4 198.51.100.8"},
	{"198.51.100.0/24 but 198.51.100.7/24", "cidr 198.51.100.0/24; cidr 198.51.100.0/24; >ipv4 198.51.100.7"},
	{"198.51.100.7/x.exe", "url 198.51.100.7/x.exe; >ipv4 198.51.100.7"},
	{"10.0.19041.1 91.0.4472.124 1.2.3.4.5 1.3.6.1.4.1.311 010.001.002.003 300.1.1.1", ""},
	{"version 1.2.3.4 and v1.2.3.4 and 1.2.3", ""},
	{"7.2.0.198.in-addr.arpa", "domain 7.2.0.198.in-addr.arpa"},
	{"198,51,100,7", ""},
	{"2001:db8::1 and fe80::1%eth0", "ipv6 2001:db8::1; ipv6 fe80::1"},
	{"2001:0DB8:0:0:0:0:0:7334", "ipv6 2001:db8::7334"},
	{"[2001:db8::1]:443", "socket [2001:db8::1]:443; >ipv6 2001:db8::1"},
	{"2001:db8::/32 and 2001:db8::7/64", "cidr 2001:db8::/32; cidr 2001:db8::/64; >ipv6 2001:db8::7"},
	{"2001[:]db8[:][:]1", "ipv6 2001:db8::1"},
	{"::ffff:192.0.2.128", "ipv6 ::ffff:192.0.2.128"},
	{"2001:db8::1:: is no address, 2001:db8::2: is one", "ipv6 2001:db8::2"},
	{"ip6:2001:db8::5 a=1", "ipv6 2001:db8::5"},
	{"12:34:56 std::vector a::b Foo::Bar :: fe80:0000:f2cd:7d80:3f37:52c6", ""},
	{"aa:bb:cc:dd:ee:ff AA-BB-CC-DD-EE-F0 aabb.ccdd.eef1", "mac aa:bb:cc:dd:ee:ff; mac aa:bb:cc:dd:ee:f0"},
	{"2026-11-23T10:11:12Z 2026-11-23 10:11", ""},
	{"AS64496, AS 64497 and ASN64498 but not AS400", "asn AS64496; asn AS64497; asn AS64498"},
	// Names.
	{"evil.com", "domain evil.com"},
	{"EVIL[.]COM and Evil.Com", "domain evil.com; domain evil.com"},
	{"evil[dot]com evil(DOT)com evil[punkt]com", "domain evil.com; domain evil.com; domain evil.com"},
	{"evil。com evil．net", "domain evil.com; domain evil.net"},
	{"ev\u200bil.com and ev\u00adil.net", "domain evil.com; domain evil.net"},
	{"xn--80ak6aa92e.com аррӏе.com", "domain xn--80ak6aa92e.com; domain xn--80ak6aa92e.com"},
	{"访问evil.com网站", "domain evil.com"},
	{"“evil.com”, «evil.net»", "domain evil.com; domain evil.net"},
	{"_com.ba x_co.uk x_evil.co.uk", "domain evil.co.uk"},
	{"_dmarc.evil.com o_o.evil.nl report_evil.com", "domain _dmarc.evil.com; domain o_o.evil.nl; domain evil.com"},
	{"-evil.com www.-evil.net evil.org-----", "domain evil.com; domain evil.net; domain evil.org"},
	{"evil..com first..evil.com ....", "domain evil.com"},
	{"It ran.In the end evil.com.Then it stopped.", "domain evil.com"},
	{"System.Net.WebClient os.path.join com.android.support foo.bar() obj.method window.name", ""},
	{"co.uk com.br github.io www.co.uk", "domain github.io; domain www.co.uk"},
	{"evil.nosuchtld evil.invalid host.local", "domain host.local"},
	{"connect the dots dot com boom", ""},
	{"my_host dot com is up", "domain host.com"},
	{"fpw.[com].my and [www].evil.com", "domain fpw.com.my; domain www.evil.com"},
	{"evil&#46;com evil&period;net evil=2Eorg", "domain evil.com; domain evil.net; domain evil.org"},
	{`{"host":"evil\u002ecom"}`, "domain evil.com"},
	{"$user.name #nav.info a/b.com //evil.com/x", "domain evil.com"},
	{"evil.com:8080/a/b.php?c=d.e", "domain evil.com"},
	// Files.
	{"invoice.zip readme.md install.sh main.py libc.so", "filename invoice.zip; filename readme.md; filename install.sh; filename main.py; filename libc.so"},
	{"invoice[.]zip", "domain invoice.zip"},
	{"www.evil.zip evil.zip/login", "domain www.evil.zip; domain evil.zip"},
	{"setup.exe invoice.pdf.exe LOGSystem.Agent.Service.dll archive.tar.gz", "filename setup.exe; filename invoice.pdf.exe; filename LOGSystem.Agent.Service.dll; filename archive.tar.gz"},
	{"d41d8cd98f00b204e9800998ecf8427e.exe", "filename d41d8cd98f00b204e9800998ecf8427e.exe; >md5 d41d8cd98f00b204e9800998ecf8427e"},
	{`C:\Windows\Temp\a.exe and %APPDATA%\x.dll.`, `filepath C:\Windows\Temp\a.exe; filepath %APPDATA%\x.dll`},
	{`C:\Program Files (x86)\Evil Corp\run me.exe now`, `filepath C:\Program Files (x86)\Evil Corp\run me.exe`},
	{`"C:\\Users\\Public\\a.exe"`, `filepath C:\Users\Public\a.exe`},
	{`\\server\share\a.exe and ..\up\b.dll`, `filepath \\server\share\a.exe; filepath ..\up\b.dll`},
	{"/tmp/.x/a.sh, (/etc/passwd) and/or </div>", "filepath /tmp/.x/a.sh; filepath /etc/passwd"},
	{`\\.\pipe\evil_1 and \pipe\other`, `named_pipe \\.\pipe\evil_1; named_pipe \pipe\other`},
	{`HKLM\Software\Evil\Run, HKEY_CURRENT_USER\Control Panel\Desktop`, `registry_key HKLM\Software\Evil\Run; registry_key HKEY_CURRENT_USER\Control Panel\Desktop`},
	{`{"k":"HKLM\\SOFTWARE\\Evil"}`, `registry_key HKLM\SOFTWARE\Evil`},
	{`mutex: Global\evil-1 and mutex "abc def"`, `mutex Global\evil-1; mutex abc def`},
	{"the mutex is held by a thread", ""},
	{"User-Agent: EvilBot/1.0 (+http://evil.com/bot)\nHost: x", "user_agent EvilBot/1.0 (+http://evil.com/bot); >url http://evil.com/bot; >domain evil.com"},
	// URLs.
	{"http://evil.com", "url http://evil.com; >domain evil.com"},
	{"HXXPS://EVIL[.]COM/PaTh", "url https://evil.com/PaTh; >domain evil.com"},
	{"hxxp://evil.com/get?f=[.]x&h=hxxp", "url http://evil.com/get?f=[.]x&h=hxxp; >domain evil.com"},
	{"(https://evil.com/a/b.php). https://evil.com/x_(y)", "url https://evil.com/a/b.php; >domain evil.com; url https://evil.com/x_(y); >domain evil.com"},
	{"http://[2001:db8::1]:8080/a", "url http://[2001:db8::1]:8080/a; >ipv6 2001:db8::1"},
	{"http://admin:pw@evil.com/a", "url http://admin:pw@evil.com/a; >domain evil.com"},
	{"http://a.com/1,http://b.com/2", "url http://a.com/1; >domain a.com; url http://b.com/2; >domain b.com"},
	{"http://r.com/?u=http%3A%2F%2Fevil.ru%2Fa", "url http://r.com/?u=http%3A%2F%2Fevil.ru%2Fa; >domain r.com; >domain evil.ru"},
	{"http://r.com/?u=http%253A%252F%252Fevil.ru", "url http://r.com/?u=http%253A%252F%252Fevil.ru; >domain r.com; >domain evil.ru"},
	{"http://r.com/198.51.100.7/a?ip=198.51.100.8", "url http://r.com/198.51.100.7/a?ip=198.51.100.8; >domain r.com; >ipv4 198.51.100.7; >ipv4 198.51.100.8"},
	{`<a href="http://evil.com/x?a=1&amp;b=2">`, "url http://evil.com/x?a=1&b=2; >domain evil.com"},
	{`{"u":"http:\/\/evil.com\/a"}`, "url http://evil.com/a; >domain evil.com"},
	{`<a href=3D"http://evil.com/?a=3D1&b=3D2">`, "url http://evil.com/?a=1&b=2; >domain evil.com"},
	{"http[:]//evil.com hxxp[://]evil.net h**p://evil.org meow://evil.ru fxp://evil.cn h[tt]p://evil.de", "url http://evil.com; >domain evil.com; url http://evil.net; >domain evil.net; url http://evil.org; >domain evil.org; url http://evil.ru; >domain evil.ru; url ftp://evil.cn; >domain evil.cn; url http://evil.de; >domain evil.de"},
	{"http:// evil.com/a http ://evil.net http//evil.org", "url http://evil.com/a; >domain evil.com; url http://evil.net; >domain evil.net; url http://evil.org; >domain evil.org"},
	{"habcp://evil.com/x", "domain evil.com"},
	{"[text](https://evil.com/a.png)", "url https://evil.com/a.png; >domain evil.com"},
	{"https://evil.com/a[.]php hxxps://evil.com/a[.]php", "url https://evil.com/a.php; >domain evil.com; url https://evil.com/a.php; >domain evil.com"},
	{"http:// or https:// or www.", ""},
	{"ldap://evil.com:1389/a ssh://198.51.100.7", "url ldap://evil.com:1389/a; >domain evil.com; url ssh://198.51.100.7; >ipv4 198.51.100.7"},
	// Mail.
	{"Joe <joe@evil.com>, `ann@evil.com`", "email joe@evil.com; >domain evil.com; email ann@evil.com; >domain evil.com"},
	{"a.b+tag@sub.evil.co.uk", "email a.b+tag@sub.evil.co.uk; >domain sub.evil.co.uk"},
	{"joe[at]evil[dot]com joe [at] evil [dot] net joe(@)evil.org", "email joe@evil.com; >domain evil.com; email joe@evil.net; >domain evil.net; email joe@evil.org; >domain evil.org"},
	{"joe.doe[@]evil.com", "email joe.doe@evil.com; >domain evil.com"},
	{"sales AT evil dot com", "email sales@evil.com; >domain evil.com"},
	{"look at evil.com, hosted at evil[.]com", "domain evil.com; domain evil.com"},
	{"user@localhost @handle a@com a..b@evil.com", "domain evil.com"},
	{"root@198.51.100.7", "email root@198.51.100.7; >ipv4 198.51.100.7"},
	{"Message-ID: <2026.abc@mail.evil.com>", "domain mail.evil.com"},
	// Digests.
	{"9e107d9d372bb6826bd81d3542a419d6", "md5 9e107d9d372bb6826bd81d3542a419d6"},
	{"2FD4E1C67A2D28FCED849EE1BB76E7391B93EB12", "sha1 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"},
	{"9e107d9d372bb6826bd81d3542a419d6x 9e107d9d372bb6826bd81d3542a419d 00000000000000000000000000000000 12345678901234567890123456789012", ""},
	{"0x9e107d9d372bb6826bd81d3542a419d6", "md5 9e107d9d372bb6826bd81d3542a419d6"},
	{"imphash=9e107d9d372bb6826bd81d3542a419d6", "imphash 9e107d9d372bb6826bd81d3542a419d6"},
	{"JA3 fingerprint: 9e107d9d372bb6826bd81d3542a419d6", "ja3 9e107d9d372bb6826bd81d3542a419d6"},
	{"thumbprint 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "cert_fingerprint 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"},
	{"Serial Number: 0a:1b:2c:3d:4e:5f:60:71", "cert_serial 0a1b2c3d4e5f6071"},
	{"t13d1516h2_8daaf6152771_b186095e22b6", "ja4 t13d1516h2_8daaf6152771_b186095e22b6"},
	{"96:abcdefghijklmnopqrst:ABCDEFGHIJKLMN", "ssdeep 96:abcdefghijklmnopqrst:ABCDEFGHIJKLMN"},
	{"100:abcdefghijklmnopqrst:ABCDEFGHIJKLMN", ""},
	// Catalogues.
	{"CVE‑2021‑44228 CVE–2022–1138 cve-2019-16202 CVE-1800-0001 CVE-2021-123", "cve CVE-2021-44228; cve CVE-2022-1138; cve CVE-2019-16202"},
	{"CWE-79 CAPEC-13 GHSA-jfh8-c2jp-5v3q", "cwe CWE-79; capec CAPEC-13; ghsa GHSA-jfh8-c2jp-5v3q"},
	{"cpe:2.3:a:vendor:product:7.5:-:*:*:*:*:*:* cpe:/a:vendor:product:7.5", "cpe cpe:2.3:a:vendor:product:7.5:-:*:*:*:*:*:*; cpe cpe:/a:vendor:product:7.5"},
	{"T1059.001, T1059, TA0001, G0016 and S0154, not T9999, XT1059 or T10590", "attack_id T1059.001; attack_id T1059; attack_id TA0001; attack_id G0016; attack_id S0154"},
	{"TLP:AMBER+STRICT tlp green TLP: WHITE tlp blue", "tlp TLP:AMBER+STRICT; tlp TLP:GREEN; tlp TLP:CLEAR"},
	{"id 6ba7b810-9dad-11d1-80b4-00c04fd430c8!", "uuid 6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
	{"arn:aws:iam::123456789012:user/Bob AKIAIOSFODNN7EXAMPLE UA-12345678-1 G-ABCDE12345", "arn arn:aws:iam::123456789012:user/Bob; aws_access_key AKIAIOSFODNN7EXAMPLE; ga_track UA-12345678-1; ga_track G-ABCDE12345"},
	// Money.
	{"1BoatSLRHtKNngkdXEeobR76b53LETtpyT 1BoatSLRHtKNngkdXEeobR76b53LETtpyU", "btc 1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
	{"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "btc bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	{"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "eth 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
	{"bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "bch qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	{"DE89 3704 0044 0532 0130 00 and DE89370400440532013001", "iban DE89370400440532013000"},
	// Bytes that are no text.
	{"\xff\xfe evil.com \x00\x01198.51.100.7\xc3", "domain evil.com; ipv4 198.51.100.7"},
	{"", ""},
}, addressCases, nameCases, linkCases, mailCases, digestCases, idCases, coinCases, fileCases, byteCases)

func TestExtract(t *testing.T) {
	for _, c := range extractionCases {
		matches := ioc.Extract(c.text)
		if got := describe(matches); got != c.want {
			t.Errorf("Extract(%q)\n\tfound %s\n\twant  %s", c.text, got, c.want)
		}
		checkText(t, c.text)
	}
}

func describe(matches []ioc.Match) string {
	var out []string
	for _, m := range matches {
		s := m.Indicator.Type().String() + " " + m.Indicator.Value()
		if m.Implied() {
			s = ">" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestModes(t *testing.T) {
	for _, c := range []struct{ text, strict, balanced, loose string }{
		{"joe at evil dot com", "", "email joe@evil.com; >domain evil.com", "email joe@evil.com; >domain evil.com"},
		{"the evil dot com boom", "", "", "domain evil.com"},
		{"198,51,100,7", "", "", "ipv4 198.51.100.7"},
		{"x.zip", "", "filename x.zip", "domain x.zip"},
		{"version 1.2.3.4", "", "", "ipv4 1.2.3.4"},
		{"evil.com/a/b", "domain evil.com", "domain evil.com", "url evil.com/a/b; >domain evil.com"},
		{strings.Repeat("a", 56) + ".onion", "", "onion " + strings.Repeat("a", 56) + ".onion; >domain " + strings.Repeat("a", 56) + ".onion", "onion " + strings.Repeat("a", 56) + ".onion; >domain " + strings.Repeat("a", 56) + ".onion"},
		{"4k3DyjzvzyLPzm8jnL4zRzQ7nE8HJz8UyKqmqkzXN5Pp", "", "solana 4k3DyjzvzyLPzm8jnL4zRzQ7nE8HJz8UyKqmqkzXN5Pp", "solana 4k3DyjzvzyLPzm8jnL4zRzQ7nE8HJz8UyKqmqkzXN5Pp"},
		{"window.name", "", "", "domain window.name"},
		{"joe at evil.com", "domain evil.com", "domain evil.com", "domain evil.com"},
		{"joe AT evil DOT com", "", "email joe@evil.com; >domain evil.com", "email joe@evil.com; >domain evil.com"},
		{"evil dot co dot uk", "", "", "domain evil.co.uk"},
		{"evil,com", "", "", ""},
		{"evil[,]com", "domain evil.com", "domain evil.com", "domain evil.com"},
		{"evilDOT]com", "", "", "domain evil.com"},
		{"joeat)evil.com", "domain evil.com", "domain evil.com", "email joe@evil.com; >domain evil.com"},
		{"joe(at)evil.com", "email joe@evil.com; >domain evil.com", "email joe@evil.com; >domain evil.com", "email joe@evil.com; >domain evil.com"},
		{"readme.md", "filename readme.md", "filename readme.md", "domain readme.md"},
		{"main.py and evil.rs", "filename main.py; domain evil.rs", "filename main.py; domain evil.rs", "domain main.py; domain evil.rs"},
		{"t.exe", "", "filename t.exe", "filename t.exe"},
		{"v1.2.3.4", "", "", ""},
		{"build 1.2.3.4", "", "", "ipv4 1.2.3.4"},
		{"os.path.join", "", "", ""},
		{"System.Net", "", "", "domain system.net"},
		{"foo.bar()", "", "", "domain foo.bar"},
		{"198.51.100.7/a/b.exe", "ipv4 198.51.100.7", "url 198.51.100.7/a/b.exe; >ipv4 198.51.100.7", "url 198.51.100.7/a/b.exe; >ipv4 198.51.100.7"},
		{"report_evil[.]com", "domain evil.com", "domain evil.com", "domain evil.com"},
		{"report_evil.com", "", "domain evil.com", "domain evil.com"},
		{"a::b and 12:30:45", "", "", "ipv6 a::b"},
		{"AS400", "", "", "asn AS400"},
		{"AS/AS64496", "", "asn AS64496", "asn AS64496"},
		{"7.2.0.198.in-addr.arpa", "domain 7.2.0.198.in-addr.arpa", "domain 7.2.0.198.in-addr.arpa", "domain 7.2.0.198.in-addr.arpa"},
		{"hxxp://evil[.]com/a", "url http://evil.com/a; >domain evil.com", "url http://evil.com/a; >domain evil.com", "url http://evil.com/a; >domain evil.com"},
	} {
		for mode, want := range map[ioc.Mode]string{ioc.Strict: c.strict, ioc.Balanced: c.balanced, ioc.Loose: c.loose} {
			x := ioc.Extractor{Mode: mode}
			if got := describe(x.Extract(c.text)); got != want {
				t.Errorf("%v, %q\n\tfound %s\n\twant  %s", mode, c.text, got, want)
			}
		}
	}
}

func TestTypesField(t *testing.T) {
	const text = "http://evil.com/9e107d9d372bb6826bd81d3542a419d6 joe@evil.net +41 44 668 18 00\nrule r { condition: true }\n"
	for _, c := range []struct {
		types []ioc.Type
		want  string
	}{
		{[]ioc.Type{ioc.Domain}, ">domain evil.com; >domain evil.net"},
		{[]ioc.Type{ioc.MD5}, "md5 9e107d9d372bb6826bd81d3542a419d6"},
		{[]ioc.Type{ioc.Phone}, "phone +41446681800"},
		{[]ioc.Type{ioc.YARA}, "yara rule r { condition: true }"},
		{[]ioc.Type{}, ""},
	} {
		x := ioc.Extractor{Types: c.types}
		if got := describe(x.Extract(text)); got != c.want {
			t.Errorf("%v: found %s, want %s", c.types, got, c.want)
		}
	}
}

func TestFlagsAndContext(t *testing.T) {
	for _, c := range []struct {
		text, flags, context string
	}{
		{"10.0.0.1", "private", ""},
		{"127[.]0.0.1", "defanged|private", ""},
		{"203.0.113.1", "reserved", ""},
		{"host.example", "reserved", ""},
		{"d41d8cd98f00b204e9800998ecf8427e", "well_known", ""},
		{"1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "proved", ""},
		{"evil&#46;com", "encoded", ""},
		{"imphash: 9e107d9d372bb6826bd81d3542a419d6", "", "imphash"},
		{`mutex: Global\evil-1`, "", "mutex"},
		{"172.31.255.255", "private", ""},
		{"169.254.1.1", "private", ""},
		{"100.64.0.1", "private", ""},
		{"10.0.0.0/8", "private", ""},
		{"224.0.0.1", "reserved", ""},
		{"240.0.0.1", "reserved", ""},
		{"0.0.0.0", "reserved", ""},
		{"198.18.0.1", "reserved", ""},
		{"8.8.8.8", "", ""},
		{"8[.]8.8.8", "defanged", ""},
		{"::1", "private", ""},
		{"fe80::1", "private", ""},
		{"ff02::1", "reserved", ""},
		{"2001:db8::1", "reserved", ""},
		{"2a00:1450:4001::1", "", ""},
		{"host.test", "reserved", ""},
		{"host.lan", "reserved", ""},
		{"evil.com", "", ""},
		{"ev\u200bil.com", "encoded", ""},
		{"evil。com", "encoded", ""},
		{"evil=2Ecom", "encoded", ""},
		{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "well_known", ""},
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "well_known", ""},
		{"md5: 9e107d9d372bb6826bd81d3542a419d6", "", ""},
		{"bc1qdpeus32lzd5r3ynnyfq4au97jcu8za2acdu4ze", "proved", ""},
		{"0xe5a43C4e3A20fc87fE8d24abDf3e4E5817abf9b5", "proved", ""},
		{"0xe5a43c4e3a20fc87fe8d24abdf3e4e5817abf9b5", "", ""},
		{"DE33124007346207187552", "proved", ""},
		{"ja3s: 9e107d9d372bb6826bd81d3542a419d6", "", "ja3s"},
		{"JA3 hash 9e107d9d372bb6826bd81d3542a419d6", "", "ja3"},
		{"hassh=9e107d9d372bb6826bd81d3542a419d6", "", "hassh"},
		{"authentihash d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", "", "authentihash"},
		{"thumbprint 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "", "thumbprint"},
		{"Serial Number: 0a:1b:2c:3d:4e:5f:60:71", "", "serial"},
		{"User-Agent: EvilBot/1.0", "", "user-agent"},
		{"mutex named Evil2", "", "mutex"},
	} {
		matches := ioc.Extract(c.text)
		if len(matches) != 1 || matches[0].Flags.String() != c.flags || matches[0].Context != c.context {
			t.Errorf("%q: found %+v, want flags %q and context %q", c.text, matches, c.flags, c.context)
		}
	}
	if m := (&ioc.Extractor{Mode: ioc.Loose}).Extract("readme.md"); len(m) != 1 || !m[0].Has(ioc.FileLike) {
		t.Errorf("loose mode finds %+v in a file name, want one domain marked file_like", m)
	}
}

// TestFlagsOfFamilies is about what a match and its children say of themselves.
func TestFlagsOfFamilies(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"10.0.0.1:80", "socket private; ipv4 implied|private"},
		{"10[.]0.0.1[:]80", "socket defanged|private; ipv4 implied|defanged|private"},
		{"203.0.113.9/24", "cidr reserved; ipv4 implied|reserved"},
		{"http://evil.com/", "url ; domain implied"},
		{"hxxp://evil.com/", "url defanged; domain implied"},
		{"http://evil[.]com/", "url defanged; domain implied|defanged"},
		{`http:\/\/evil.com\/a`, "url encoded; domain implied"},
		{"http://evil.com/?a=1&amp;b=2", "url encoded; domain implied"},
		{"http://10.0.0.1/", "url private; ipv4 implied|private"},
		{"http://[2001:db8::1]/", "url reserved; ipv6 implied|reserved"},
		{"http://evil.com/?ip=127.0.0.1", "url ; domain implied; ipv4 implied|private"},
		{"http://evil.com/?u=http%3A%2F%2Fevil.net", "url ; domain implied; domain implied"},
		{"joe[at]evil.com", "email defanged; domain implied"},
		{"joe@evil[.]com", "email defanged; domain implied|defanged"},
		{"joe@host.test", "email reserved; domain implied|reserved"},
		{"d41d8cd98f00b204e9800998ecf8427e.exe", "filename ; md5 implied"},
		{"w3u4qzlr2jan3ooa4tgrzbrks5s3lqdbwy3awbpdpuugbszoi3gtqvyd.onion", "onion reserved|proved; domain implied|reserved"},
	} {
		var got []string
		for _, m := range ioc.Extract(c.text) {
			got = append(got, m.Indicator.Type().String()+" "+m.Flags.String())
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%q: found %s, want %s", c.text, got, c.want)
		}
	}
}

// ticket finds numbers of tickets such as INC-42.
var ticket = ioc.Matcher{Name: "ticket", First: "I", Match: func(text string, at int) (int, string) {
	if !strings.HasPrefix(text[at:], "INC-") {
		return 0, ""
	}
	n := 4
	for at+n < len(text) && text[at+n] >= '0' && text[at+n] <= '9' {
		n++
	}
	return n, text[at : at+n]
}}

func TestMatchers(t *testing.T) {
	x := ioc.Extractor{Matchers: []ioc.Matcher{ticket}}
	if got, want := describe(x.Extract("see INC-42, INC-7 and evil.com INC-")), "custom ticket:INC-42; custom ticket:INC-7; domain evil.com; custom ticket:INC-"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	wild := ioc.Matcher{Name: "wild", First: "e", Match: func(text string, at int) (int, string) { return len(text) + 1, "x" }}
	x = ioc.Extractor{Matchers: []ioc.Matcher{wild}}
	if got := describe(x.Extract("evil.com")); got != "domain evil.com" {
		t.Errorf("a matcher that claims more than there is gave %s", got)
	}
}

// ours allows what ends in a name of one's own.
type ours string

func (o ours) Allows(i ioc.Indicator) bool {
	return i.Host() == string(o) || strings.HasSuffix(i.Host(), "."+string(o))
}

func TestAllow(t *testing.T) {
	x := ioc.Extractor{Allow: []ioc.Allower{ours("example.org")}}
	got := describe(x.Extract("http://www.example.org/?u=evil.com joe@example.org evil.net example.org.evil.com"))
	if want := "domain evil.net; domain example.org.evil.com"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestHTML(t *testing.T) {
	x := ioc.Extractor{HTML: true}
	text := "<p>ev<b>il</b>.com, <i>www</i>.bad.org</p> &lt;198.51<wbr>.100.7&gt; <b>good.net</b>."
	if got, want := describe(x.Extract(text)), "domain evil.com; domain www.bad.org; ipv4 198.51.100.7; domain good.net"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if got := describe(ioc.Extract("ev<b>il</b>.com")); got != "" {
		t.Errorf("tags were skipped in plain text: %s", got)
	}
}

func TestDecode(t *testing.T) {
	x := ioc.Extractor{Decode: true}
	for _, text := range []string{
		"powershell aHR0cDovL2V2aWwuY29tL2EucHM= x",
		"run 687474703a2f2f6576696c2e636f6d2f612e7073 x",
		"go http%3A%2F%2Fevil.com%2Fa.ps x",
	} {
		if got, want := describe(x.Extract(text)), "url http://evil.com/a.ps; >domain evil.com"; got != want {
			t.Errorf("%q: found %s, want %s", text, got, want)
		}
		if got := describe(ioc.Extract(text)); strings.Contains(got, "url") {
			t.Errorf("%q was decoded without being asked: %s", text, got)
		}
	}
}

// TestAllocations holds what Append promises.
func TestAllocations(t *testing.T) {
	var x ioc.Extractor
	text, _, _ := generate(3, 100_000)
	for _, c := range []struct {
		name, text string
	}{
		{"nothing", cleanLogs(20_000)}, {"unknown names", strings.Repeat("foo.nosuchtld x.Y.NoSuchLabel 12.345z a[.]b bücher.é 例.え www.co.uk.x ", 200)},
		{"suffixes", strings.Repeat("co.uk com.br ac.jp aa-bb-cc-dd-ee-ff-00 ", 200)}, {"matches", text},
	} {
		dst := x.Append(nil, c.text)
		allocs := testing.AllocsPerRun(20, func() { dst = x.Append(dst[:0], c.text) })
		if allocs > float64(len(dst)) {
			t.Errorf("%s: %.0f allocations for %d matches", c.name, allocs, len(dst))
		}
	}
}

func TestAllStops(t *testing.T) {
	var x ioc.Extractor
	for range x.All(strings.Repeat("evil.com ", 10)) {
		break
	}
	for range x.Read(strings.NewReader(strings.Repeat("evil.com ", 10))) {
		break
	}
	if got := len(slices.Collect(x.All("evil.com"))); got != 1 {
		t.Errorf("after a sequence was left early, the next one has %d matches, want 1", got)
	}
}
