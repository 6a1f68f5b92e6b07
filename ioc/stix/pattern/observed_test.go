package pattern_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// dataErrors are documents that are refused, with words of the message.
var dataErrors = []struct {
	in   string
	kind error
	says string
}{
	{``, pattern.ErrData, "line 1 column 1"},
	{`5`, pattern.ErrData, "neither a bundle"},
	{`"x"`, pattern.ErrData, "neither a bundle"},
	{`{"type":"indicator"}`, pattern.ErrData, "neither a bundle"},
	{"[{},\n 1]", pattern.ErrData, "line 2 column 2"},
	{`{"type":"bundle"} x`, pattern.ErrData, "column 19"},
	{`{"a":1,"a":2}`, pattern.ErrData, `duplicate key: "a"`},
	{"{\"a\":\"\xff\"}", pattern.ErrData, "UTF-8"},
	{`{"a":"\ud800"}`, pattern.ErrData, "lone surrogate"},
	{`{"a":1e999}`, pattern.ErrData, "range of a double"},
	{"\ufeff{}", pattern.ErrData, "byte order mark"},
	{strings.Repeat("[", pattern.MaxDataDepth+1), pattern.ErrLimit, "deeper"},
	{"[" + strings.Repeat("1,", pattern.MaxDataValues) + "1]", pattern.ErrLimit, "values"},
	{`{"type":"observed-data"}`, pattern.ErrData, "first_observed"},
	{`{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01"}`, pattern.ErrData, "last_observed"},
	{`{"type":"observed-data","first_observed":"2026-01-01T00:00:01Z","last_observed":"2026-01-01T00:00:00Z"}`, pattern.ErrData, "before"},
	{`{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":0}`, pattern.ErrData, "number_observed"},
	{`{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1}`, pattern.ErrData, "object_refs"},
	{`[{"type":"bundle","objects":[{"type":"observed-data"}]}]`, pattern.ErrData, "column 30: data cannot be compared: first_observed is missing"},
}

func TestDecodeObservedErrors(t *testing.T) {
	for _, c := range dataErrors {
		_, err := pattern.DecodeObserved([]byte(c.in))
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.60s: got %v, want %v, %q", c.in, err, c.kind, c.says)
		}
	}
}

func TestDecodeObserved(t *testing.T) {
	document := `[
		{"type":"ipv4-addr","id":"ipv4-addr--1","value":"192.0.2.7","resolves_to_refs":["mac-addr--1"]},
		{"type":"mac-addr","id":"mac-addr--1","value":"02:00:00:00:00:01"},
		{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":3,"object_refs":["ipv4-addr--1","gone--1"]},
		{"type":"bundle","objects":[{"type":"observed-data","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","objects":{"0":{"type":"file","size":9007199254740993}}}]}
	]`
	observed, err := pattern.DecodeObserved([]byte(document))
	if err != nil || len(observed) != 2 || observed[0].Count() != 1 || observed[1].Count() != 3 {
		t.Fatalf("got %d observations, %v", len(observed), err)
	}
	for in, want := range map[string]bool{
		"[ipv4-addr:value = '192.0.2.7'] REPEATS 3 TIMES":                   true,
		"[ipv4-addr:value = '192.0.2.7'] REPEATS 4 TIMES":                   false,
		"[ipv4-addr:resolves_to_refs[*].value = '02:00:00:00:00:01']":       true,
		"[ipv4-addr:resolves_to_refs[1].value = '02:00:00:00:00:01']":       false,
		"[ipv4-addr:resolves_to_refs[0].type = 'mac-addr']":                 true,
		"[ipv4-addr:resolves_to_refs = 'x']":                                false,
		"[ipv4-addr:resolves_to_refs != 'x']":                               true,
		"[mac-addr:value = '02:00:00:00:00:01']":                            false, // not referred to by an observation
		"[file:size = 9007199254740993]":                                    true,
		"[file:size = 9007199254740992]":                                    false,
		"[file:size > 9007199254740992.0]":                                  true,
		"[file:size < 99999999999999999999999]":                             true,
		"[ipv4-addr:value ISSUBSET '192.0.2.0/24' AND EXISTS ipv4-addr:id]": true,
	} {
		if got, err := pattern.MustCompile(in).Match(observed...); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", in, got, err, want)
		}
	}
}

func TestNewObservedErrors(t *testing.T) {
	now := time.Unix(0, 0)
	self := map[string]any{"type": "a"}
	self["self"] = self // endless
	for name, c := range map[string]struct {
		first, last time.Time
		count       int
		object      map[string]any
		kind        error
	}{
		"count":   {now, now, 0, map[string]any{"type": "a"}, pattern.ErrData},
		"order":   {now.Add(1), now, 1, map[string]any{"type": "a"}, pattern.ErrData},
		"no-type": {now, now, 1, map[string]any{"x": 1}, pattern.ErrData},
		"go-type": {now, now, 1, map[string]any{"type": "a", "x": []any{now}}, pattern.ErrData},
		"endless": {now, now, 1, self, pattern.ErrLimit},
	} {
		if _, err := pattern.NewObserved(c.first, c.last, c.count, c.object); !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %v", name, err, c.kind)
		}
	}
	o, err := pattern.NewObserved(now, now, 1, map[string]any{"type": "a", "n": json.Number("1e3"), "i": int64(7), "z": nil, "f": 0.5, "x_bin": "AQI=", "y_hex": "zz"})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"[a:n = 1000]", "[a:i = 7]", "[a:z != 1]", "[a:f < 1]", "[a:x_bin = h'0102']", "[a:y_hex = 'zz']", "[NOT EXISTS a:q]"} {
		if ok, err := pattern.MustCompile(in).Match(o); !ok || err != nil {
			t.Errorf("%s: %v, %v", in, ok, err)
		}
	}
}

// TestFind holds which observations are found.
func TestFind(t *testing.T) {
	observed := series(t, 1, 1, 2, 3, 1, 2)
	for in, want := range map[string]int{
		"[a:x = 2]":                      1,
		"[a:x = 1] FOLLOWEDBY [a:x = 3]": 2,
		"[a:x = 3] FOLLOWEDBY [a:x = 1] FOLLOWEDBY [a:x = 2]":                  3,
		"([a:x = 3] AND [a:x = 1]) WITHIN 1 SECONDS":                           2,
		"([a:x = 3] FOLLOWEDBY [a:x = 2]) WITHIN 1 SECONDS":                    0,
		"[a:x = 1] START t'2026-01-01T00:00:01Z' STOP t'2026-01-01T00:00:03Z'": 0,
	} {
		m := pattern.MustCompile(in)
		found, err := m.Find(observed...)
		if err != nil || len(found) != want {
			t.Errorf("%s: found %v, %v, want %d", in, found, err, want)
		}
		if ok, err := m.Match(observed...); ok != (want > 0) || err != nil {
			t.Errorf("%s: Match says %v, %v", in, ok, err)
		}
	}
	if found, err := pattern.MustCompile("[a:x = 1]").Find(); found != nil || err != nil {
		t.Errorf("no observations: %v, %v", found, err)
	}
}

func TestMatchConcurrently(t *testing.T) {
	m := pattern.MustCompile("([a:x = 1] FOLLOWEDBY [a:x = 2]) WITHIN 1 SECONDS REPEATS 2 TIMES")
	observed := series(t, 1, 1, 2, 3, 1, 2)
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for range 200 {
				found, err := m.Find(observed...)
				ok = ok && err == nil && len(found) == 4
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("matches from several goroutines disagree")
		}
	}
}
