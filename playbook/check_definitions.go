package playbook

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

var agentTypes = []string{
	"group", "http-api", "individual", "linux", "location", "net-address", "organization", "sector", "security-category", "ssh",
}

// checkDefinitions looks at agents, targets, credentials, markings, extensions
// and signatures.
func (v *validator) checkDefinitions() {
	for _, list := range [][]*AgentTarget{v.p.Agents, v.p.Targets} {
		for _, a := range list {
			v.checkAgentTarget(a)
		}
	}
	for _, a := range v.p.Auth {
		v.checkAuth(a)
	}
	for _, m := range v.p.DataMarkings {
		v.checkMarking(m)
	}
	for _, n := range v.p.root.Get("extension_definitions").Members() {
		if version, ok := n.Get("version").Text(); ok && !semanticVersion.MatchString(version) {
			v.at(n.Get("version"), "EX-02", "%s is not a semantic version such as 1.0.0", quote(version))
		}
	}
	v.checkExtensions(v.p.root.Get("playbook_extensions"))
	v.checkSignatures()
	v.checkUnused()
}

var semanticVersion = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

func (v *validator) checkExtensions(extensions *jsontree.Node) {
	definitions := v.p.root.Get("extension_definitions")
	for id, n := range extensions.Members() {
		if !definitions.Has(id) && id != PracticeExtension {
			v.key(n, "EX-01", "the extension %s is not defined%s; add it to extension_definitions", quote(id), v.like(definitions, id))
		}
	}
}

func (v *validator) checkAgentTarget(a *AgentTarget) {
	if a.Type != "" {
		v.term(a.node.Get("type"), a.Type, agentTypes)
	}
	for _, address := range a.Address {
		list := a.node.Get("address").Get(address.Kind)
		for _, n := range list.Elements() {
			if s, ok := n.Text(); ok && firstReference(s) == "" && !validAddress(address.Kind, s) {
				v.at(n, "AT-02", "%s is not %s; correct it or write a variable's value, such as __host__:value", quote(s), addressNames[address.Kind])
			}
		}
	}
	if n := a.node.Get("port"); n.Kind() == jsontree.String && firstReference(a.Port) == "" && !isPort(a.Port) {
		v.at(n, "AT-04", "%s is not a port from 1 to 65535", quote(a.Port))
	}
	auth := v.p.root.Get("authentication_info_definitions")
	if n := a.node.Get("authentication_info"); n != nil && !auth.Has(a.Auth) {
		v.at(n, "AT-05", "the authentication information %s is not defined%s; add it to authentication_info_definitions", quote(a.Auth), v.like(auth, a.Auth))
	}
	v.checkLocation(a.node.Get("location"))
	for _, n := range a.node.Get("contact").Get("email").Members() {
		if s, ok := n.Text(); ok && firstReference(s) == "" {
			if _, err := mail.ParseAddress(s); err != nil {
				v.at(n, "AT-07", "%s is not an e-mail address", quote(s))
			}
		}
	}
	v.checkExtensions(a.node.Get("agent_target_extensions"))
}

var addressNames = map[string]string{
	"dname": "a domain name", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "l2mac": "a MAC address",
	"vlan": "a VLAN number or name", "url": "an absolute URL",
}

var domainName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

func validAddress(kind, s string) bool {
	switch kind {
	case "dname":
		return len(s) <= 254 && domainName.MatchString(s)
	case "ipv4":
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is4()
	case "ipv6":
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is6()
	case "l2mac":
		_, err := net.ParseMAC(s)
		return err == nil
	case "url":
		u, err := url.Parse(s)
		return err == nil && u.Scheme != "" && u.Host != ""
	}
	return s != ""
}

func (v *validator) checkLocation(n *jsontree.Node) {
	latitude, longitude := n.Get("latitude"), n.Get("longitude")
	if (latitude == nil) != (longitude == nil) {
		v.key(n, "AT-06", "latitude and longitude come together; add the other one")
	}
	if n.Has("precision") && latitude == nil {
		v.at(n.Get("precision"), "AT-06", "precision needs latitude and longitude")
	}
	v.coordinate(latitude, 90)
	v.coordinate(longitude, 180)
}

