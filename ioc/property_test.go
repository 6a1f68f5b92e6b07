package ioc_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc"
)

// checkMatches checks what holds of the matches of any text.
func checkMatches(t *testing.T, text string, matches []ioc.Match) {
	t.Helper()
	floor, last := 0, 0
	for i, m := range matches {
		if m.Start < 0 || m.End > len(text) || m.Start >= m.End {
			t.Fatalf("match %d of %q: offsets %d to %d are out of range", i, cut(text), m.Start, m.End)
		}
		surface := text[m.Start:m.End]
		switch {
		case m.Implied():
			if m.Parent > i || m.Parent < 1 {
				t.Fatalf("match %d of %q: no parent %d places before it", i, cut(text), m.Parent)
			}
			if p := matches[i-m.Parent]; m.Start < p.Start || m.End > p.End {
				t.Errorf("%q: %v %q lies outside of its parent %q", cut(text), m.Indicator.Type(), surface, text[p.Start:p.End])
			}
		case m.Start < floor:
			t.Errorf("%q: %q begins within the match before it", cut(text), surface)
		default:
			floor = m.End
			if m.Start < last {
				t.Errorf("%q: %q is out of order", cut(text), surface)
			}
			last = m.Start
		}
		if m.Has(ioc.Encoded) || m.Indicator.Type() == ioc.Custom {
			continue
		}
		if got, err := ioc.ParseAs(m.Indicator.Type(), surface); err != nil || got != m.Indicator {
			t.Errorf("%q: %q was reported as %v %q, but parses as %q, %v", cut(text), surface, m.Indicator.Type(), m.Indicator.Value(), got, err)
		}
	}
}

func cut(s string) string { return s[:min(len(s), 300)] }

// checkText checks all forms of extraction on one text.
func checkText(t *testing.T, text string) {
	t.Helper()
	for mode := range ioc.Loose + 1 {
		x := &ioc.Extractor{Mode: mode}
		whole := x.Extract(text)
		checkMatches(t, text, whole)
		if diff := cmp.Diff(whole, slices.Collect(x.All(text)), comparable); diff != "" {
			t.Errorf("%v, %q: All differs from Extract (-Extract +All):\n%s", mode, cut(text), diff)
		}
		checkChunks(t, x, text, whole, ioc.MinWindow)
		checkFilters(t, x, text, whole)
	}
	for _, m := range ioc.Extract(text) {
		if m.Has(ioc.Encoded) {
			continue
		}
		if back, err := ioc.ParseAs(m.Indicator.Type(), m.Indicator.Defang()); err != nil || back != m.Indicator {
			t.Errorf("%v %q defangs to %q, which parses as %q, %v", m.Indicator.Type(), m.Indicator.Value(), m.Indicator.Defang(), back, err)
		}
	}
}

var comparable = cmp.Comparer(func(a, b ioc.Match) bool { return a == b })

func checkChunks(t *testing.T, x *ioc.Extractor, text string, whole []ioc.Match, window int) {
	t.Helper()
	var read []ioc.Match
	for m, err := range ioc.ReadWindow(x, strings.NewReader(text), window) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, m)
	}
	if diff := cmp.Diff(whole, read, comparable); diff != "" {
		t.Errorf("window %d, %q: reading differs (-whole +read):\n%.2000s", window, cut(text), diff)
	}
}

// checkFilters compares with a scan that asks wherever something could be.
func checkFilters(t *testing.T, x *ioc.Extractor, text string, whole []ioc.Match) {
	t.Helper()
	if diff := cmp.Diff(ioc.ExtractAsking(x, text), whole, comparable); diff != "" {
		t.Errorf("%v, %q: a filter hides or invents something (-asking +filtered):\n%.2000s", x.Mode, cut(text), diff)
	}
}

