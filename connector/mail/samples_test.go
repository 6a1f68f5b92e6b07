package mail_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/connector/mail"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	resign = flag.Bool("resign", false, "write the samples anew, with a fresh key; then -update")
)

const (
	samples = "../../testdata/mail"
	zone    = "../../testdata/dns/zone.db"
	maildir = "../../testdata/maildir"
)

// mailboxes says who got which sample, and in which folder it lies.
var mailboxes = []struct{ user, folder, file, sample string }{
	{"anna.lang", "cur", "1794816764.M410233P2201.mx1.example.org", "phishing.eml"},
	{"anna.lang", "cur", "1794818102.M118834P2207.mx1.example.org", "legitimate.eml"},
	{"ben.okafor", "new", "1794816764.M410977P2201.mx1.example.org", "phishing.eml"},
	{"carla.diaz", "cur", "1794816765.M000412P2201.mx1.example.org", "phishing.eml"},
	{"carla.diaz", "new", "1794818102.M119410P2207.mx1.example.org", "legitimate.eml"},
	{"dev.singh", "new", "1794818102.M120055P2207.mx1.example.org", "legitimate.eml"},
}

// TestSamples holds that the samples fit together: the signature of the
// legitimate mail, the key in the zone file, and the copies in the mailboxes.
// With -resign it makes them anew from the texts under testdata, with a fresh
// key that is thrown away.
func TestSamples(t *testing.T) {
	if *resign {
		writeSamples(t)
	}
	v := &mail.Verifier{Resolver: zoneFile(t)}
	for name, want := range map[string]mail.Result{"legitimate.eml": mail.Pass, "phishing.eml": mail.None} {
		a, err := v.Verify(t.Context(), sample(t, name), mail.Envelope{})
		if err != nil {
			t.Fatal(err)
		}
		if a.DKIM.Result != want {
			t.Errorf("%s: DKIM %s (%s), want %s; run this test with -resign after a change", name, a.DKIM.Result, a.DKIM.Reason, want)
		}
	}
	for _, box := range mailboxes {
		got, err := os.ReadFile(filepath.Join(maildir, box.user, box.folder, box.file))
		if err != nil {
			t.Error(err)
		} else if want := copyFor(readFile(t, samples, box.sample), box.user); !bytes.Equal(got, want) {
			t.Errorf("the copy of %s for %s differs from the sample", box.sample, box.user)
		}
	}
}

func writeSamples(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	record := "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(public)
	begin, end := "; dkim begin\n", "; dkim end\n"
	text := string(readFile(t, zone))
	text = regexp.MustCompile(begin+`(?s:.*)`+end).ReplaceAllLiteralString(text,
		fmt.Sprintf("%smail2026._domainkey.example.com. IN TXT (%q\n\t%q )\n%s", begin, record[:250], record[250:], end))
	writeFile(t, []byte(text), zone)

	legitimate := readFile(t, "testdata", "legitimate.txt")
	trace, body, _ := bytes.Cut(legitimate, []byte("-- signed from here --\n"))
	var signed bytes.Buffer
	err = dkim.Sign(&signed, bytes.NewReader(toCRLF(body)), &dkim.SignOptions{
		Domain: "example.com", Selector: "mail2026", Signer: key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"},
	})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, append(toCRLF(trace), signed.Bytes()...), samples, "legitimate.eml")

	phishing := toCRLF(readFile(t, "testdata", "phishing.txt"))
	writeFile(t, phishing, samples, "phishing.eml")
	report := toCRLF(readFile(t, "testdata", "report.txt"))
	writeFile(t, bytes.Replace(report, []byte("-- the reported mail --\r\n"), phishing, 1), samples, "report.eml")
	for _, box := range mailboxes {
		for _, folder := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(maildir, box.user, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, nil, maildir, box.user, folder, ".gitkeep")
		}
		writeFile(t, copyFor(readFile(t, samples, box.sample), box.user), maildir, box.user, box.folder, box.file)
	}
}

// copyFor is the copy of a sample that another user got.
func copyFor(text []byte, user string) []byte {
	header, rest, _ := bytes.Cut(text, []byte("\r\nDKIM-Signature:"))
	if len(rest) == 0 {
		header, rest, _ = bytes.Cut(text, []byte("\r\nFrom:"))
		return slicesJoin(addressed(header, user), "\r\nFrom:", rest)
	}
	return slicesJoin(addressed(header, user), "\r\nDKIM-Signature:", rest)
}

func addressed(trace []byte, user string) []byte {
	return bytes.ReplaceAll(trace, []byte("anna.lang@"), []byte(user+"@"))
}

func slicesJoin(a []byte, sep string, b []byte) []byte {
	return bytes.Join([][]byte{a, b}, []byte(sep))
}

func toCRLF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, content []byte, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func sample(t testing.TB, name string) *mail.Message {
	t.Helper()
	m, err := mail.Parse(bytes.NewReader(readFile(t, samples, name)), mail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// zoneFile is a resolver over the samples' zone file.
func zoneFile(t testing.TB) *dns.Zone {
	t.Helper()
	return zoneText(t, string(readFile(t, zone)))
}

func zoneText(t testing.TB, text string) *dns.Zone {
	t.Helper()
	z, err := dns.ParseZone(strings.NewReader(text), ".", "zone.db")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// broken is a resolver in trouble.
type broken struct{}

var errBroken = errors.New("i/o timeout")

func (broken) LookupTXT(context.Context, string) ([]string, error)        { return nil, errBroken }
func (broken) LookupMX(context.Context, string) ([]*net.MX, error)        { return nil, errBroken }
func (broken) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) { return nil, errBroken }
func (broken) LookupAddr(context.Context, string) ([]string, error)       { return nil, errBroken }
