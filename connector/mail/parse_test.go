package mail_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector/mail"
)

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func mustParse(t testing.TB, s string) *mail.Message {
	t.Helper()
	m, err := mail.Parse(strings.NewReader(s), mail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// outline writes a message's tree as "path type text-or-size" lines.
func outline(m *mail.Message) []string {
	var out []string
	for p := range m.Parts() {
		line := p.Path + " " + p.Type
		if p.IsText() {
			line += fmt.Sprintf(" %q", p.Text)
		} else if p.Size > 0 {
			line += fmt.Sprintf(" %d", p.Size)
		}
		out = append(out, line)
	}
	return out
}

var nested = `From: a@example.com
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8

<p>hi</p>
--inner--
epilogue, with a delimiter that counts no more
--inner
--outer
Content-Type: message/rfc822

From: b@example.com
Content-Type: multipart/mixed; boundary=forward

--forward

plain
--forward--

--outer
Content-Type: application/octet-stream; name="data.bin"
Content-Transfer-Encoding: base64

AAEC
AwQ=
--outer--
`

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		defects  []string
	}{
		{"plain", "From: a@example.com\n\nhello\n", []string{`1 text/plain "hello\n"`}, nil},
		{"no-body", "From: a@example.com\n", []string{`1 text/plain ""`}, nil},
		{"byte-order-mark", "\xEF\xBB\xBFFrom: a@example.com\n\nhi", []string{`1 text/plain "hi"`}, nil},
		{"mbox-line", "From a@example.com Mon Nov 23 15:00:00 2026\nFrom: a@example.com\n\nhi",
			[]string{`1 text/plain "hi"`}, []string{"1 0 a line of the header is no field; ignored"}},
		{"nested", nested, []string{
			"1 multipart/mixed",
			"1.1 multipart/alternative",
			`1.1.1 text/plain "grüße"`,
			`1.1.2 text/html "<p>hi</p>"`,
			"1.2 message/rfc822",
			"1.2.1 multipart/mixed",
			`1.2.1.1 text/plain "plain"`,
			"1.3 application/octet-stream 5",
		}, nil},
		{"part-without-body", "From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n--x--\n",
			[]string{"1 multipart/mixed", `1.1 text/html ""`}, nil},
		{"inner-never-closed", "From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\nhi\n--x--\n",
			[]string{"1 multipart/mixed", "1.1 multipart/mixed", `1.1.1 text/plain "hi"`},
			[]string{"1.1 117 multipart has no last delimiter before the one around it goes on"}},
		{"digest", "From: a@example.com\nContent-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: one\n\nhi\n--x\nContent-Type: text/plain\n\nlist\n--x--\n",
			[]string{"1 multipart/digest", "1.1 message/rfc822", `1.1.1 text/plain "hi"`, `1.2 text/plain "list"`}, nil},
		{"no-boundary", "From: a@example.com\nContent-Type: multipart/mixed\n\n--x\n\nhi\n",
			[]string{"1 multipart/mixed 8"}, []string{"1 0 multipart without a usable boundary; read as one piece"}},
		{"lenient-type", "From: a@example.com\nContent-Type: text/html; charset=utf-8; charset=x; =\n\nhi",
			[]string{`1 text/html "hi"`}, []string{"1 0 Content-Type is malformed; read leniently"}},
		{"stray-base64", "From: a@example.com\nContent-Transfer-Encoding: BASE64 \n\naG!Vs\n_bG8=\n", []string{`1 text/plain "hello"`}, nil},
		{"bad-base64", "From: a@example.com\nContent-Transfer-Encoding: base64\n\naGk=aGk=\n", []string{`1 text/plain "hi"`},
			[]string{"1 55 its base64 body cannot be decoded to the end"}},
		{"unknown-encoding", "From: a@example.com\nContent-Transfer-Encoding: x-uue\n\nhi", []string{`1 text/plain "hi"`},
			[]string{"1 0 unknown Content-Transfer-Encoding; read as it stands"}},
		{"unknown-charset", "From: a@example.com\nContent-Type: text/plain; charset=klingon\n\nhi\xFF", []string{"1 text/plain \"hi\uFFFD\""},
			[]string{"1 0 unknown charset; read as UTF-8"}},
		{"undeclared-latin", "From: a@example.com\n\ncaf\xE9", []string{`1 text/plain "café"`}, nil},
		{"html-meta-charset", "From: a@example.com\nContent-Type: text/html\n\n<meta charset=iso-8859-15>\xA4", []string{`1 text/html "<meta charset=iso-8859-15>€"`}, nil},
	} {
		for _, form := range []struct{ name, in string }{{"lf", c.in}, {"crlf", crlf(c.in)}} {
			t.Run(c.name+"/"+form.name, func(t *testing.T) {
				m := mustParse(t, form.in)
				got := outline(m)
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], `\r\n`, `\n`)
				}
				if form.name == "crlf" && c.name == "no-boundary" {
					return // its size counts the line breaks
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("tree (-want +got):\n%s", diff)
				}
				var defects []string
				for _, d := range m.Defects {
					defects = append(defects, fmt.Sprintf("%s %d %s", d.Path, d.Offset, d.Detail))
				}
				if form.name == "lf" {
					if diff := cmp.Diff(c.defects, defects); diff != "" {
						t.Errorf("defects (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

func TestHeader(t *testing.T) {
	m := mustParse(t, "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\t=?iso-8859-1?Q?_an_=E4lle?=\nFrom: \"Zahlung, Abt.\" <a@B\xC3\xBCcher.example.com>\nTO: x@example.com, y@example.com\nto: undisclosed <<z@example.com>>\n\n")
	h := m.Header()
	if got, want := h.Text("subject"), "Grüße an älle"; got != want {
		t.Errorf("Subject = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]mail.Address{{Name: "Zahlung, Abt.", Email: "a@xn--bcher-kva.example.com"}}, h.Addresses("From")); diff != "" {
		t.Errorf("From (-want +got):\n%s", diff)
	}
	var to []string
	for _, a := range h.Addresses("To") {
		to = append(to, a.Email)
	}
	if diff := cmp.Diff([]string{"x@example.com", "y@example.com"}, to[:2]); diff != "" {
		t.Errorf("To (-want +got):\n%s", diff)
	}
	if h.Count("To") != 2 || h[1].Offset != 66 {
		t.Errorf("fields: %+v", h)
	}
}

// endless is a reader that repeats a text for ever and counts what was read.
type endless struct {
	head, text string
	read       int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		at := e.read + int64(n)
		if at < int64(len(e.head)) {
			n += copy(p[n:], e.head[at:])
			continue
		}
		n += copy(p[n:], e.text[(at-int64(len(e.head)))%int64(len(e.text)):])
	}
	e.read += int64(n)
	return n, nil
}

// TestHostile holds the bad input that a public mailbox gets: every case is a
// typed error that names the place, at a bounded cost.
func TestHostile(t *testing.T) {
	const gigabyte = 1 << 30
	deep := func(n int, separator string) string {
		var b strings.Builder
		b.WriteString("From: a@example.com\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String() + separator
	}
	for _, c := range []struct {
		name   string
		in     io.Reader
		opt    mail.Options
		kind   error
		path   string
		offset int64
		memory uint64 // bytes that may be allocated in all
	}{
		{"empty", strings.NewReader(""), mail.Options{}, mail.ErrMalformed, "1", 0, 1 << 20},
		{"no-mail", strings.NewReader("\x7fELF\x00\x00\n\n"), mail.Options{}, mail.ErrMalformed, "1", 0, 1 << 20},
		{"truncated-header", strings.NewReader("From: a@example.com\nSubj"), mail.Options{}, mail.ErrTruncated, "1", 24, 1 << 20},
		{"truncated-multipart", strings.NewReader(nested[:strings.Index(nested, "<p>")]), mail.Options{}, mail.ErrTruncated, "1.1.2", 295, 1 << 20},
		{"truncated-forward", strings.NewReader(nested[:strings.Index(nested, "plain\n--forward")+3]), mail.Options{}, mail.ErrTruncated, "1.2.1.1", 491, 1 << 20},
		{"truncated-base64", strings.NewReader("From: a@example.com\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29"), mail.Options{}, mail.ErrTruncated, "1", 66, 1 << 20},
		{"200-deep", strings.NewReader(deep(200, "")), mail.Options{}, mail.ErrLimit, "1" + strings.Repeat(".1", 32), 1632, 4 << 20},
		{"200-forwards-deep", strings.NewReader("From: a@example.com\n" + strings.Repeat("Content-Type: message/rfc822\n\n", 200)), mail.Options{}, mail.ErrLimit, "1" + strings.Repeat(".1", 32), 980, 4 << 20},
		{"100000-parts", strings.NewReader("From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\nhi\n", 100_000) + "--x--\n"),
			mail.Options{}, mail.ErrLimit, "1.1000", 8059, 8 << 20},
		{"1-GB-header", &endless{head: "From: a@example.com\n", text: "X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"}, mail.Options{}, mail.ErrLimit, "1", mail.DefaultMaxHeader, 12 << 20},
		{"1-GB-header-line", &endless{head: "From: a@example.com\n", text: "a"}, mail.Options{}, mail.ErrLimit, "1", mail.DefaultMaxHeader, 12 << 20},
		{"endless-body", &endless{head: "From: a@example.com\n\n", text: "hello\n"}, mail.Options{MaxSize: 1 << 20}, mail.ErrLimit, "1", 1 << 20, 12 << 20},
		{"2001-fields", strings.NewReader(strings.Repeat("X: y\n", 2001) + "\n"), mail.Options{}, mail.ErrLimit, "1", 10_000, 4 << 20},
		{"inner-header", strings.NewReader("From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\nA: " + strings.Repeat("a", 2<<20) + "\n\n\n--x--\n"),
			mail.Options{}, mail.ErrLimit, "1.1", 67 + mail.DefaultMaxHeader, 24 << 20},
		{"part-too-large", strings.NewReader("From: a@example.com\n\n" + strings.Repeat("a", 2000)), mail.Options{MaxDecoded: 1000}, mail.ErrLimit, "1", 21, 4 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := mail.Parse(c.in, c.opt)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > c.memory {
				t.Errorf("allocated %d bytes, want at most %d", used, c.memory)
			}
			if m != nil {
				t.Errorf("a message comes with the error")
			}
			got, ok := errors.AsType[*mail.ParseError](err)
			if !ok || !errors.Is(err, c.kind) {
				t.Fatalf("error %v, want a *ParseError of kind %v", err, c.kind)
			}
			if got.Path != c.path || got.Offset != c.offset || got.Detail == "" {
				t.Errorf("%v; want it at part %s, offset %d", err, c.path, c.offset)
			}
			if e, ok := c.in.(*endless); ok && e.read > gigabyte/100 {
				t.Errorf("read %d bytes of the endless input", e.read)
			}
		})
	}
}

// TestAllowTruncated: what broke off is read as far as it goes, and says so.
func TestAllowTruncated(t *testing.T) {
	for _, c := range []struct{ name, in, last, defect string }{
		{"header", "From: a@example.com\nSubj", `1 text/plain ""`, "truncated: the header ends in the middle of a line"},
		{"multipart", nested[:strings.Index(nested, "<p>")+2], `1.1.2 text/html "<p"`, "truncated: the last delimiter of multipart 1 is missing"},
		{"base64", "From: a@example.com\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29", `1 text/plain "hello "`, "truncated: its base64 body breaks off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := mail.Parse(strings.NewReader(c.in), mail.Options{AllowTruncated: true})
			if err != nil {
				t.Fatal(err)
			}
			tree := outline(m)
			if got := tree[len(tree)-1]; got != c.last {
				t.Errorf("last part %s, want %s", got, c.last)
			}
			if d := m.Defects[len(m.Defects)-1]; d.Detail != c.defect || d.Offset != int64(len(c.in)) {
				t.Errorf("defect %+v, want %q at %d", d, c.defect, len(c.in))
			}
		})
	}
}

func TestReadHeader(t *testing.T) {
	read := func(r io.Reader, opt mail.Options) string {
		h, err := mail.ReadHeader(r, opt)
		if err != nil {
			return err.Error()
		}
		return h.Text("Subject") + "|" + h.MessageID()
	}
	big := &endless{head: "Subject: x\nMessage-ID: <1@example.com>\n\n", text: "body\n"}
	if got := read(big, mail.Options{}); got != "x|1@example.com" || big.read > 1<<17 {
		t.Errorf("%s, read %d bytes of the endless body", got, big.read)
	}
	for _, c := range []struct{ name, in, want string }{
		{"cut", "Subject: =?utf-8?q?=C3=BC?=\nMessage-ID: <1@exam", "ü|1@exam"},
		{"crlf", crlf("Message-ID: 1@example.com\nSubject: a\n b\n\nSubject: body"), "a b|1@example.com"},
		{"empty", "", "|"},
	} {
		if got := read(strings.NewReader(c.in), mail.Options{}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	endlessHeader := &endless{text: "X: y\n"}
	if got := read(endlessHeader, mail.Options{MaxFields: 1 << 30}); !strings.Contains(got, "larger than 1048576 bytes") {
		t.Error(got)
	}
	if got := read(io.MultiReader(strings.NewReader("A: b\n"), iotest.ErrReader(io.ErrClosedPipe)), mail.Options{}); got != io.ErrClosedPipe.Error() {
		t.Error(got)
	}
}

// TestEmbeddedInBase64: a forwarded message that is encoded, against the rules,
// is an attachment that can be opened all the same.
func TestEmbeddedInBase64(t *testing.T) {
	m := mustParse(t, attached("Content-Type: message/rfc822", []byte("Subject: inner\n\nhi")))
	if p, err := m.Part("1.2"); err != nil || p.IsMessage() || !p.IsAttachment() {
		t.Fatalf("%+v, %v", p, err)
	}
	inner, err := m.Embedded("1.2")
	if err != nil || inner.Header().Get("Subject") != "inner" {
		t.Errorf("%+v, %v", inner, err)
	}
}

// TestDefectsAreBounded: a message cannot fill our memory with its faults.
func TestDefectsAreBounded(t *testing.T) {
	m := mustParse(t, "From: a@example.com\n"+strings.Repeat("junk\n", 10_000)+"\nhi")
	if len(m.Defects) != 200 {
		t.Errorf("%d defects", len(m.Defects))
	}
}
