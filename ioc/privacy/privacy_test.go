package privacy_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/privacy"
)

func secret(fill byte) []byte { return bytes.Repeat([]byte{fill}, privacy.MinSecret) }

func mustKey(t testing.TB, id string, fill byte) privacy.Key {
	t.Helper()
	k, err := privacy.NewKey(id, secret(fill))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pseudonym(t *testing.T, k privacy.Key, i ioc.Indicator) privacy.Pseudonym {
	t.Helper()
	p, err := k.Pseudonym(i)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPseudonym(t *testing.T) {
	k := mustKey(t, "2026-11", 1)
	ip := ioc.MustParse("192.0.2.1")
	p := pseudonym(t, k, ip)
	if p != pseudonym(t, mustKey(t, "2026-11", 1), ip) {
		t.Error("the same key and indicator gave two pseudonyms")
	}
	partner, err := k.For("partner")
	if err != nil {
		t.Fatal(err)
	}
	bank, err := k.For("bank")
	if err != nil {
		t.Fatal(err)
	}
	token := func(p privacy.Pseudonym) string { return p.String()[strings.LastIndexByte(p.String(), ':'):] }
	seen := map[string]string{}
	for name, p := range map[string]privacy.Pseudonym{
		"this":            p,
		"other secret":    pseudonym(t, mustKey(t, "2026-11", 2), ip),
		"other value":     pseudonym(t, k, ioc.MustParse("192.0.2.2")),
		"first recipient": pseudonym(t, partner, ip),
		"other recipient": pseudonym(t, bank, ip),
	} {
		if before, twice := seen[token(p)]; twice {
			t.Errorf("%s and %s have the same token", name, before)
		}
		seen[token(p)] = name
	}
	if p == pseudonym(t, mustKey(t, "2026-12", 1), ip) {
		t.Error("pseudonyms under two key ids compare equal")
	}
	if p.Type() != ioc.IPv4 || p.KeyID() != "2026-11" || partner.ID() != "2026-11/partner" {
		t.Errorf("type %v, key %q, recipient's key %q", p.Type(), p.KeyID(), partner.ID())
	}
	if strings.Contains(p.String(), "192.0.2.1") {
		t.Errorf("the pseudonym shows the value: %v", p)
	}
}

func TestPseudonymText(t *testing.T) {
	k, err := mustKey(t, "k1", 7).For("partner_a")
	if err != nil {
		t.Fatal(err)
	}
	want := pseudonym(t, k, ioc.MustParse("joe@example.com"))
	text, err := json.Marshal(map[string]privacy.Pseudonym{"p": want})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]privacy.Pseudonym
	if err := json.Unmarshal(text, &got); err != nil || got["p"] != want {
		t.Errorf("%s read back as %v, %v", text, got["p"], err)
	}
	good := want.String()
	for _, bad := range []string{
		"", "pseudonym", "pseudonym:k1:email", "x" + good, good + "0", good[:len(good)-1], strings.ToUpper(good),
		strings.Replace(good, ":email:", ":mail:", 1), strings.Replace(good, "k1", "", 1),
		strings.Replace(good, "k1", "k 1", 1), good[:len(good)-1] + "g", "pseudonym:" + strings.Repeat("k", 65) + good[len("pseudonym:k1/partner_a"):],
	} {
		if _, err := privacy.ParsePseudonym(bad); !errors.Is(err, privacy.ErrPseudonym) {
			t.Errorf("ParsePseudonym(%q): error %v, want ErrPseudonym", bad, err)
		}
	}
	if _, err := (privacy.Pseudonym{}).MarshalText(); !errors.Is(err, privacy.ErrPseudonym) {
		t.Errorf("zero Pseudonym: error %v, want ErrPseudonym", err)
	}
}

func TestKeyRefusals(t *testing.T) {
	for _, c := range []struct {
		id     string
		secret []byte
	}{
		{"k", secret(1)[1:]}, {"k", nil}, {"", secret(1)}, {"a b", secret(1)}, {"a:b", secret(1)}, {"a/b", secret(1)}, {strings.Repeat("k", 65), secret(1)},
	} {
		if _, err := privacy.NewKey(c.id, c.secret); !errors.Is(err, privacy.ErrKey) {
			t.Errorf("NewKey(%q, %d bytes): error %v, want ErrKey", c.id, len(c.secret), err)
		}
	}
	var zero privacy.Key
	if _, err := zero.Pseudonym(ioc.MustParse("192.0.2.1")); !errors.Is(err, privacy.ErrKey) {
		t.Errorf("zero Key: error %v, want ErrKey", err)
	}
	if _, err := zero.For("x"); !errors.Is(err, privacy.ErrKey) {
		t.Errorf("zero Key.For: error %v, want ErrKey", err)
	}
	k := mustKey(t, "k", 1)
	if _, err := k.For("a:b"); !errors.Is(err, privacy.ErrKey) {
		t.Errorf("For(a:b): error %v, want ErrKey", err)
	}
	if _, err := k.Pseudonym(ioc.Indicator{}); !errors.Is(err, privacy.ErrPseudonym) {
		t.Errorf("zero Indicator: error %v, want ErrPseudonym", err)
	}
}

// The secret shows in no formatted form of a key, nor of a struct around one.
func TestKeyNeverShows(t *testing.T) {
	k := mustKey(t, "k1", 'S')
	type config struct{ key privacy.Key }
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "key", k)
	_, jsonErr := json.Marshal(k)
	if jsonErr == nil {
		t.Error("a key was marshalled to JSON")
	}
	all := fmt.Sprintf("%v %+v %#v %s %q %v %+v %#v %v %s", k, k, k, k, k, config{k}, config{k}, config{k}, jsonErr, &logged)
	for _, leak := range []string{"SSSS", "53535353", "83, 83", "83 83", "0x53"} {
		if strings.Contains(all, leak) {
			t.Errorf("the secret shows as %q in %s", leak, all)
		}
	}
}