// barrenTexts surround what the filters reject with what it could be a part of.
var barrenTexts = []struct{ before, middle, after []string }{
	{
		[]string{"", "x ", "a.", "12:", "96:", "-", "_", "evil[.]com ", "http//", "joe@", "C:\\", "AS", "[", "é"},
		[]string{"2026-11-23T10:11:12", "2026-11-23 12:11:12", "2026-11-23T10:11", "12:30:45", "1.2.3", "1.2.3.4", "3.14159", "12.345Z", "v2.3.1", "foo.bar", "a.b.c.d", "x.Net",
			"evil.com.Then", "evil.com.invalid", "x.zzz", "x.7z", "x.com-", "e.g.", "os.path.join", "1.2.3.4.5", "fe80::1", "a::b", "be:12", "size:14px", "cpe:2.3:a:b:c",
			"arn:aws:iam::123456789012:user/B", "WARN T1059 S0154 AS N 5", "AS 64496", "T1000000", "cve-2021-44228", "we-2021", "UA-12345678-1", "<p>x</p>", "x<dot>com", "x[dot]com", "x&period;com", "x&pi;com",
			"http://localhost/", "hxxp://a:81/x@evil.com", "http://u:p@evil.com/", "cpe:/a:b:c", "C://x/y", "tlp: red", "TLP-GREEN", "tlp  amber", "aa-bb-cc-dd-ee-ff"},
		[]string{"", " ", ".", ". ", ".com", "[.]com", " [.] com", " dot com", " at evil dot com", "@evil.com", " @ evil.com", "[@]evil.com", "(.)com", ")", "]com", "].com", "/x", ":8080", "/24", "Z", "Z.com", "+02:00", "\n[.]com", "&#46;com", "=2Ecom", "。com", "</b>.com", "\\.com", ",1,1,1", "::1", ":ABCDEFGHIJKL", "-ab-cd-ef"},
	},
}

