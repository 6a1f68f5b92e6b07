package ioc_test

import (
	"crypto/sha256"
	"crypto/sha3"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"strings"

	legacy "golang.org/x/crypto/sha3"

	"github.com/soarkit/soarkit/ioc"
)

// A generator writes text of the three kinds that analysts extract from, report
// prose, HTML mails and JSON logs, and notes which indicators are in it. The
// same seed gives the same text.
type generator struct {
	r      *rand.Rand
	b      strings.Builder
	truth  map[ioc.Indicator]bool
	direct int
}

// generate returns about size bytes with one indicator per 330 bytes.
func generate(seed uint64, size int) (text string, truth map[ioc.Indicator]bool, direct int) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 330)), truth: make(map[ioc.Indicator]bool)}
	for g.b.Len() < size {
		switch n := g.r.IntN(85); {
		case n < 32:
			g.report()
		case n < 65:
			g.mail()
		default:
			g.log()
		}
	}
	return g.b.String(), g.truth, g.direct
}

// known notes an indicator that the text holds.
func (g *generator) known(t ioc.Type, value string) string {
	i, err := ioc.ParseAs(t, value)
	if err != nil {
		panic(err)
	}
	g.truth[i] = true
	return value
}

func pick[T any](g *generator, from ...T) T { return from[g.r.IntN(len(from))] }

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) chars(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.r.IntN(len(alphabet))]
	}
	return string(b)
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.r.Uint32())
	}
	return b
}

var words = strings.Fields(`the of to and a in that for on with as was by this from are an or which were have has not but also
their can its other been more when than after used these into they may such only all most some over between during our new one two
through using both would could however first found within where later based same each while how observed then about because upon
under several many against out since before any until still without being per across among those if had did no yes there we you
actor group campaign malware backdoor trojan stealer victim target sector energy finance health phishing attachment macro user
credential theft movement persistence scheduled task service process injection shellcode encrypted decrypts configuration command
control infrastructure hosting provider traffic protocol request response header body port connection exfiltration archive sample
variant analysis researchers report previously published week moderate confidence overlap reuse technique detection rule patch
exploit execution privilege escalation initial access broker tool legitimate signed binary tunnel framework obfuscated string
function library import table section compiled timestamp debug path language check sandbox timeline telemetry endpoint alert triage
incident response containment recovery eradication backups restored monday tuesday analysts suspected`)

// code is what reads like an indicator and is none.
var code = []string{
	"System.Net.WebClient", "java.lang.Runtime", "com.android.support", "os.path.join", "self.config.get", "window.location.href",
	"foo.bar()", "obj.method", "e.g.", "i.e.", "v2.3.1", "version 10.0.19041", "1.2.3", "3.14159", "10:32:45", "2021-03-04T10:11:12Z",
	"$1,234.56", "Fig. 3", "0xdeadbeef", "std::vector", "a::b", "user@host", "@handle", "#hashtag", "C++", "and/or", "24/7", "N/A",
	"foo::bar::baz", "10.0.19041.1288", "1.3.6.1.4.1.311", "AES-256", "T1000000", "x86_64", "UTF-8", "CamelCase", "snake_case",
}

var files = []string{
	"invoice.pdf", "setup.exe", "update.dll", "readme.md", "main.py", "install.sh", "config.json", "index.html", "loader.ps1",
	"report.docx", "sheet.xlsm", "payload.bin", "svchost.exe", "rundll32.exe", "stage2.js", "macro.vba", "logo.png", "style.css",
}

func (g *generator) word() string { return words[g.r.IntN(len(words))] }

func (g *generator) file() string { return g.known(ioc.Filename, files[g.r.IntN(len(files))]) }

func (g *generator) label() string {
	switch g.r.IntN(3) {
	case 0:
		return pick(g, "silver", "quiet", "rapid", "lunar", "granite", "falcon", "lynx", "heron") + pick(g, "-", "") + g.word()
	case 1:
		return g.chars("abcdefghijklmnopqrstuvwxyz", 1) + g.chars("abcdefghijklmnopqrstuvwxyz0123456789", 4+g.r.IntN(9))
	}
	return g.word() + fmt.Sprint(1+g.r.IntN(999))
}

func (g *generator) domain() string {
	tld := pick(g, "com", "com", "com", "com", "com", "net", "net", "org", "info", "ru", "xyz", "top", "cn", "co.uk", "com.br", "io", "biz",
		"online", "site", "club", "de", "fr", "in", "tk", "su", "ir", "kr", "ro", "space", "live", "shop", "dev", "cloud", "gq", "рф", "みんな")
	d := g.label() + "." + tld
	if g.chance(35) {
		d = pick(g, "www", "mail", "cdn", "update", "api", "login", "c2", "ns1", "static") + "." + d
	}
	return d
}

