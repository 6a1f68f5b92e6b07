package misp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/stix"
	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// hashNames maps types that are hashes of files to names of algorithms. SHA-512
// cut to 224 or 256 bits has names of its own: it is neither SHA-224 nor
// SHA-256.
var hashNames = map[string]string{
	"md5": "MD5", "sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
	"sha512/224": "SHA-512-224", "sha512/256": "SHA-512-256",
	"sha3-224": "SHA3-224", "sha3-256": "SHA3-256", "sha3-384": "SHA3-384", "sha3-512": "SHA3-512",
	"authentihash": "AUTHENTIHASH", "imphash": "IMPHASH", "impfuzzy": "IMPFUZZY", "pehash": "PEHASH", "cdhash": "CDHASH",
	"ssdeep": "SSDEEP", "telfhash": "TELFHASH", "tlsh": "TLSH", "vhash": "VHASH",
}

var certificateHashes = map[Type]string{"x509-fingerprint-md5": "MD5", "x509-fingerprint-sha1": "SHA-1", "x509-fingerprint-sha256": "SHA-256"}

// patternPaths are the object paths of types whose value is compared as it is.
var patternPaths = map[Type]string{
	"domain": "domain-name:value", "hostname": "domain-name:value", "url": "url:value", "uri": "url:value", "link": "url:value",
	"email": "email-addr:value", "email-attachment": "email-message:body_multipart[*].body_raw_ref.name",
	"email-body": "email-message:body", "email-dst": "email-message:to_refs[*].value", "email-header": "email-message:received_lines",
	"email-message-id": "email-message:message_id", "email-reply-to": "email-message:additional_header_fields.reply_to",
	"email-src": "email-message:from_ref.value", "email-subject": "email-message:subject",
	"email-x-mailer": "email-message:additional_header_fields.x_mailer",
	"filename":       "file:name", "mutex": "mutex:name", "mac-address": "mac-addr:value",
	"http-method": "network-traffic:extensions.'http-request-ext'.request_method",
	"user-agent":  "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
}

// ruleLanguages are the types whose value is a rule in another language.
var ruleLanguages = map[Type]string{"yara": "yara", "sigma": "sigma", "snort": "snort", "suricata": "suricata"}

// Pattern returns the pattern that detects the attribute's value, and its
// language: "stix", or that of a rule, which is returned as it is. Ports, sizes
// and numbers of autonomous systems are numbers in it. An attribute without an
// equivalent gives an error that wraps [ErrNoPattern].
func (a *Attribute) Pattern() (text, language string, err error) {
	if language := ruleLanguages[a.Type]; language != "" {
		return a.Value, language, nil
	}
	if a.Type == "stix2-pattern" {
		return a.Value, "stix", pattern.Validate(a.Value)
	}
	tests, err := a.tests()
	if err != nil {
		return "", "", err
	}
	if tests == nil {
		return a.indicatorPattern()
	}
	return "[" + strings.Join(tests, " AND ") + "]", "stix", nil
}

// indicatorPattern is for types that are indicators without a rule here.
func (a *Attribute) indicatorPattern() (text, language string, err error) {
	found, err := a.Indicators()
	if err != nil {
		return "", "", errors.Join(ErrNoPattern, err)
	}
	if len(found) != 1 {
		return "", "", ErrNoPattern
	}
	text, err = stix.PatternOf(found[0])
	if err != nil {
		return "", "", errors.Join(ErrNoPattern, err)
	}
	return text, "stix", nil
}

func equal(path, value string) string { return path + " = " + pattern.String(value).Literal() }

func equalNumber(path, value string) (string, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return "", fmt.Errorf("misp: %w: %s is no number", ErrInvalid, excerpt(value))
	}
	return path + " = " + strconv.FormatInt(n, 10), nil
}

func hashPath(object, algorithm string) string {
	if strings.Contains(algorithm, "-") {
		algorithm = "'" + algorithm + "'"
	}
	return object + ":hashes." + algorithm
}