// TestBarren compares the scan with one that asks wherever something could be.
func TestBarren(t *testing.T) {
	text, _, _ := generate(11, 200_000)
	texts := []string{text, strings.ReplaceAll(text, " ", ""), strings.ToUpper(text), cleanLogs(50_000)}
	for _, set := range barrenTexts {
		for _, before := range set.before {
			for _, middle := range set.middle {
				for _, after := range set.after {
					texts = append(texts, "see "+before+middle+after+" and more of it")
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(12, 13))
	for range 3000 {
		var b strings.Builder
		for set := barrenTexts[0]; b.Len() < 60; {
			for _, from := range [][]string{set.before, set.middle, set.after} {
				b.WriteString(from[r.IntN(len(from))])
			}
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		for mode := range ioc.Loose + 1 {
			x := &ioc.Extractor{Mode: mode}
			checkFilters(t, x, text, x.Extract(text))
		}
		x := &ioc.Extractor{HTML: true, Decode: true}
		checkFilters(t, x, text, x.Extract(text))
		if t.Failed() {
			return
		}
	}
}

// TestReadInWindows compares the reader with the slice for windows of many
// sizes, over generated text and over single tokens longer than any window.
func TestReadInWindows(t *testing.T) {
	text, _, _ := generate(7, 300_000)
	texts := []string{text, strings.ReplaceAll(text, "\n", " "), strings.ReplaceAll(text, " ", ",")}
	for _, a := range adversarial {
		texts = append(texts, strings.Repeat(a.unit, 60_000/len(a.unit))+" evil.com "+strings.Repeat(a.unit, 9_000/len(a.unit)))
	}
	r := rand.New(rand.NewPCG(5, 6))
	for _, text := range texts {
		var x ioc.Extractor
		whole := x.Extract(text)
		checkMatches(t, text, whole)
		for range 4 {
			checkChunks(t, &x, text, whole, ioc.MinWindow+r.IntN(20_000))
		}
	}
}

func TestReadSmallPiecesAndErrors(t *testing.T) {
	text, _, _ := generate(8, 40_000)
	var x ioc.Extractor
	want := x.Extract(text)
	var got []ioc.Match
	broken := errors.New("broken")
	var failed error
	for m, err := range x.Read(io.MultiReader(iotest.OneByteReader(strings.NewReader(text)), iotest.ErrReader(broken))) {
		if err != nil {
			failed = err
			continue
		}
		got = append(got, m)
	}
	if diff := cmp.Diff(want, got, comparable); diff != "" {
		t.Errorf("reading byte by byte differs (-whole +read):\n%s", diff)
	}
	if !errors.Is(failed, broken) {
		t.Errorf("Read ended with %v, want the reader's error", failed)
	}
}

func TestRefangAndDefangText(t *testing.T) {
	text, _, _ := generate(9, 200_000)
	// What is escaped rather than defanged is defanged, but not escaped again.
	text = strings.NewReplacer("&#46;", ".", "。", ".").Replace(text)
	for _, c := range []struct{ name, text string }{
		{"generated", text},
		{"cases", "see http://evil.com/a, joe@evil.com, 203.0.113.9:443 and 2001:db8::1."},
	} {
		t.Run(c.name, func(t *testing.T) {
			live := ioc.Refang(c.text)
			if again := ioc.Refang(live); again != live {
				t.Errorf("refanging twice changes the text again: %s", firstDifference(live, again))
			}
			if back := ioc.Refang(ioc.Defang(live)); back != live {
				t.Errorf("Refang(Defang(x)) is not x: %s", firstDifference(live, back))
			}
		})
	}
}

func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-40)
	return cut(a[from:min(len(a), i+40)]) + " | " + cut(b[from:min(len(b), i+40)])
}

// crashers are texts that fuzzing found to break a property.
var crashers = []string{
	"[:][:]/0",
	`\\0\.A`,
	`HKLM\Software\evil[.]com`,
	"0000000000000000000000000000 Cpe:/000",
	"UserAgent:http//0.AC",
	"0.AC/[.]0",
	"0do.]0(@(0",
	"0.AC/[.]0//x[.]y",
	"0::A",
	"http://evil.com/&amp;x",
	"http://localhost/a[.]b?[:]//x[:]//[@]a[@]b",
	"0@0.A%@0.org",
	"みんな",
	"0DOT)A",
	"0.AC//[.]",
	"010:10:10:10:10:10:10:10",
	"000.2222222222222222222222222222222222222222222222222222222A.onion",
}

func seed(f *testing.F) {
	for _, c := range extractionCases {
		f.Add(c.text)
	}
	for _, s := range crashers {
		f.Add(s)
	}
}

// TestDefangLeavesNoLinks holds that nothing in a defanged URL can be followed,
// be it alone or in a text, and that it can all be taken back.
func TestDefangLeavesNoLinks(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"https://evil.com/q?u=http://other.com/", "hxxps://evil[.]com/q?u=http[:]//other[.]com/"},
		{"https://evil.com/http://a.b.com/x.php/ftp://c.org", "hxxps://evil[.]com/http[:]//a[.]b[.]com/x.php/ftp[:]//c[.]org"},
		{"https://evil.com/?m=bob@corp.com", "hxxps://evil[.]com/?m=bob[@]corp[.]com"},
		{"https://evil.com/?u=http://joe:pw@a.com:81/x.y", "hxxps://evil[.]com/?u=http[:]//joe:pw[@]a[.]com:81/x.y"},
		{"https://evil.com/#mailto:b_@a.com", "hxxps://evil[.]com/#mailto:b_[@]a[.]com"},
		{"http://paypal.com@evil.com/a.html", "hxxp://paypal[.]com@evil[.]com/a.html"},
		{"http://bob@corp.com@evil.com/", "hxxp://bob[@]corp[.]com@evil[.]com/"},
		{"ssh://git@evil.com/?u=https://[2001:db8::1]/", "ssh[:]//git@evil[.]com/?u=https[:]//[2001:db8::1]/"},
		{"203.0.113.9/x?u=http://other.com/", "203[.]0[.]113[.]9/x?u=http[:]//other[.]com/"},
		{"http://localhost/?u=http://other.com/", "hxxp://localhost/?u=http[:]//other[.]com/"},
		{"https://evil.com/get?f=[.]x&h=hxxp", "hxxps://evil[.]com/get?f=[.]x&h=hxxp"},
	} {
		i, err := ioc.ParseAs(ioc.URL, c.url)
		if err != nil {
			t.Errorf("ParseAs(url, %q): %v", c.url, err)
			continue
		}
		got := i.Defang()
		if got != c.want {
			t.Errorf("%q defangs to\n\t%q, want\n\t%q", c.url, got, c.want)
		}
		if back, err := ioc.ParseAs(ioc.URL, got); err != nil || back != i {
			t.Errorf("%q defangs to %q, which parses as %q, %v", c.url, got, back, err)
		}
		if strings.Contains(c.url, "localhost") {
			continue // no indicator in a text
		}
		if diff := cmp.Diff(values(ioc.Extract(c.url)), values(ioc.Extract(got))); diff != "" {
			t.Errorf("%q holds other indicators than %q (-live +defanged):\n%s", got, c.url, diff)
		}
		text := "<see " + c.url + ">"
		if got := ioc.Defang(text); got != "<see "+c.want+">" {
			t.Errorf("Defang(%q) = %q", text, got)
		}
		if back := ioc.Refang("<see " + c.want + ">"); back != text {
			t.Errorf("Refang(%q) = %q, want %q", c.want, back, text)
		}
	}
}

func values(matches []ioc.Match) (all []string) {
	for _, m := range matches {
		all = append(all, m.Indicator.Type().String()+" "+m.Indicator.Value())
	}
	return all
}

// followed finds what programs turn into links: a scheme and a host, or an
// address.
var followed = regexp.MustCompile(`(?i)(http|https|ftp|ssh)://[a-z0-9]|[a-z0-9]@[a-z0-9-]+\.[a-z]`)