func TestHash(t *testing.T) {
	sum := ioc.MustParse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	got, err := privacy.Hash(sum)
	if err != nil || len(got) != 64 || got == sum.Value() {
		t.Errorf("Hash(SHA-256) = %q, %v", got, err)
	}
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "joe@example.com", "evil.example.com", "https://example.com/a", "CVE-2021-44228"} {
		i := ioc.MustParse(s)
		_, err := privacy.Hash(i)
		if !errors.Is(err, privacy.ErrEnumerable) {
			t.Errorf("Hash(%v %s): error %v, want ErrEnumerable", i.Type(), s, err)
		} else if why := privacy.Enumerable(i.Type()); !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), s) {
			t.Errorf("the error for %s does not give the reason %q, or shows the value: %v", s, why, err)
		}
	}
	if _, err := privacy.Hash(ioc.Indicator{}); !errors.Is(err, privacy.ErrPseudonym) {
		t.Errorf("zero Indicator: error %v, want ErrPseudonym", err)
	}
}

// Each type has been thought about: only digests, fingerprints and identifiers
// drawn at random may be hashed without a key.
func TestEnumerableKnowsEveryType(t *testing.T) {
	random := map[ioc.Type]bool{
		ioc.MD5: true, ioc.SHA1: true, ioc.SHA224: true, ioc.SHA256: true, ioc.SHA384: true, ioc.SHA512: true,
		ioc.SSDeep: true, ioc.TLSH: true, ioc.ImpHash: true, ioc.Authentihash: true, ioc.JA3: true, ioc.JA3S: true,
		ioc.JA4: true, ioc.JARM: true, ioc.HASSH: true, ioc.CertFingerprint: true, ioc.CertSerial: true,
		ioc.UUID: true, ioc.YARA: true, ioc.AWSAccessKey: true,
	}
	for typ := range ioc.Types() {
		if enumerable := privacy.Enumerable(typ) != ""; enumerable == random[typ] {
			t.Errorf("%v: enumerable is %v", typ, enumerable)
		}
	}
}

func TestConformanceCryptoPAn(t *testing.T) {
	type vector struct {
		Key string `json:"key_hex"`
		In  netip.Addr
		Out netip.Addr
	}
	vectors := conformance.Lines[vector](t, "privacy/cryptopan.jsonl")
	if len(vectors) != 72 {
		t.Errorf("%d vectors, want 72", len(vectors))
	}
	for _, v := range vectors {
		key, err := hex.DecodeString(v.Key)
		if err != nil {
			t.Fatal(err)
		}
		m, err := privacy.NewAddressMapper(key)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Map(v.In); got != v.Out {
			t.Errorf("Map(%v) = %v, want %v", v.In, got, v.Out)
		}
		if got := m.Unmap(v.Out); got != v.In {
			t.Errorf("Unmap(%v) = %v, want %v", v.Out, got, v.In)
		}
	}
}