// tests returns the tests that the pattern joins by AND; nil for types without
// a rule here.
func (a *Attribute) tests() ([]string, error) {
	if path := patternPaths[a.Type]; path != "" {
		return []string{equal(path, a.Value)}, nil
	}
	if algorithm := hashNames[string(a.Type)]; algorithm != "" {
		return []string{equal(hashPath("file", algorithm), a.Value)}, nil
	}
	if algorithm := certificateHashes[a.Type]; algorithm != "" {
		return []string{equal(hashPath("x509-certificate", algorithm), a.Value)}, nil
	}
	if a.Type.IsComposite() {
		return a.compositeTests()
	}
	switch a.Type {
	case "AS":
		test, err := equalNumber("autonomous-system:number", strings.TrimPrefix(strings.ToUpper(a.Value), "AS"))
		return []string{test}, err
	case "port":
		test, err := equalNumber("network-traffic:dst_port", a.Value)
		return []string{test}, err
	case "size-in-bytes":
		test, err := equalNumber("file:size", a.Value)
		return []string{test}, err
	case "attachment":
		tests := []string{equal("file:name", a.Value)}
		if a.Data != "" {
			tests = append(tests, equal("file:content_ref.payload_bin", a.Data))
		}
		return tests, nil
	case "github-username":
		return []string{equal("user-account:account_type", "github"), equal("user-account:account_login", a.Value)}, nil
	case "ip-dst", "ip-src":
		return endTests(strings.TrimPrefix(string(a.Type), "ip-"), a.Value)
	}
	return nil, nil
}

func (a *Attribute) compositeTests() ([]string, error) {
	first, second, ok := a.Parts()
	if !ok {
		return nil, fmt.Errorf("misp: %w: a value of type %s has two parts joined by |", ErrInvalid, excerpt(string(a.Type)))
	}
	switch a.Type {
	case "domain|ip":
		return []string{equal("domain-name:value", first), equal("domain-name:resolves_to_refs[*].value", second)}, nil
	case "hostname|port":
		port, err := equalNumber("network-traffic:dst_port", second)
		return []string{equal("domain-name:value", first), port}, err
	case "ip-dst|port", "ip-src|port":
		end := string(a.Type[len("ip-"):len("ip-dst")])
		tests, err := endTests(end, first)
		if err != nil {
			return nil, err
		}
		port, err := equalNumber("network-traffic:"+end+"_port", second)
		return append(tests, port), err
	case "regkey|value":
		key, err := keyOf(first)
		return []string{equal("windows-registry-key:key", key), equal("windows-registry-key:values[*].data", second)}, err
	case "malware-sample":
		tests := []string{equal("file:name", first), equal("file:hashes.MD5", second)}
		if a.Data != "" {
			const content = "file:content_ref."
			tests = append(tests, equal(content+"payload_bin", a.Data), equal(content+"mime_type", "application/zip"),
				equal(content+"encryption_algorithm", "mime-type-indicated"), equal(content+"decryption_key", "infected"))
		}
		return tests, nil
	}
	hash, _ := strings.CutPrefix(string(a.Type), "filename|")
	algorithm := hashNames[hash]
	if algorithm == "" {
		return nil, fmt.Errorf("misp: type %s: %w", excerpt(string(a.Type)), ErrNoPattern)
	}
	return []string{equal("file:name", first), equal(hashPath("file", algorithm), second)}, nil
}

// endTests are the tests for one end of network traffic. A range is tested as
// what it is.
func endTests(end, value string) ([]string, error) {
	path := "network-traffic:" + end + "_ref"
	object, ranged, err := addressObject(value)
	if err != nil {
		return nil, err
	}
	test := equal(path+".value", value)
	if ranged {
		test = path + ".value ISSUBSET " + pattern.String(value).Literal()
	}
	return []string{equal(path+".type", object), test}, nil
}

func addressObject(value string) (object string, ranged bool, err error) {
	host, _, ranged := strings.Cut(value, "/")
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("misp: %w: %s is no address", ErrInvalid, excerpt(value))
	case a.Is4():
		return "ipv4-addr", ranged, nil
	default:
		return "ipv6-addr", ranged, nil
	}
}

// keyOf writes the name of a registry key's hive out, as STIX demands.
func keyOf(key string) (string, error) {
	i, err := ioc.ParseAs(ioc.RegistryKey, key)
	if err != nil {
		return "", err
	}
	values, err := stix.ObservablesOf(i)
	if err != nil {
		return "", err
	}
	if k, ok := values[len(values)-1].(*stix.RegistryKey); ok {
		return k.Key, nil
	}
	return key, nil
}