func (g *generator) ip() string {
	for {
		a := netip.AddrFrom4([4]byte(g.bytes(4)))
		if first := a.As4()[0]; first > 0 && first < 224 && a.IsGlobalUnicast() {
			return a.String()
		}
	}
}

// defang writes the dots of a name or address in one of the known ways.
func (g *generator) defang(s string) string {
	mark := pick(g, "[.]", "[.]", "[.]", "[.]", "[.]", "(.)", "[dot]", "(dot)", "{.}", "[.", "\\.", " [.] ", "[DOT]", "<.>", "。", "&#46;")
	parts := strings.Split(s, ".")
	if g.chance(35) {
		return strings.Join(parts[:len(parts)-1], ".") + mark + parts[len(parts)-1]
	}
	return strings.Join(parts, mark)
}

// spell defangs s unless the text is one that is not defanged, where mild.
func (g *generator) spell(s string, plain int) string {
	if g.chance(plain) {
		return s
	}
	return g.defang(s)
}

func (g *generator) url(plain int) string {
	host, typ := g.domain(), ioc.Domain
	if g.chance(20) {
		host, typ = g.ip(), ioc.IPv4
	}
	scheme := pick(g, "http", "http", "https", "https", "https", "ftp")
	var rest strings.Builder
	if g.chance(12) {
		rest.WriteString(pick(g, ":8080", ":8443", ":81"))
	}
	for range g.r.IntN(4) {
		rest.WriteString("/" + pick(g, g.label(), g.word(), files[g.r.IntN(len(files))]))
	}
	if g.chance(25) && strings.Contains(rest.String(), "/") {
		rest.WriteString("?" + pick(g, "id", "q", "token") + "=" + pick(g, fmt.Sprint(g.r.IntN(99999)), g.label(), "%2Fx%3D1"))
	}
	g.known(ioc.URL, scheme+"://"+host+rest.String())
	g.known(typ, host)
	if g.chance(plain) {
		return scheme + "://" + host + rest.String()
	}
	disguise := map[string][]string{
		"http":  {"hxxp://", "hXXp://", "http[:]//", "hxxp[:]//", "http[://]", "meow://", "h**p://", "http:// ", "http://"},
		"https": {"hxxps://", "hXXps://", "https[:]//", "hxxps[:]//", "hxxps[://]", "https://"},
		"ftp":   {"fxp://", "ftp[:]//"},
	}[scheme]
	return disguise[g.r.IntN(len(disguise))] + strings.ReplaceAll(host, ".", pick(g, ".", "[.]", "[.]", "(.)", "[dot]")) + rest.String()
}

func (g *generator) email(plain int) string {
	user := pick(g, strings.ReplaceAll(g.label(), "-", "."), "silver."+g.word(), g.word()+fmt.Sprint(g.r.IntN(99)))
	domain := g.domain()
	g.known(ioc.Domain, domain)
	g.known(ioc.Email, user+"@"+domain)
	if g.chance(plain) {
		return user + "@" + domain
	}
	return user + pick(g, "@", "@", "[@]", "[at]", "(at)", "{at}") + strings.ReplaceAll(domain, ".", pick(g, ".", "[.]", "(dot)"))
}

func (g *generator) base58(version []byte, alphabet string) string {
	raw := append(version, g.bytes(20)...)
	first := sha256.Sum256(raw)
	sum := sha256.Sum256(first[:])
	return encode58(append(raw, sum[:4]...), alphabet)
}

const (
	bitcoinAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	rippleAlphabet  = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
)

func encode58(raw []byte, alphabet string) string {
	n, base, rest := new(big.Int).SetBytes(raw), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, rest)
		out = append([]byte{alphabet[rest.Int64()]}, out...)
	}
	for _, b := range raw {
		if b != 0 {
			break
		}
		out = append([]byte{alphabet[0]}, out...)
	}
	return string(out)
}

