package playbook

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A VariableType is the type of a [Variable]. The specification's vocabulary is
// open; a type that is not below is treated as String.
type VariableType string

// The variable types of CACAO 2.0, and List, which is ours.
const (
	Bool       VariableType = "bool"
	Dictionary VariableType = "dictionary" // a JSON object
	Float      VariableType = "float"
	HexString  VariableType = "hexstring"
	Integer    VariableType = "integer"
	IPv4Addr   VariableType = "ipv4-addr" // an address, or a network in CIDR form
	IPv6Addr   VariableType = "ipv6-addr" // an address, or a network in CIDR form
	Long       VariableType = "long"
	MACAddr    VariableType = "mac-addr"
	Hash       VariableType = "hash"
	MD5Hash    VariableType = "md5-hash"
	SHA256Hash VariableType = "sha256-hash"
	String     VariableType = "string"
	URI        VariableType = "uri"
	UUID       VariableType = "uuid"
	List       VariableType = "list" // a JSON array
)

var variableTypes = []VariableType{
	Bool, Dictionary, Float, HexString, Integer, IPv4Addr, IPv6Addr, Long, MACAddr, Hash, MD5Hash, SHA256Hash, String, URI, UUID,
}

// A Variable is a variable of a playbook or step as it is declared.
type Variable struct {
	Name        string // with its underscores, such as __sender__
	Type        VariableType
	Description string
	Value       string // text form; dictionaries and lists are JSON
	HasValue    bool   // false if the value is absent or null, which is not ""
	Constant    bool   // cannot be assigned to
	External    bool   // the caller of the playbook gives the value

	node *jsontree.Node
}

func variables(definitions *jsontree.Node) []Variable {
	var out []Variable
	for name, n := range definitions.Members() {
		v := Variable{
			Name: name, Type: VariableType(text(n, "type")), Description: text(n, "description"),
			Constant: flag(n, "constant"), External: flag(n, "external"), node: n,
		}
		switch value := n.Get("value"); value.Kind() {
		case jsontree.Missing, jsontree.Null:
		case jsontree.String:
			v.Value, v.HasValue = text(n, "value"), true
		default:
			v.Value, v.HasValue = string(value.AppendCanonical(nil)), true
		}
		out = append(out, v)
	}
	return out
}

func findVariable(list []Variable, name string) (Variable, bool) {
	i := slices.IndexFunc(list, func(v Variable) bool { return v.Name == name })
	if i < 0 {
		return Variable{}, false
	}
	return list[i], true
}

// Check tells why text is no value of the type, or returns nil. A type that is
// not among the constants takes any text.
func (t VariableType) Check(value string) error {
	check, ok := checks[t]
	if !ok || check(value) {
		return nil
	}
	return fmt.Errorf("%s is not %s", quote(value), expects[t])
}

var expects = map[VariableType]string{
	Bool: "true or false", Dictionary: "a JSON object", Float: "a number such as 0.5", HexString: "an even number of hexadecimal digits",
	Integer: "a whole number", Long: "a whole number of at most 64 bits", IPv4Addr: "an IPv4 address or network", IPv6Addr: "an IPv6 address or network",
	MACAddr: "a MAC address", Hash: "hexadecimal digits", MD5Hash: "32 hexadecimal digits", SHA256Hash: "64 hexadecimal digits",
	URI: "an absolute URI", UUID: "a UUID", List: "a JSON array",
}

var checks = map[VariableType]func(string) bool{
	Bool:       func(s string) bool { return s == "true" || s == "false" },
	Dictionary: func(s string) bool { return jsonKind(s) == jsontree.Object },
	List:       func(s string) bool { return jsonKind(s) == jsontree.Array },
	Float:      isFloat,
	Integer:    func(s string) bool { return wholeNumber.MatchString(s) },
	Long:       func(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil },
	HexString:  func(s string) bool { _, err := hex.DecodeString(s); return err == nil },
	Hash:       func(s string) bool { return s != "" && isHex(s) },
	MD5Hash:    func(s string) bool { return len(s) == 32 && isHex(s) },
	SHA256Hash: func(s string) bool { return len(s) == 64 && isHex(s) },
	IPv4Addr:   func(s string) bool { a, ok := address(s); return ok && a.Is4() },
	IPv6Addr:   func(s string) bool { a, ok := address(s); return ok && a.Is6() },
	MACAddr:    func(s string) bool { _, err := net.ParseMAC(s); return err == nil },
	URI:        func(s string) bool { u, err := url.Parse(s); return err == nil && u.Scheme != "" },
	UUID:       func(s string) bool { return uuidText.MatchString(strings.ToLower(s)) },
}

var (
	wholeNumber = regexp.MustCompile(`^[+-]?[0-9]{1,64}$`)
	uuidText    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

func isFloat(s string) bool {
	// Go's own extras (hexadecimal, underscores, Inf) are no portable numbers.
	if s == "" || strings.ContainsAny(s, "xX_iInN") {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func isHex(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	}) < 0
}

func address(s string) (netip.Addr, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr(), true
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Zone() == ""
}

func jsonKind(s string) jsontree.Kind {
	n, err := jsontree.ParseString(s, jsontree.Limits{MaxBytes: MaxValueBytes, MaxDepth: MaxDepth})
	if err != nil {
		return jsontree.Missing
	}
	return n.Kind()
}

// MaxValueBytes bounds the text of one variable's value. A value that is longer
// belongs in a file or store; keep a reference to it in the variable.
const MaxValueBytes = 1 << 20

// quote shows the beginning of a value in a message.
func quote(s string) string {
	const most = 60
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "…"
}
