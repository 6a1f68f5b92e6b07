package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/blocklist"
	"github.com/soarkit/soarkit/connector/dns"
	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/connector/maildir"
	"github.com/soarkit/soarkit/connector/messagelog"
	"github.com/soarkit/soarkit/connector/outbox"
	"github.com/soarkit/soarkit/connector/proxylog"
	"github.com/soarkit/soarkit/connector/sightings"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// borders are the own mail servers of the samples: what they wrote into a mail
// is believed.
func borders() []string { return []string{"mx1.example.org"} }

// A toolbox is the catalog of connectors that the playbook may call, with what
// they hold open.
type toolbox struct {
	catalog *connector.Catalog
	open    []func() error
}

// Close closes what the connectors hold, the last opened first.
func (t *toolbox) Close() error {
	var errs []error
	for i := len(t.open) - 1; i >= 0; i-- {
		errs = append(errs, t.open[i]())
	}
	t.open = nil
	return errors.Join(errs...)
}

// openCatalog wires the connectors to the workspace. Every call goes through the
// marking guard and is kept in the record.
func openCatalog(w *workspace, samples string, online bool, rec *record) (*toolbox, error) {
	policies := append([]connector.Policy{rec.policy()}, connector.Stack{}.Policies()...)
	t := &toolbox{catalog: connector.NewCatalog(policies...)}
	names, err := resolver(samples, online)
	if err == nil {
		err = errors.Join(
			t.addMail(w, names, online),
			t.addLogs(w),
			t.addCases(w),
			t.addMailboxes(w),
			t.addBlocklist(w),
			t.addOutbox(w),
			addDNS(t.catalog, names, online),
			connector.Register(t.catalog, ours("triage.decide", "Weighs the findings of the analyses."), decideOperation),
			connector.Register(t.catalog, ours("triage.containment", "Compares the quarantine with the message log."), containOperation),
			connector.Register(t.catalog, ours("triage.brief", "Puts the plan of a block into words."), briefOperation),
		)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// names is what SPF, DKIM, DMARC and the playbook's own lookups ask.
type names interface {
	dns.Resolver
	mail.Resolver
}

func resolver(samples string, online bool) (names, error) {
	if online {
		return net.DefaultResolver, nil
	}
	f, err := os.Open(filepath.Join(samples, "dns", "zone.db"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return dns.ParseZone(f, ".", f.Name())
}

// directory opens a directory of the workspace until Close.
func (t *toolbox) directory(w *workspace, name string) (*os.Root, error) {
	dir, err := w.root.OpenRoot(name)
	if err == nil {
		t.open = append(t.open, dir.Close)
	}
	return dir, err
}

func (t *toolbox) addMail(w *workspace, names mail.Resolver, online bool) error {
	c := mail.Config{Verifier: mail.Verifier{Resolver: names, TrustedHosts: borders(), TrustedIDs: borders()}}
	c.Audience, c.Action = lookups(online)
	var err error
	if c.Dir, err = t.directory(w, "."); err != nil {
		return err
	}
	analyses, err := mail.New(c)
	if err != nil {
		return err
	}
	return analyses.Register(t.catalog)
}

func (t *toolbox) addLogs(w *workspace) error {
	dir, err := t.directory(w, logsDir)
	if err != nil {
		return err
	}
	messages, err := messagelog.New(messagelog.Config{Dir: dir, Files: []string{"mail.log"}})
	if err != nil {
		return err
	}
	requests, err := proxylog.New(proxylog.Config{Dir: dir, Files: []string{"proxy.log"}})
	if err != nil {
		return err
	}
	return errors.Join(messagelog.Register(t.catalog, messages), proxylog.Register(t.catalog, requests))
}

func (t *toolbox) addCases(w *workspace) error {
	dir, err := t.directory(w, intelDir)
	if err != nil {
		return err
	}
	cases, err := sightings.New(sightings.Config{Dir: dir, File: "sightings.jsonl"})
	if err != nil {
		return err
	}
	return sightings.Register(t.catalog, cases)
}

func (t *toolbox) addMailboxes(w *workspace) error {
	dir, err := t.directory(w, maildirDir)
	if err != nil {
		return err
	}
	mailboxes, err := maildir.New(maildir.Config{Dir: dir})
	if err != nil {
		return err
	}
	return mailboxes.Register(t.catalog)
}

// Files in the blocklist's folder.
const (
	listFile = "blocklist.txt"
	zoneFile = "rpz.zone"
)

func (t *toolbox) addBlocklist(w *workspace) error {
	dir, err := t.directory(w, blocklistDir)
	if err != nil {
		return err
	}
	list, err := blocklist.New(blocklist.Config{
		Dir: dir, Owner: "phishing", List: listFile, Zone: zoneFile,
		Protected: []ioc.Indicator{ioc.MustParse("example.org"), ioc.MustParse("192.0.2.0/24")}, // ourselves
		Limits:    blocklist.Limits{PerPlan: 20},
	})
	if err != nil {
		return err
	}
	return connector.AddResponder(t.catalog, "blocklist", list)
}

// addOutbox adds two notifiers over the same folder: what goes to the own team,
// and what leaves the organisation, which the marking guard judges by its
// audience.
func (t *toolbox) addOutbox(w *workspace) error {
	dir, err := t.directory(w, outboxDir)
	if err != nil {
		return err
	}
	const from = "SOC <soc@example.org>"
	team, err := outbox.New(outbox.Config{Dir: dir, From: from, Audience: marking.OwnOrganisation, Recipients: []string{"example.org"}})
	if err != nil {
		return err
	}
	abuse, err := outbox.New(outbox.Config{Dir: dir, From: from, Audience: marking.Community})
	if err != nil {
		return err
	}
	return errors.Join(connector.AddNotifier(t.catalog, "outbox", team), connector.AddNotifier(t.catalog, "abuse", abuse))
}

func addDNS(catalog *connector.Catalog, names dns.Resolver, online bool) error {
	c := dns.Config{Resolver: names}
	c.Audience, c.Action = lookups(online)
	lookups, err := dns.New(c)
	if err != nil {
		return err
	}
	return connector.AddEnricher(catalog, "dns", lookups)
}

// lookups says who learns of a lookup. A zone file tells nobody. Online, the
// organisation's resolver asks servers all over the community, which cannot tell
// who in the organisation asked; what is asked are names that the mail server
// asked for already when the mail came in.
func lookups(online bool) (marking.Audience, marking.Action) {
	if online {
		return marking.Community, marking.PassiveThirdParty
	}
	return marking.NoOne, marking.Offline
}

// ours is the entry of an operation of this program's own, which only computes.
func ours(name, summary string) connector.Entry {
	_, operation, _ := strings.Cut(name, ".")
	return connector.Entry{
		Name: name,
		Operation: connector.Operation{Name: operation, Summary: summary,
			Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne, Idempotent: true},
	}
}
