package playbook

import (
	"regexp"
	"strings"
	"time"
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

// hasKind tells whether s is an identifier of an object of a type.
func hasKind(s, kind string) bool {
	id, ok := parseIdentifier(s)
	return ok && id.kind == kind
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
