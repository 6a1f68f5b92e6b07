package connector

import (
	"encoding/json"
	"slices"
	"time"
)

// A Manifest is what a connector declares about itself, so that a host can
// check it before the first call, a playbook can choose it, and a person can
// decide whether to trust it. It is read-only once the connector is made.
type Manifest struct {
	Name    string `json:"name"`    // lower-case, as in "dns" or "blocklist"
	Version string `json:"version"` // semantic version, as in "1.2.0"
	Summary string `json:"summary"` // one sentence: what it is for
	// Account tells apart several instances of one connector: whose credential or
	// which server. Never the credential itself. Caches are kept apart by it.
	Account string `json:"account,omitempty"`

	Accepts []DataType `json:"accepts,omitempty"` // what inputs may hold
	Returns []DataType `json:"returns,omitempty"` // what results may hold

	// Operations has one entry for each operation that is not nil.
	Operations []Operation `json:"operations"`
	// Config lists the fields of the connector's configuration.
	Config []Field `json:"config,omitempty"`
	// Hosts lists the hosts it contacts: "api.example.org", "*.example.org",
	// "198.51.100.0/24", with ":port" where it is not the scheme's; a name in
	// braces such as "{server}" stands for that field of Config. None is offline.
	Hosts []string `json:"hosts,omitempty"`
	// Disclosures lists the data that leaves, and who sees it. A connector that
	// contacts hosts has at least one.
	Disclosures []Disclosure `json:"disclosures,omitempty"`
	// Limits are those that the service sets for its clients.
	Limits []Limit `json:"limits,omitempty"`
	// Errors says what the service's own signs of failure mean, where they differ
	// from what HTTP says. The first rule that matches counts.
	Errors []ErrorRule `json:"errors,omitempty"`
	// Permissions says in words what the credential must be allowed to do.
	Permissions []string `json:"permissions,omitempty"`
	// Services lists the ids of the FIRST CSIRT Services Framework 2.1 that it
	// serves: a service such as "6.4" or a function such as "6.4.2".
	Services []string `json:"services,omitempty"`
}

// A DataType names a kind of data: the text name of an [ioc.Type] such as
// "domain", or a media type such as "message/rfc822".
type DataType string

// A Field is one field of a connector's configuration.
type Field struct {
	Name     string `json:"name"`               // as in the configuration's JSON
	Summary  string `json:"summary"`            // what it is, with unit and range
	Required bool   `json:"required,omitempty"` // the connector cannot work without
	Secret   bool   `json:"secret,omitempty"`   // a credential; its Go type is Secret
	Default  string `json:"default,omitempty"`  // what absence means; never for a secret
}

// A Disclosure is data that leaves when the connector works.
type Disclosure struct {
	What string `json:"what"` // such as "the domain name that is looked up"
	Form Form   `json:"form"`
	To   string `json:"to"` // who sees it, such as "the operator of the resolver"
}

// A Form is the shape in which data leaves.
type Form string

// The forms, from the most to the least telling.
const (
	FormValue  Form = "value"  // as it is
	FormHash   Form = "hash"   // a hash of it, which whoever knows the value recognises
	FormPrefix Form = "prefix" // a prefix of a hash, shared by many values (k-anonymity)
)

// A Limit is one of the allowances that a service grants.
type Limit struct {
	Name  string        `json:"name"`            // such as "lookups"
	Max   int           `json:"max"`             // calls per Per; > 0
	Per   time.Duration `json:"per"`             // > 0
	Burst int           `json:"burst,omitempty"` // calls at once; 0 means 1
	// Window is true for a quota that is counted (at most Max in each period of
	// Per), false for a rate that is smoothed.
	Window bool `json:"window,omitempty"`
	// Fixed windows start at multiples of Per in UTC; others roll. Only with Window.
	Fixed bool `json:"fixed,omitempty"`
}

// An ErrorRule maps an answer of the service to a kind. All conditions that are
// set must hold; at least one must be set.
type ErrorRule struct {
	Status      int    `json:"status,omitempty"`       // HTTP status
	ContentType string `json:"content_type,omitempty"` // prefix of the media type
	Body        string `json:"body,omitempty"`         // text within the first 4 KiB of the body
	Kind        Kind   `json:"kind"`
	Detail      string `json:"detail,omitempty"` // for the person who must act
}

// Operation returns the description of the named operation, with the manifest's
// name, version, account and accepted types filled in, and whether there is one.
// The result is a copy.
func (m *Manifest) Operation(name string) (*Operation, bool) {
	for _, op := range m.Operations {
		if op.Name == name {
			op.Connector, op.Version, op.Account = m.Name, m.Version, m.Account
			if len(op.Accepts) == 0 {
				op.Accepts = m.Accepts
			}
			op.Accepts = slices.Clone(op.Accepts)
			op.limits = m.Limits
			return &op, true
		}
	}
	return nil, false
}

// String returns the manifest as indented JSON.
func (m *Manifest) String() string {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "connector: manifest of " + m.Name + ": " + err.Error()
	}
	return string(b)
}