// bech32 encodes five-bit values with a checksum that comes out as sum.
func bech32(hrp string, values []byte, sum uint32) string {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	var all []byte
	for _, c := range []byte(hrp) {
		all = append(all, c>>5)
	}
	all = append(all, 0)
	for _, c := range []byte(hrp) {
		all = append(all, c&31)
	}
	all = append(append(all, values...), make([]byte, 6)...)
	check := uint32(1)
	for _, v := range all {
		top := check >> 25
		check = check&0x1ffffff<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				check ^= g
			}
		}
	}
	check ^= sum
	var out strings.Builder
	out.WriteString(hrp + "1")
	for _, v := range values {
		out.WriteString(alphabet[v : v+1])
	}
	for i := range 6 {
		v := check >> (5 * (5 - i)) & 31
		out.WriteString(alphabet[v : v+1])
	}
	return out.String()
}

// segwit returns an address with a program of 20 bytes, or taproot with 32.
func (g *generator) segwit(hrp string) string {
	if g.chance(50) {
		return bech32(hrp, append([]byte{0}, fiveBits(g.bytes(20))...), 1)
	}
	return bech32(hrp, append([]byte{1}, fiveBits(g.bytes(32))...), 0x2bc830a3)
}

// fiveBits regroups bytes, with zero bits at the end.
func fiveBits(b []byte) (out []byte) {
	var acc, bits uint
	for _, c := range b {
		acc, bits = acc<<8|uint(c), bits+8
		for ; bits >= 5; bits -= 5 {
			out = append(out, byte(acc>>(bits-5)&31))
		}
	}
	if bits > 0 {
		out = append(out, byte(acc<<(5-bits)&31))
	}
	return out
}

