package proxylog

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
)

// A Match says how much of what was asked for a request shows.
type Match string

// The matches, from the strongest to the weakest.
const (
	MatchURL    Match = "url"    // the same URL
	MatchPath   Match = "path"   // the same but for its query, which often differs from victim to victim
	MatchTunnel Match = "tunnel" // an encrypted connection to the URL's host: the page cannot be seen
	MatchHost   Match = "host"   // a host that was asked for, or one below it
)

// An Indicator is what [Query] takes of an indicator; more fields, such as
// those in the results of other operations, are allowed and ignored.
type Indicator struct {
	Type  string `json:"type"`
	Value string `json:"value"`
	// Role is what the indicator is to its source. "claimed" is the victim of a
	// forgery, whom everybody visits; it is not looked for.
	Role string `json:"role,omitempty"`
}

// JSONSchema allows for fields that are not ours.
func (Indicator) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"type":"object","required":["type","value"],` +
		`"properties":{"type":{"type":"string"},"value":{"type":"string"},"role":{"type":"string"}}}`)
}

// A target is what requests are compared with.
type target struct {
	url   map[string]bool // canonical URLs
	path  map[string]bool // the same without query
	site  map[string]bool // their hosts with port, for tunnels
	hosts map[string]bool
}

func newTarget(q Query) target {
	t := target{url: map[string]bool{}, path: map[string]bool{}, site: map[string]bool{}, hosts: map[string]bool{}}
	for _, u := range q.URLs {
		t.addURL(u)
	}
	for _, h := range q.Hosts {
		t.addHost(h)
	}
	for _, i := range q.Indicators {
		switch {
		case i.Role == "claimed":
		case i.Type == "url":
			t.addURL(i.Value)
		case i.Type == "domain", i.Type == "ipv4", i.Type == "ipv6":
			t.addHost(i.Value)
		}
	}
	return t
}

func (t target) empty() bool { return len(t.url)+len(t.hosts) == 0 }

func (t target) addHost(host string) {
	if host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, " []")), "."); host != "" {
		t.hosts[host] = true
	}
}

func (t target) addURL(address string) {
	if u, ok := canonical(address); ok {
		t.url[u.String()] = true
		t.path[withoutQuery(u)] = true
		t.site[u.Host] = true
	}
}

// match tells whether a request is for something that is looked for, and the
// strongest reason.
func (t target) match(r Request) (Match, bool) {
	if r.Method == "CONNECT" {
		if u, ok := canonical("https://" + r.URL); ok && t.site[u.Host] {
			return MatchTunnel, true
		}
	} else if u, ok := canonical(r.URL); ok {
		if t.url[u.String()] {
			return MatchURL, true
		}
		if t.path[withoutQuery(u)] {
			return MatchPath, true
		}
	}
	host := r.Host()
	if t.hosts[host] && host != "" {
		return MatchHost, true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "", false
	}
	for parent := host; ; {
		_, rest, ok := strings.Cut(parent, ".")
		if !ok {
			return "", false
		}
		if parent = rest; t.hosts[parent] {
			return MatchHost, true
		}
	}
}

// canonical writes a URL as RFC 3986 §6.2 compares them: scheme and host in
// lower case, no default port, no fragment, "/" for the empty path.
func canonical(address string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return nil, false
	}
	u.Scheme = strings.ToLower(u.Scheme)
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		host += ":" + port
	}
	u.Host, u.Fragment, u.RawFragment, u.User = host, "", "", nil
	if u.Path == "" {
		u.Path = "/"
	}
	return u, true
}

func withoutQuery(u *url.URL) string {
	bare := *u
	bare.RawQuery, bare.ForceQuery = "", false
	return bare.String()
}