func (v *validator) coordinate(n *jsontree.Node, most float64) {
	s, ok := n.Text()
	if !ok {
		return
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -most || f > most {
		v.at(n, "AT-06", "%s is no number of degrees from -%g to %g", quote(s), most, most)
	}
}

func (v *validator) checkAuth(a *AuthInfo) {
	key := a.node.Get("kms_key_identifier")
	switch {
	case a.KMS && key == nil:
		v.key(a.node, "AU-01", "kms is true but kms_key_identifier is missing; add it")
	case !a.KMS && key != nil:
		v.at(key, "AU-01", "kms_key_identifier is given but kms is not true; set it to true")
	}
	if a.KMS {
		return
	}
	required := map[string][]string{
		"http-basic": {"user_id", "password"}, "user-auth": {"username", "password"}, "oauth2": {"oauth_header", "token"},
	}
	for _, name := range required[a.Type] {
		if !a.node.Has(name) {
			v.key(a.node, "AU-00", "%s: property %q is missing; add it, or use kms", a.Type, name)
		}
	}
	for _, name := range []string{"password", "token", "private_key"} {
		if s, ok := a.node.Get(name).Text(); ok && s != "" && firstReference(s) == "" {
			// The secret itself must not reach the message.
			v.at(a.node.Get(name), "VA-12", "the %s is written into the playbook; use a variable or kms, and change the secret, since others have seen it", name)
		}
	}
}

// tlpMarkings are the technical committee's identifiers of the TLP 2.0 levels.
var tlpMarkings = map[string]string{
	"TLP:CLEAR":        "marking-tlp--94868c89-83c2-464b-929b-a1a8aa3c8487",
	"TLP:GREEN":        "marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	"TLP:AMBER":        "marking-tlp--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	"TLP:AMBER+STRICT": "marking-tlp--939a9414-2ddd-4d32-a0cd-375ea402b003",
	"TLP:RED":          "marking-tlp--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// wellKnownTLP tells whether an identifier is one of the committee's.
func wellKnownTLP(id string) bool { return tlpLevel(id) != "" }

// tlpLevel returns the level of one of the committee's markings, or "".
func tlpLevel(id string) string {
	for level, known := range tlpMarkings {
		if id == known {
			return level
		}
	}
	return ""
}

func (v *validator) checkMarking(m *DataMarking) {
	if n := m.node.Get("modified"); n != nil {
		v.at(n, "DM-00", "a data marking has no versions; make a new marking instead of changing one")
	}
	if want := tlpMarkings[m.TLP]; want != "" && m.ID != want {
		v.key(m.node, "DM-02", "%s has an identifier of its own; others recognise %s", m.TLP, want)
	}
	v.checkExtensions(m.node.Get("marking_extensions"))
}

func (v *validator) checkSignatures() {
	for _, n := range v.p.root.Get("signatures").Elements() {
		if to, ok := n.Get("related_to").Text(); ok && to != v.p.ID {
			v.at(n.Get("related_to"), "SG-04", "the signature is about %s, not about this playbook", quote(to))
		}
		if version, ok := n.Get("related_version").Text(); ok && version != text(v.p.root, "modified") {
			v.at(n.Get("related_version"), "SG-04", "the signature is about version %s, not about this one; sign again", quote(version))
		}
	}
}

// checkUnused finds definitions that nothing refers to.
func (v *validator) checkUnused() {
	used := map[string]bool{}
	for _, s := range v.p.Steps {
		used[s.Agent] = true
		for _, t := range s.Targets {
			used[t] = true
		}
	}
	for _, list := range [][]*AgentTarget{v.p.Agents, v.p.Targets} {
		for _, a := range list {
			if !used[a.ID] {
				v.key(a.node, "PB-17", "no step uses %s; remove it if it is not needed", quote(strings.TrimSpace(a.Name+" "+a.ID)))
			}
			used[a.Auth] = true
		}
	}
	for _, a := range v.p.Auth {
		if !used[a.ID] {
			v.key(a.node, "PB-17", "no agent or target uses %s; remove it if it is not needed", a.ID)
		}
	}
}
