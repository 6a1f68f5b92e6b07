//go:build peer

package blocklist_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/internal/peer"
)

// namedConf is a name server that is responsible for example.net, and that
// answers by a response policy zone.
const namedConf = `
options {
	directory "%[1]s";
	pid-file none;
	session-keyfile "%[1]s/session.key";
	listen-on port %[2]d { 127.0.0.1; };
	listen-on-v6 { none; };
	recursion yes;
	allow-query { 127.0.0.1; };
	dnssec-validation no;
	forwarders { };
	response-policy { zone "rpz.example" min-update-interval 1; } qname-wait-recurse no;
};
controls { };
zone "." { type primary; file "root.zone"; };
zone "example.net" { type primary; file "example.net.zone"; };
zone "rpz.example" { type primary; file "rpz.zone"; };
`

const soa = "@ 60 IN SOA localhost. hostmaster.localhost. 1 60 60 60 60\n@ 60 IN NS localhost.\n"

// A real name server enforces the zone that the connector writes: names with what
// is below them, addresses and networks of both families, in all forms that IPv6
// addresses have in RPZ; and it stops when a block is reverted.
func TestPeerBIND(t *testing.T) {
	addresses := map[string]string{ // name in example.net: address
		"v4":     "192.0.2.66",
		"net4":   "198.51.100.77",
		"v6":     "2001:db8::1",
		"none6":  "2001:db8:1:2:3:4:5:6",
		"two6":   "2001:db8:0:0:1:0:0:1",  // runs of equal length
		"late6":  "2001:0:0:1:0:0:0:1",    // the longer one is behind
		"early6": "2001:0:0:0:1:0:0:1",    // the longer one is in front
		"one6":   "2001:db8:0:1:1:1:1:1",  // a run of one is no run
		"end6":   "2001:db8:1:1:1:1::",    // at the end
		"net6":   "2001:db8:aaaa:bb00::5", // in a network
	}
	blocked := request("evil.example.net", "192.0.2.66", "198.51.100.64/27", "2001:db8:aaaa:bb00::/56")
	for name, address := range addresses {
		if strings.HasSuffix(name, "6") && name != "net6" {
			blocked.Block = append(blocked.Block, request(address).Block...)
		}
	}

	dir := folder(t)
	r := open(t, dir)
	_, first := block(t, r, request("unrelated.example.org")) // makes the zone
	zone := soa + "good 60 A 192.0.2.1\nevil 60 A 192.0.2.2\nbelow.evil 60 A 192.0.2.3\nnotevil 60 A 192.0.2.4\n"
	for name, address := range addresses {
		kind := "A"
		if strings.Contains(address, ":") {
			kind = "AAAA"
		}
		zone += fmt.Sprintf("%s 60 %s %s\n", name, kind, address)
	}
	port := peer.Port(t)
	for name, text := range map[string]string{
		"named.conf": fmt.Sprintf(namedConf, dir.Name(), port), "root.zone": soa, "example.net.zone": zone,
	} {
		if err := dir.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	server := fmt.Sprintf("127.0.0.1:%d", port)
	answer := func(name string, rcode int) func() error {
		return func() error {
			kind := mdns.TypeA
			if strings.Contains(addresses[name], ":") {
				kind = mdns.TypeAAAA
			}
			m := new(mdns.Msg).SetQuestion(name+".example.net.", kind)
			in, _, err := (&mdns.Client{Timeout: time.Second}).Exchange(m, server)
			if err == nil && (in.Rcode != rcode || rcode == mdns.RcodeSuccess && len(in.Answer) == 0) {
				err = fmt.Errorf("%s is answered %s with %d records, want %s", name, mdns.RcodeToString[in.Rcode], len(in.Answer), mdns.RcodeToString[rcode])
			}
			return err
		}
	}
	named := peer.Start(t, "bind9", answer("good", mdns.RcodeSuccess), "named", "-g", "-c", filepath.Join(dir.Name(), "named.conf"))

	all := []string{"evil", "below.evil"}
	for name := range addresses {
		all = append(all, name)
	}
	for _, name := range all {
		peer.Eventually(t, time.Second, answer(name, mdns.RcodeSuccess))
	}
	_, receipt := block(t, r, blocked)
	named.Signal(t, syscall.SIGHUP)
	for _, name := range all {
		peer.Eventually(t, 15*time.Second, answer(name, mdns.RcodeNameError))
	}
	for _, name := range []string{"good", "notevil"} {
		peer.Eventually(t, time.Second, answer(name, mdns.RcodeSuccess))
	}
	if v, err := r.Verify.Do(t.Context(), receipt); err != nil || !v.Confirmed() {
		t.Errorf("verify: %+v, %v", v, err)
	}

	revert(t, r, receipt, first)
	named.Signal(t, syscall.SIGHUP)
	for _, name := range all {
		peer.Eventually(t, 15*time.Second, answer(name, mdns.RcodeSuccess))
	}
	for line := range strings.Lines(named.Log()) {
		if strings.Contains(line, "rpz") && (strings.Contains(line, "invalid") || strings.Contains(line, "error")) {
			t.Errorf("the name server complains: %s", line)
		}
	}
}

func revert(t *testing.T, r blocklist.Responder, receipts ...blocklist.Receipt) {
	t.Helper()
	for _, receipt := range receipts {
		if _, err := r.Revert.Do(t.Context(), receipt); err != nil {
			t.Fatal(err)
		}
		if v, err := r.Verify.Do(t.Context(), receipt); err != nil || v.State != connector.Absent {
			t.Errorf("verify after revert: %+v, %v", v, err)
		}
	}
}
