package ioc_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/soarkit/soarkit/ioc"
)

const mega = 1 << 20

// mixed is the text of BenchmarkExtract/mixed, made once.
var mixed = sync.OnceValue(func() string {
	text, _, _ := generate(20261123, 20*mega)
	return text
})

func BenchmarkExtract(b *testing.B) {
	b.Run("mixed", func(b *testing.B) { extractor{}.run(b, mixed()) })
	b.Run("regexp-baseline", func(b *testing.B) {
		text := mixed()[:2*mega]
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			regexpBaseline(text)
		}
	})
	b.Run("clean-logs", func(b *testing.B) { extractor{clean: true}.run(b, cleanLogs(8*mega)) })
	b.Run("hashes-only", func(b *testing.B) {
		extractor{Extractor: ioc.Extractor{Types: digests}}.run(b, mixed())
	})
	b.Run("hash-list", func(b *testing.B) { extractor{}.run(b, hashList(4*mega)) })
	for _, a := range adversarial {
		for _, size := range []int{1 * mega, 10 * mega} {
			b.Run(fmt.Sprintf("adversarial/%s/n=%dMB", a.name, size/mega), func(b *testing.B) {
				extractor{}.run(b, strings.Repeat(a.unit, size/len(a.unit)))
			})
		}
	}
}

var digests = []ioc.Type{ioc.MD5, ioc.SHA1, ioc.SHA224, ioc.SHA256, ioc.SHA384, ioc.SHA512, ioc.ImpHash, ioc.Authentihash}

// adversarial texts consist of one unit repeated, each aimed at a reader that
// looks ahead or behind.
var adversarial = []struct{ name, unit string }{
	{"dotted-letters", "a."}, {"dotted-digits", "1."}, {"half-marks", "a[.]a[."}, {"slashes", "http://a/a/"}, {"schemes", "hxxp://"},
	{"long-hex", "0123456789abcdef"}, {"brackets", "["}, {"colons", ":"}, {"ats", "@"}, {"base58", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN"},
	{"percents", "%"}, {"backslashes", `\`}, {"spaces-and-marks", " [.] "}, {"hex-groups", "2001:db8:"}, {"mailboxes", "a@b.c"}, {"mailbox-names", "a.com%"},
	{"words-dot", "x dot "}, {"hyphens", "aa-"}, {"drive", `C:\a `}, {"wide", "é。"}, {"entities", "a&#46;"}, {"query", "http://a.com/?a.a="},
	{"capital-digit", "T1"}, {"equals", "=3D"}, {"unc", `\\a\`}, {"parentheses", "http://a.com/("}, {"tlp", "tlp "}, {"registry", `HKLM\a b c d `},
}

type extractor struct {
	ioc.Extractor
	clean bool // nothing is to be found
}

func (x extractor) run(b *testing.B, text string) {
	dst := x.Append(nil, text)
	if x.clean && len(dst) > 0 {
		b.Fatalf("found %v in clean text", dst[0])
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		dst = x.Append(dst[:0], text)
	}
	b.ReportMetric(float64(len(dst)), "matches")
}

func cleanLogs(size int) string {
	r := rand.New(rand.NewPCG(1, 2))
	modules := []string{"scheduler", "billing", "session store", "import", "mail queue", "cache", "replication"}
	events := []string{"started", "finished in %d ms", "retry %d of 5", "queue length %d", "checkpoint written", "skipped %d rows", "woke up after %d seconds"}
	var b strings.Builder
	for b.Len() < size {
		event := events[r.IntN(len(events))]
		if strings.Contains(event, "%d") {
			event = fmt.Sprintf(event, r.IntN(100000))
		}
		fmt.Fprintf(&b, "2026-%02d-%02dT%02d:%02d:%02d.%03dZ %-5s [worker %d] %s %s\n", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000),
			[]string{"INFO", "DEBUG", "WARN", "ERROR"}[r.IntN(4)], r.IntN(64), modules[r.IntN(len(modules))], event)
	}
	return b.String()
}

func hashList(size int) string {
	r := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	for b.Len() < size {
		for range []int{2, 3, 4, 4, 8}[r.IntN(5)] {
			fmt.Fprintf(&b, "%016x", r.Uint64())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

var refangers = strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "hxxp", "http", "hXXp", "http", "[:]", ":", "[://]", "://", "[@]", "@", "[at]", "@")

// patterns are what a team writes that needs indicators from text today.
var patterns = sync.OnceValue(func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range []string{
		`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`,
		`\b(?:[A-Fa-f0-9]{1,4}:){2,7}[A-Fa-f0-9]{1,4}\b`,
		`\b(?:https?|ftp)://[^\s<>"']+`,
		`\b(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,24}\b`,
		`\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,24}\b`,
		`\b[a-fA-F0-9]{32}\b`, `\b[a-fA-F0-9]{40}\b`, `\b[a-fA-F0-9]{64}\b`, `\b[a-fA-F0-9]{128}\b`,
		`\b(?i:CVE)-\d{4}-\d{4,7}\b`,
		`\bASN?\s?\d{1,10}\b`,
		`\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b`,
		`\b(?:[13][a-km-zA-HJ-NP-Z1-9]{25,34}|bc1[a-z0-9]{11,71})\b`,
		`\b0x[a-fA-F0-9]{40}\b`,
		`\bT\d{4}(?:\.\d{3})?\b`,
		`\b\d+:[A-Za-z0-9/+]{3,}:[A-Za-z0-9/+]{3,}\b`,
		`\bHK(?:LM|CU|CR|U|CC|EY_[A-Z_]+)\\[^\s"]+`,
		`\b[A-Za-z]:\\[^\s"<>|]+`,
	} {
		out = append(out, regexp.MustCompile(p))
	}
	return out
})

func regexpBaseline(text string) map[int][]string {
	text = refangers.Replace(text)
	found := make(map[int][]string)
	for i, p := range patterns() {
		for _, at := range p.FindAllStringIndex(text, -1) {
			found[i] = append(found[i], text[at[0]:at[1]])
		}
	}
	return found
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		name, text string
		typ        ioc.Type // 0 detects it
	}{
		{"ipv4", "203.0.113.77", ioc.IPv4},
		{"ipv6", "2001:0DB8:0:0::7334", ioc.IPv6},
		{"domain", "login.evil-corp.co.uk", ioc.Domain},
		{"domain-upper", "Login.Evil-Corp.Com", ioc.Domain},
		{"url", "https://Login.example.com/a/b.php?id=12345", ioc.URL},
		{"email", "joe.doe@mail.example.com", ioc.Email},
		{"md5", "9E107D9D372BB6826BD81D3542A419D6", ioc.MD5},
		{"sha256", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", ioc.SHA256},
		{"cve", "cve-2021-44228", ioc.CVE},
		{"btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", ioc.BTC},
		{"eth", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ioc.ETH},
		{"detect-url", "hxxps://login.example[.]com/a", 0},
		{"detect-domain", "login.example.com", 0},
		{"detect-sha256", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", 0},
		{"detect-btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", 0},
		{"detect-path", `C:\Windows\Temp\a.exe`, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			parse := func() (ioc.Indicator, error) { return ioc.ParseAs(c.typ, c.text) }
			if c.typ == 0 {
				parse = func() (ioc.Indicator, error) { return ioc.Parse(c.text) }
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