// stellar returns an account id with its CRC-16.
func (g *generator) stellar() string {
	raw := append([]byte{6 << 3}, g.bytes(32)...)
	var crc uint16
	for _, b := range raw {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc>>15 == 1 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return base32.StdEncoding.EncodeToString(append(raw, byte(crc), byte(crc>>8)))
}

// iban returns a German account number with its check digits.
func (g *generator) iban() string {
	account := g.chars("0123456789", 18)
	n, _ := new(big.Int).SetString(account+"131400", 10) // D is 13, E is 14
	return fmt.Sprintf("DE%02d%s", 98-n.Mod(n, big.NewInt(97)).Int64(), account)
}

func (g *generator) monero() string {
	raw := append([]byte{18}, g.bytes(64)...)
	h := legacy.NewLegacyKeccak256()
	h.Write(raw)
	raw = append(raw, h.Sum(nil)[:4]...)
	var b strings.Builder
	for at := 0; at < len(raw); at += 8 {
		block := raw[at:min(at+8, len(raw))]
		want := 11
		if len(block) == 5 {
			want = 7
		}
		s := strings.TrimLeft(encode58(block, bitcoinAlphabet), "1")
		b.WriteString(strings.Repeat("1", want-len(s)) + s)
	}
	return b.String()
}

// solana returns a key whose base58 has the usual 44 characters.
func (g *generator) solana() string {
	for {
		if s := encode58(g.bytes(32), bitcoinAlphabet); len(s) == 44 {
			return s
		}
	}
}

func (g *generator) onion() string {
	key := g.bytes(32)
	sum := sha3.Sum256(append(append([]byte(".onion checksum"), key...), 3))
	return strings.ToLower(base32.StdEncoding.EncodeToString(append(key, sum[0], sum[1], 3))) + ".onion"
}

func (g *generator) eip55() string {
	lower := hex.EncodeToString(g.bytes(20))
	h := legacy.NewLegacyKeccak256()
	h.Write([]byte(lower))
	sum := h.Sum(nil)
	b := []byte(lower)
	for i, c := range b {
		if c >= 'a' && sum[i/2]>>(4*(1-i%2))&15 >= 8 {
			b[i] -= 'a' - 'A'
		}
	}
	return "0x" + string(b)
}

func (g *generator) ipv6() string {
	a := [16]byte(g.bytes(16))
	a[0], a[1] = 0x2a, byte(pick(g, 0x01, 0x02, 0x0a))
	if g.chance(60) {
		clear(a[6 : 6+2*(1+g.r.IntN(4))])
	}
	return netip.AddrFrom16(a).String()
}

func (g *generator) digest(n int) string {
	s := hex.EncodeToString(g.bytes(n / 2))
	if g.chance(12) {
		return strings.ToUpper(s)
	}
	return s
}

// indicator writes one indicator that is not implied by another.
func (g *generator) indicator(plain int) string {
	g.direct++
	one := func(t ioc.Type, s string) string { return g.known(t, s) }
	switch n := g.r.IntN(1160); {
	case n < 220:
		return g.spell(one(ioc.Domain, pick(g, "", "", "", "", "_dmarc.")+g.domain()), plain)
	case n < 420:
		return g.spell(one(ioc.IPv4, g.ip()), plain)
	case n < 620:
		return g.url(plain)
	case n < 680:
		return g.email(plain)
	case n < 740:
		return one(ioc.MD5, g.digest(32))
	case n < 780:
		return one(ioc.SHA1, g.digest(40))
	case n < 880:
		return one(ioc.SHA256, g.digest(64))
	case n < 885:
		return one(ioc.SHA512, g.digest(128))
	case n < 890:
		return one(ioc.SHA384, g.digest(96))
	case n < 893:
		return one(ioc.SHA224, g.digest(56))
	case n < 930:
		return one(ioc.CVE, fmt.Sprintf("CVE-%d-%d", 2002+g.r.IntN(25), 1000+g.r.IntN(50000)))
	case n < 940:
		return one(ioc.ASN, fmt.Sprintf("AS%d", 1000+g.r.IntN(399000)))
	case n < 950:
		return one(ioc.MAC, strings.ReplaceAll(fmt.Sprintf("% x", g.bytes(6)), " ", pick(g, ":", "-")))
	case n < 970:
		return one(ioc.RegistryKey, pick(g, "HKLM", "HKCU", "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER")+
			pick(g, `\Software\Microsoft\Windows\CurrentVersion\Run`, `\SYSTEM\CurrentControlSet\Services\`+g.label(), `\Software\Microsoft\Windows NT\CurrentVersion\`+g.label()))
	case n < 1000:
		return one(ioc.FilePath, pick(g, `C:\Users\Public\`, `C:\Windows\Temp\`, `C:\Program Files\`+g.label()+`\`, `%APPDATA%\`, "/tmp/", "/var/lib/"+g.label()+"/", "/usr/local/bin/")+files[g.r.IntN(len(files))])
	case n < 1020:
		return one(ioc.AttackID, fmt.Sprintf("T%d", 1001+g.r.IntN(600))+pick(g, "", fmt.Sprintf(".%03d", 1+g.r.IntN(9))))
	case n < 1040:
		return one(ioc.IPv6, g.ipv6())
	case n < 1050:
		return g.spell(one(ioc.CIDR, netip.PrefixFrom(netip.MustParseAddr(g.ip()), 24).Masked().String()), plain)
	case n < 1070:
		return g.spell(g.socket(), plain)
	}
	return g.rare()
}

func (g *generator) socket() string {
	s := g.known(ioc.Socket, netip.AddrPortFrom(netip.MustParseAddr(g.ip()), uint16(1+g.r.IntN(65535))).String())
	g.known(ioc.IPv4, s[:strings.IndexByte(s, ':')])
	return s
}

// rare writes an indicator of one of the types that are seldom in reports.
func (g *generator) rare() string {
	one := func(t ioc.Type, s string) string { return g.known(t, s) }
	hexOf := func(n int) string { return hex.EncodeToString(g.bytes(n / 2)) }
	switch g.r.IntN(36) {
	case 0, 1, 2:
		return one(ioc.BTC, g.base58([]byte{pick(g, byte(0), 5)}, bitcoinAlphabet))
	case 3:
		switch g.r.IntN(3) {
		case 0:
			return one(ioc.BTC, g.segwit("bc"))
		case 1:
			return one(ioc.LTC, g.segwit("ltc"))
		}
		return one(ioc.Cardano, bech32("addr", fiveBits(g.bytes(57)), 1))
	case 4, 5:
		return one(ioc.ETH, g.eip55())
	case 6:
		return one(ioc.XMR, g.monero())
	case 7:
		return one(ioc.LTC, g.base58([]byte{0x30}, bitcoinAlphabet))
	case 8:
		return one(ioc.Doge, g.base58([]byte{0x1e}, bitcoinAlphabet))
	case 9:
		return one(ioc.XRP, g.base58([]byte{0}, rippleAlphabet))
	case 10:
		switch g.r.IntN(4) {
		case 0:
			return one(ioc.Stellar, g.stellar())
		case 1:
			return one(ioc.Solana, g.solana())
		case 2:
			return one(ioc.IBAN, g.iban())
		}
		return one(ioc.Tron, g.base58([]byte{0x41}, bitcoinAlphabet))
	case 11:
		return one(ioc.ZEC, g.base58([]byte{0x1c, 0xb8}, bitcoinAlphabet))
	case 12:
		return one(ioc.Dash, g.base58([]byte{0x4c}, bitcoinAlphabet))
	case 13:
		return one(ioc.Tezos, g.base58([]byte{0x06, 0xa1, 0x9f}, bitcoinAlphabet))
	case 14:
		o := one(ioc.Onion, g.onion())
		one(ioc.Domain, o)
		return g.spell(o, 60)
	case 15:
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		return one(ioc.SSDeep, fmt.Sprintf("%d:%s:%s", 3<<g.r.IntN(12), g.chars(alphabet, 20+g.r.IntN(44)), g.chars(alphabet, 10+g.r.IntN(22))))
	case 16:
		return one(ioc.TLSH, "T1"+strings.ToUpper(hexOf(70)))
	case 17:
		return "imphash: " + one(ioc.ImpHash, hexOf(32))
	case 18:
		return "authentihash=" + one(ioc.Authentihash, hexOf(64))
	case 19:
		return pick(g, "JA3 ", "ja3: ", "JA3 hash: ") + one(ioc.JA3, hexOf(32))
	case 20:
		return "ja3s: " + one(ioc.JA3S, hexOf(32))
	case 21:
		return one(ioc.JA4, "t13d"+g.chars("0123456789", 4)+"h2_"+hexOf(12)+"_"+hexOf(12))
	case 22:
		return "JARM fingerprint " + one(ioc.JARM, hexOf(62))
	case 23:
		return "hassh: " + one(ioc.HASSH, hexOf(32))
	case 24:
		return "thumbprint: " + one(ioc.CertFingerprint, hexOf(40))
	case 25:
		return "Serial Number: " + one(ioc.CertSerial, strings.ReplaceAll(fmt.Sprintf("% x", g.bytes(16)), " ", ":"))
	case 26:
		return one(ioc.CWE, fmt.Sprintf("CWE-%d", 1+g.r.IntN(1400))) + " and " + one(ioc.CAPEC, fmt.Sprintf("CAPEC-%d", 1+g.r.IntN(700)))
	case 27:
		return one(ioc.CPE, "cpe:2.3:a:vendor:product:"+fmt.Sprint(g.r.IntN(99))+".1:-:*:*:*:*:*:*")
	case 28:
		part := func() string { return g.chars("23456789cfghjmpqrvwx", 4) }
		return one(ioc.GHSA, "GHSA-"+part()+"-"+part()+"-"+part())
	case 29:
		return one(ioc.TLP, pick(g, "TLP:AMBER", "TLP:RED", "TLP:AMBER+STRICT", "TLP:GREEN", "TLP:CLEAR"))
	case 30:
		return one(ioc.UUID, fmt.Sprintf("%x-%x-%x-%x-%x", g.bytes(4), g.bytes(2), g.bytes(2), g.bytes(2), g.bytes(6)))
	case 31:
		return "mutex " + `"` + one(ioc.Mutex, `Global\`+g.label()) + `"`
	case 32:
		return one(ioc.NamedPipe, `\\.\pipe\`+g.label())
	case 33:
		return one(ioc.ARN, "arn:aws:iam::123456789012:user/"+g.label())
	case 34:
		return one(ioc.AWSAccessKey, "AKIA"+g.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16))
	}
	return one(ioc.GATrack, fmt.Sprintf("UA-%d-%d", 1000000+g.r.IntN(90000000), 1+g.r.IntN(9)))
}

func (g *generator) sentence(indicators, plain int) string {
	n := 9 + g.r.IntN(17)
	w := make([]string, 0, n+indicators)
	for range n {
		w = append(w, g.word())
	}
	w[0] = strings.ToUpper(w[0][:1]) + w[0][1:]
	if g.chance(35) {
		w[1+g.r.IntN(n-1)] = code[g.r.IntN(len(code))]
	}
	if g.chance(12) {
		w[1+g.r.IntN(n-1)] = g.file()
	}
	for range indicators {
		v := g.indicator(plain)
		switch g.r.IntN(10) {
		case 0:
			v = "(" + v + ")"
		case 1:
			v = "`" + v + "`"
		case 2:
			v = "'" + v + "'"
		case 3:
			v += ","
		}
		at := 1 + g.r.IntN(len(w)-1)
		w = append(w[:at], append([]string{v}, w[at:]...)...)
	}
	return strings.Join(w, " ") + pick(g, ".", ".", ".", ":", "?")
}

func (g *generator) report() {
	fmt.Fprintf(&g.b, "# Threat report %04d: operation %s\n\n", g.r.IntN(9999), strings.ToUpper(g.word()))
	for range 4 + g.r.IntN(8) {
		for range 3 + g.r.IntN(5) {
			g.b.WriteString(g.sentence(min(g.r.IntN(10)/5, 1), 25))
			g.b.WriteString(pick(g, " ", " ", "\n"))
		}
		g.b.WriteString("\n\n")
	}
	if g.chance(45) {
		g.b.WriteString("Indicators\n----------\n")
		for range 3 + g.r.IntN(7) {
			g.b.WriteString("* " + g.indicator(20) + "\n")
		}
		g.b.WriteString("\n")
	}
}

func (g *generator) mail() {
	g.direct += 3
	domain, ip := g.domain(), g.ip()
	g.known(ioc.Domain, domain)
	g.known(ioc.IPv4, ip)
	fmt.Fprintf(&g.b, "Received: from %s ([%s]) by mx with ESMTPS id %s\nFrom: \"%s\" <%s>\nSubject: %s\nDate: Tue, %d Mar 2025 %02d:%02d:%02d +0000\n",
		domain, ip, g.chars("0123456789abcdefABCDEF", 12), g.word(), g.email(100), g.word(), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60))
	fmt.Fprintf(&g.b, "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>.c%d{color:#%06x;margin:0 4px;padding:1.5em}</style></head><body>\n", g.r.IntN(9), g.r.IntN(1<<24))
	for range 3 + g.r.IntN(6) {
		text := html.EscapeString(g.sentence(0, 100) + " " + g.sentence(0, 100))
		switch n := g.r.IntN(10); {
		case n < 3:
			g.direct++
			fmt.Fprintf(&g.b, "<p style=\"font-family:Arial,sans-serif;font-size:14px\">%s <a href=\"%s\" target=\"_blank\" rel=\"noopener\">click here</a></p>\n", text, html.EscapeString(g.url(100)))
		case n < 5:
			fmt.Fprintf(&g.b, "<div class=\"c%d\"><span>%s</span>&nbsp;<b>%s</b><br/></div>\n", g.r.IntN(9), text, g.indicator(70))
		default:
			fmt.Fprintf(&g.b, "<p>%s</p>\n", text)
		}
	}
	if g.chance(30) {
		for line := range strings.SplitSeq(base64.StdEncoding.EncodeToString(g.bytes(300+g.r.IntN(1200))), "=") {
			for ; len(line) > 76; line = line[76:] {
				g.b.WriteString(line[:76] + "\n")
			}
			g.b.WriteString(line + "\n")
		}
	}
	g.b.WriteString("</body></html>\n\n")
}

func (g *generator) log() {
	for range 5 + g.r.IntN(25) {
		id := fmt.Sprintf("%x-%x-%x-%x-%x", g.bytes(4), g.bytes(2), g.bytes(2), g.bytes(2), g.bytes(6))
		g.known(ioc.UUID, id)
		fmt.Fprintf(&g.b, `{"@timestamp": "2025-%02d-%02dT%02d:%02d:%02d.%03dZ", "event_id": "%s", "host": "%s-%02d", "level": "%s", "pid": %d, "duration_ms": %.3f, "msg": "%s", "agent": {"version": "8.%d.%d", "type": "sensor", "name": "%s"}`,
			1+g.r.IntN(12), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60), g.r.IntN(1000), id, g.word(), g.r.IntN(99),
			pick(g, "info", "warning", "error"), g.r.IntN(65536), g.r.Float64()*1000, g.sentence(0, 100), g.r.IntN(15), g.r.IntN(9), g.file())
		switch n := g.r.IntN(100); {
		case n < 20:
			g.direct += 2
			fmt.Fprintf(&g.b, `, "src_ip": "%s", "dst_port": %d, "query": "%s"`, g.known(ioc.IPv4, g.ip()), pick(g, 80, 443, 53), g.known(ioc.Domain, g.domain()))
		case n < 55:
			g.direct++
			fmt.Fprintf(&g.b, `, "src_ip": "%s"`, g.known(ioc.IPv4, g.ip()))
		case n < 70:
			g.direct++
			fmt.Fprintf(&g.b, `, "url": "%s"`, g.url(100))
		case n < 80:
			g.direct++
			fmt.Fprintf(&g.b, `, "file": {"sha256": "%s", "size": %d}`, g.known(ioc.SHA256, g.digest(64)), g.r.IntN(10_000_000))
		case n < 86:
			v, err := json.Marshal(g.indicator(100))
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&g.b, `, "value": %s`, v)
		}
		g.b.WriteString("}\n")
	}
	g.b.WriteString("\n")
}
