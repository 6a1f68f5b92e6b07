package playbook

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// ErrPolicy is the kind of errors about what the host's [Policy] does not allow.
var ErrPolicy = errors.New("not allowed by policy")

// A Policy says what a playbook may do here, whatever it asks for. A list that
// is nil restricts nothing; one that is empty allows nothing.
type Policy struct {
	Commands []string // command types
	Agents   []string // types or identifiers of agents and targets
	// Hosts that commands may contact: names, which include their subdomains if
	// they begin with a point, or addresses. A port, as in "api.example.com:8443",
	// allows that port only.
	Hosts []string
	// Operations of the catalog, such as "dns.enrich"; "dns.*" are all of dns.
	Operations []string
	// Markings are the TLP labels under which a playbook may be run, such as
	// "TLP:GREEN"; "" stands for one without a TLP marking.
	Markings []string
	// AllowExpired runs playbooks that are revoked or outside of their validity.
	AllowExpired bool
}

func (p *Policy) allowCommand(c *Call) error {
	if p.Commands != nil && !slices.Contains(p.Commands, c.Command.Type) {
		return fmt.Errorf("%w: commands of type %s", ErrPolicy, quote(c.Command.Type))
	}
	for _, a := range []*AgentTarget{c.Agent, c.Target} {
		if a != nil && p.Agents != nil && !slices.Contains(p.Agents, a.ID) && !slices.Contains(p.Agents, a.Type) {
			return fmt.Errorf("%w: %s of type %s", ErrPolicy, quote(a.Name), a.Type)
		}
	}
	if c.Agent == nil && p.Agents != nil && !slices.Contains(p.Agents, c.Step.Agent) {
		return fmt.Errorf("%w: agent %s", ErrPolicy, quote(c.Step.Agent))
	}
	return nil
}

func (p *Policy) allowMarking(playbook *Playbook) error {
	if p.Markings == nil {
		return nil
	}
	labels := playbook.tlp()
	if len(labels) == 0 {
		labels = []string{""}
	}
	for _, label := range labels {
		if !slices.Contains(p.Markings, label) {
			return fmt.Errorf("%w: playbooks marked %s", ErrPolicy, quote(label))
		}
	}
	return nil
}

// tlp returns the TLP labels of the playbook's markings.
func (p *Playbook) tlp() []string {
	var out []string
	for _, id := range p.Markings {
		level := tlpLevel(id)
		if i := slices.IndexFunc(p.DataMarkings, func(m *DataMarking) bool { return m.ID == id }); i >= 0 && p.DataMarkings[i].TLP != "" {
			level = p.DataMarkings[i].TLP
		}
		if level != "" {
			out = append(out, level)
		}
	}
	return out
}

func (p *Policy) allowHost(host string) error {
	if p == nil || p.Hosts == nil {
		return nil
	}
	name, port := splitHost(host)
	for _, allowed := range p.Hosts {
		allowedName, allowedPort := splitHost(allowed)
		if allowedPort != "" && allowedPort != port {
			continue
		}
		if name == allowedName || strings.HasPrefix(allowedName, ".") && strings.HasSuffix(name, allowedName) {
			return nil
		}
	}
	return fmt.Errorf("%w: host %s", ErrPolicy, quote(name))
}

// splitHost returns host and port of "host:port", the host in the form in which
// hosts compare: lower case, without brackets and final point.
func splitHost(s string) (host, port string) {
	host = s
	if h, p, err := net.SplitHostPort(s); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), "."), port
}

func (p *Policy) allowOperation(name string) error {
	if p.Operations == nil {
		return nil
	}
	for _, allowed := range p.Operations {
		if connector, all := strings.CutSuffix(allowed, "*"); name == allowed || all && strings.HasPrefix(name, connector) {
			return nil
		}
	}
	return fmt.Errorf("%w: operation %s", ErrPolicy, quote(name))
}