// TestDefangText is about links in paths that belong to no URL, and about what
// is only partly defanged.
func TestDefangText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"evil.com/q?u=http://other.com/", "evil[.]com/q?u=hxxp://other[.]com/"},
		{"evil.com/q?m=bob@corp.com", "evil[.]com/q?m=bob[@]corp[.]com"},
		{"203.0.113.9:80/q?m=bob@corp.com", "203[.]0[.]113[.]9:80/q?m=bob[@]corp[.]com"},
		{"hxxp://evil[.]com/?u=http://other.com/", "hxxp://evil[.]com/?u=http[:]//other[.]com/"},
		{"ssh[:]//evil[.]com/?u=http://other.com/", "ssh[:]//evil[.]com/?u=http[:]//other[.]com/"},
		{"hxxp://evil[.]com/a", "hxxp://evil[.]com/a"},
		{"/tmp/http://evil.com/a", "/tmp/http://evil[.]com/a"},
	} {
		got := ioc.Defang(c.text)
		if got != c.want {
			t.Errorf("Defang(%q) = %q, want %q", c.text, got, c.want)
		}
		if back, live := ioc.Refang(got), ioc.Refang(c.text); back != live {
			t.Errorf("Refang(%q) = %q, want %q", got, back, live)
		}
	}
}

// TestRefangLeavesPaths holds that a backslash or a bracket in a path or key is
// no mark, while regular expressions and links next to paths are refanged.
func TestRefangLeavesPaths(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`\\0\.A`, `\\0\.A`},
		{`run C:\Users\joe\.com\evil.exe`, `run C:\Users\joe\.com\evil.exe`},
		{`HKLM\Software\evil[.]com\Run`, `HKLM\Software\evil[.]com\Run`},
		{`\\.\pipe\evil.com`, `\\.\pipe\evil.com`},
		{`in /tmp/http//evil.com`, `in /tmp/http//evil.com`},
		{`host evil\.com`, `host evil.com`},
		{`C:\a.exe gets hxxp://evil[.]com/b`, `C:\a.exe gets http://evil.com/b`},
	} {
		if got := ioc.Refang(c.text); got != c.want {
			t.Errorf("Refang(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzExtract(f *testing.F) {
	seed(f)
	for _, a := range adversarial {
		f.Add(strings.Repeat(a.unit, 40))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			text = text[:4<<10]
		}
		checkText(t, text)
		if text != "" {
			// The same again where the reader's windows end.
			long := strings.Repeat(text+" ", 1+(ioc.MinWindow+4000)/(len(text)+1))
			var x ioc.Extractor
			checkChunks(t, &x, long, x.Extract(long), ioc.MinWindow)
		}
	})
}

func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		for typ := range ioc.Types() {
			i, err := ioc.ParseAs(typ, s)
			if err != nil {
				if _, ok := errors.AsType[*ioc.ParseError](err); !ok {
					t.Fatalf("ParseAs(%v, %q) fails with a foreign error: %v", typ, s, err)
				}
				continue
			}
			if again, err := ioc.ParseAs(typ, i.Value()); err != nil || again != i {
				t.Errorf("ParseAs(%v, %q) = %q, which is not canonical: it parses as %q, %v", typ, s, i, again, err)
			}
			if back, err := ioc.ParseAs(typ, i.Defang()); err != nil || back != i {
				t.Errorf("ParseAs(%v, %q) = %q, whose defanged form %q parses as %q, %v", typ, s, i, i.Defang(), back, err)
			}
		}
		i, err := ioc.Parse(s)
		if _, ok := errors.AsType[*ioc.ParseError](err); err != nil && !ok {
			t.Fatalf("Parse(%q) fails with a foreign error: %v", s, err)
		}
		all := ioc.Classify(s)
		if (err == nil) != (len(all) > 0) || err == nil && all[0].Indicator != i {
			t.Errorf("Parse(%q) = %v, %v, but Classify gives %v", s, i, err, all)
		}
	})
}

func FuzzRefang(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4<<10 {
			return
		}
		ioc.Refang(ioc.Defang(s))
		for _, m := range ioc.Extract(s) {
			if m.Implied() || m.Has(ioc.Encoded) {
				continue
			}
			if m.Context != "" {
				// Free text may be a user agent or a name because of the word
				// before it; on its own it is whatever it holds.
				if surface := s[m.Start:m.End]; !m.Has(ioc.Defanged) && !strings.Contains(ioc.Refang(s), surface) {
					t.Errorf("Refang(%q) changes the %v %q", s, m.Indicator.Type(), surface)
				}
				continue
			}
			if link := followed.FindString(m.Indicator.Defang()); link != "" && m.Indicator.Type() == ioc.URL {
				t.Errorf("%q defangs to %q, which holds the link %q", m.Indicator, m.Indicator.Defang(), link)
			}
			if back := ioc.Refang(m.Indicator.Defang()); back != m.Indicator.Value() {
				t.Errorf("Refang(%q) = %q, want %q", m.Indicator.Defang(), back, m.Indicator.Value())
			}
		}
	})
}