// An observable is a cyber-observable object, its identifier, and what all such
// objects share.
type observable struct {
	stix.Value
	ID   stix.ID
	base *stix.Observable
}

// Observables returns the cyber-observable objects of the attribute's value,
// with deterministic identifiers; those that others refer to stand first. An
// attribute without an equivalent gives an error that wraps [ErrNoPattern].
func (a *Attribute) Observables() ([]stix.Value, error) {
	found, err := a.observables()
	if err != nil {
		return nil, err
	}
	values := make([]stix.Value, len(found))
	for i, o := range found {
		values[i] = o.Value
	}
	return values, nil
}

// A collection gathers observables and gives them identifiers.
type collection struct {
	list []observable
	err  error
}

// add returns the identifier of an object that has properties that make one.
func (c *collection) add(v stix.Value, base *stix.Observable) stix.ID {
	id, err := stix.SCOID(v)
	if err != nil {
		id = stix.NewID(v.Type())
	}
	base.ID = id
	c.list = append(c.list, observable{v, id, base})
	return id
}

func (c *collection) file(f *stix.File) { c.add(f, &f.Observable) }

func (c *collection) mailbox(value string) stix.ID {
	v := &stix.EmailAddress{Value: value}
	return c.add(v, &v.Observable)
}

func (c *collection) message(m *stix.EmailMessage) { c.add(m, &m.Observable) }

func (c *collection) address(value string) stix.ID {
	object, _, err := addressObject(value)
	c.err = errors.Join(c.err, err)
	if object == "ipv6-addr" {
		v := &stix.IPv6Address{Value: value}
		return c.add(v, &v.Observable)
	}
	v := &stix.IPv4Address{Value: value}
	return c.add(v, &v.Observable)
}

func (c *collection) domain(value string, resolves ...stix.ID) stix.ID {
	v := &stix.DomainName{Value: value, ResolvesToRefs: resolves}
	return c.add(v, &v.Observable)
}

// traffic adds a flow of which one end is known; port "" is unknown.
func (c *collection) traffic(end string, id stix.ID, port string) {
	v := &stix.NetworkTraffic{Protocols: []string{"tcp"}}
	var number *int
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			c.err = errors.Join(c.err, fmt.Errorf("misp: %w: %s is no port", ErrInvalid, excerpt(port)))
		}
		number = new(int(n))
	}
	if end == "src" {
		v.SrcRef, v.SrcPort = id, number
	} else {
		v.DstRef, v.DstPort = id, number
	}
	c.add(v, &v.Observable)
}

func (c *collection) artifact(data string, zipped bool) stix.ID {
	v := &stix.Artifact{PayloadBin: data}
	if zipped { // as MISP stores samples
		v.MIMEType, v.EncryptionAlgorithm, v.DecryptionKey = "application/zip", "mime-type-indicated", "infected"
	}
	return c.add(v, &v.Observable)
}

func (a *Attribute) observables() ([]observable, error) {
	c := &collection{}
	known := a.collectSingle(c) || a.collectMail(c) || a.Type.IsComposite() && a.collectComposite(c)
	switch {
	case c.err != nil:
		return nil, c.err
	case !known:
		return nil, fmt.Errorf("misp: type %s: %w", excerpt(string(a.Type)), ErrNoPattern)
	}
	return c.list, nil
}

