package playbook

import (
	"crypto/sha1" // UUIDs of version 5 are made with it; nothing rests on its strength
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// identifierText is an object's type, two hyphens and a UUID in lower case.
var identifierText = regexp.MustCompile(`^([a-z][a-z0-9-]*)--([0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{12})$`)

// An identifier is the parsed form of an object's identifier.
type identifier struct {
	kind    string // the type before the two hyphens
	uuid    string
	version byte // '4' for a random UUID; 0 if the variant is not that of RFC 9562
}

func parseIdentifier(s string) (identifier, bool) {
	m := identifierText.FindStringSubmatch(s)
	if m == nil {
		return identifier{}, false
	}
	id := identifier{kind: m[1], uuid: m[2], version: m[3][0]}
	if !strings.Contains("89ab", m[4]) {
		id.version = 0
	}
	return id, true
}

// timestampText is the form of RFC 3339 that CACAO allows: UTC, no lower case,
// no point without digits.
var timestampText = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

// parseTimestamp reads a timestamp. A leap second, which UTC has at 23:59:60
// only, is read as the second after it.
func parseTimestamp(s string) (time.Time, bool) {
	if !timestampText.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err == nil {
		return t, true
	}
	if before, after, ok := strings.Cut(s, "T23:59:60"); ok {
		t, err = time.Parse(time.RFC3339Nano, before+"T23:59:59"+after)
		return t.Add(time.Second), err == nil
	}
	return time.Time{}, false
}

// cacaoNamespace is the namespace of deterministic playbook identifiers.
var cacaoNamespace = [16]byte{0xaa, 0x7c, 0xaf, 0x3a, 0xd5, 0x5a, 0x4e, 0x9a, 0xb3, 0x4e, 0x05, 0x62, 0x15, 0xfb, 0xa5, 0x6a}

// DeterministicID returns the identifier that two authors give to the same
// playbook without knowing of each other: a UUID of version 5 over name and
// playbook_types in canonical JSON, in the namespace of the specification. Types
// keep their order.
func DeterministicID(name string, types []string) string {
	object := jsontree.NewObject()
	list := jsontree.NewArray()
	for _, t := range types {
		_ = list.Append(jsontree.NewString(t)) // a fresh array takes every node
	}
	_ = object.Set("name", jsontree.NewString(name))
	_ = object.Set("playbook_types", list)
	h := sha1.New()
	h.Write(cacaoNamespace[:])
	h.Write(object.AppendCanonical(nil))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("playbook--%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