// Two addresses share exactly as many leading bits after mapping as before.
func TestMapKeepsPrefixes(t *testing.T) {
	m, err := privacy.NewAddressMapper(secret(9))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(n int) netip.Addr {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		a, _ := netip.AddrFromSlice(b)
		return a
	}
	for range 200 {
		for _, size := range []int{4, 16} {
			a, b := random(size), random(size)
			near, _ := a.Prefix(rng.IntN(a.BitLen() + 1))
			for _, other := range []netip.Addr{b, near.Addr()} {
				if before, after := shared(a, other), shared(m.Map(a), m.Map(other)); before != after {
					t.Fatalf("%v and %v share %d bits, their stand-ins %d", a, other, before, after)
				}
			}
			if got := m.Unmap(m.Map(a)); got != a {
				t.Fatalf("Unmap(Map(%v)) = %v", a, got)
			}
		}
	}
}

// shared counts the leading bits that two addresses have in common.
func shared(a, b netip.Addr) int {
	for bits := a.BitLen(); ; bits-- {
		if p, _ := a.Prefix(bits); p.Contains(b) {
			return bits
		}
	}
}

func TestMapForms(t *testing.T) {
	m, err := privacy.NewAddressMapper(secret(9))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Map(netip.Addr{}); got.IsValid() {
		t.Errorf("Map(zero) = %v", got)
	}
	if m.Map(netip.MustParseAddr("::ffff:192.0.2.1")) != m.Map(netip.MustParseAddr("192.0.2.1")) {
		t.Error("an IPv4 address in IPv6 form is mapped to something else than itself")
	}
	if m.Map(netip.MustParseAddr("fe80::1%eth0")) != m.Map(netip.MustParseAddr("fe80::1")) {
		t.Error("the zone changes what an address is mapped to")
	}
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := privacy.NewAddressMapper(make([]byte, size)); !errors.Is(err, privacy.ErrKey) {
			t.Errorf("secret of %d bytes: error %v, want ErrKey", size, err)
		}
	}
}

func TestTruncate(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		got, err := privacy.Truncate(netip.MustParseAddr(in), privacy.CommonPrefix4, privacy.CommonPrefix6)
		if err != nil || got.String() != want {
			t.Errorf("Truncate(%s) = %v, %v; want %s", in, got, err, want)
		}
	}
	for _, c := range []struct {
		addr netip.Addr
		bits int
	}{{netip.Addr{}, 24}, {netip.MustParseAddr("192.0.2.1"), 33}, {netip.MustParseAddr("192.0.2.1"), -1}} {
		if p, err := privacy.Truncate(c.addr, c.bits, c.bits); err == nil {
			t.Errorf("Truncate(%v, %d) = %v, want an error", c.addr, c.bits, p)
		}
	}
}

func FuzzParsePseudonym(f *testing.F) {
	k := mustKey(f, "k1", 7)
	p, err := k.Pseudonym(ioc.MustParse("192.0.2.1"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.String())
	f.Add("pseudonym:a/b:ipv4:")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := privacy.ParsePseudonym(s)
		switch {
		case err != nil && !errors.Is(err, privacy.ErrPseudonym):
			t.Errorf("error of another kind: %v", err)
		case err == nil && p.String() != s:
			t.Errorf("%q prints as %q", s, p)
		}
	})
}

func BenchmarkMap(b *testing.B) {
	m, err := privacy.NewAddressMapper(secret(9))
	if err != nil {
		b.Fatal(err)
	}
	for name, addr := range map[string]string{"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"} {
		a := netip.MustParseAddr(addr)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Map(a)
			}
		})
	}
}

func BenchmarkPseudonym(b *testing.B) {
	k := mustKey(b, "k", 1)
	i := ioc.MustParse("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Pseudonym(i); err != nil {
			b.Fatal(err)
		}
	}
}