func (a *Attribute) collectSingle(c *collection) bool {
	if algorithm := hashNames[string(a.Type)]; algorithm != "" {
		c.file(&stix.File{Hashes: stix.Hashes{algorithm: a.Value}})
		return true
	}
	if algorithm := certificateHashes[a.Type]; algorithm != "" {
		v := &stix.Certificate{Hashes: stix.Hashes{algorithm: a.Value}}
		c.add(v, &v.Observable)
		return true
	}
	switch a.Type {
	case "AS":
		n, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(a.Value), "AS"), 10, 64)
		if err != nil {
			c.err = fmt.Errorf("misp: %w: %s is no number of an autonomous system", ErrInvalid, excerpt(a.Value))
		}
		v := &stix.AutonomousSystem{Number: &n}
		c.add(v, &v.Observable)
	case "domain", "hostname", "onion-address":
		c.domain(a.Value)
	case "url", "uri", "link":
		v := &stix.URL{Value: a.Value}
		c.add(v, &v.Observable)
	case "ip-dst", "ip-src":
		c.traffic(strings.TrimPrefix(string(a.Type), "ip-"), c.address(a.Value), "")
	case "mac-address":
		v := &stix.MACAddress{Value: strings.ToLower(a.Value)}
		c.add(v, &v.Observable)
	case "mutex":
		v := &stix.Mutex{Name: a.Value}
		c.add(v, &v.Observable)
	case "filename":
		c.file(&stix.File{Name: a.Value})
	case "attachment":
		f := &stix.File{Name: a.Value}
		if a.Data != "" {
			f.ContentRef = c.artifact(a.Data, false)
		}
		c.file(f)
	case "regkey":
		key, err := keyOf(a.Value)
		c.err = errors.Join(c.err, err)
		v := &stix.RegistryKey{Key: key}
		c.add(v, &v.Observable)
	case "github-username":
		v := &stix.UserAccount{AccountType: "github", AccountLogin: a.Value}
		c.add(v, &v.Observable)
	default:
		return false
	}
	return true
}

func (a *Attribute) collectMail(c *collection) bool {
	switch a.Type {
	case "email", "target-email":
		c.mailbox(a.Value)
	case "email-src":
		c.message(&stix.EmailMessage{FromRef: c.mailbox(a.Value)})
	case "email-dst":
		c.message(&stix.EmailMessage{ToRefs: []stix.ID{c.mailbox(a.Value)}})
	case "email-body":
		c.message(&stix.EmailMessage{Body: a.Value})
	case "email-header":
		c.message(&stix.EmailMessage{ReceivedLines: []string{a.Value}})
	case "email-message-id":
		c.message(&stix.EmailMessage{MessageID: a.Value})
	case "email-subject":
		c.message(&stix.EmailMessage{Subject: a.Value})
	case "email-reply-to":
		c.message(&stix.EmailMessage{AdditionalHeaderFields: header("Reply-To", a.Value)})
	case "email-x-mailer":
		c.message(&stix.EmailMessage{AdditionalHeaderFields: header("X-Mailer", a.Value)})
	case "email-attachment":
		f := &stix.File{Name: a.Value}
		id := c.add(f, &f.Observable)
		c.message(&stix.EmailMessage{IsMultipart: true, BodyMultipart: []stix.MIMEPart{
			{BodyRawRef: id, ContentDisposition: fmt.Sprintf("attachment; filename='%s'", a.Value)}}})
	default:
		return false
	}
	return true
}

func (a *Attribute) collectComposite(c *collection) bool {
	first, second, ok := a.Parts()
	if !ok {
		c.err = fmt.Errorf("misp: %w: a value of type %s has two parts joined by |", ErrInvalid, excerpt(string(a.Type)))
		return true
	}
	switch a.Type {
	case "domain|ip":
		c.domain(first, c.address(second))
	case "hostname|port":
		c.traffic("dst", c.domain(first), second)
	case "ip-dst|port", "ip-src|port":
		c.traffic(string(a.Type[len("ip-"):len("ip-dst")]), c.address(first), second)
	case "regkey|value":
		key, err := keyOf(first)
		c.err = errors.Join(c.err, err)
		v := &stix.RegistryKey{Key: key, Values: []stix.RegistryValue{{Data: second}}}
		c.add(v, &v.Observable)
	case "malware-sample":
		f := &stix.File{Name: first, Hashes: stix.Hashes{"MD5": second}}
		if a.Data != "" {
			f.ContentRef = c.artifact(a.Data, true)
		}
		c.file(f)
	default:
		hash, _ := strings.CutPrefix(string(a.Type), "filename|")
		algorithm := hashNames[hash]
		if algorithm == "" {
			return false
		}
		c.file(&stix.File{Name: first, Hashes: stix.Hashes{algorithm: second}})
	}
	return true
}

func header(name, value string) map[string]json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return map[string]json.RawMessage{name: text}
}
