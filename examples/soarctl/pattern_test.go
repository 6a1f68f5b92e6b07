package main

import (
	"strings"
	"testing"
)

const sightings = `{"type":"bundle","id":"bundle--1","objects":[
 {"type":"observed-data","id":"observed-data--1","first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"object_refs":["ipv4-addr--1"]},
 {"type":"observed-data","id":"observed-data--2","first_observed":"2026-01-01T00:01:00Z","last_observed":"2026-01-01T00:01:00Z","number_observed":1,"object_refs":["domain-name--1"]},
 {"type":"ipv4-addr","id":"ipv4-addr--1","value":"192.0.2.7"},
 {"type":"domain-name","id":"domain-name--1","value":"evil.example.com"}]}`

func TestPatternCheck(t *testing.T) {
	status, out, _ := call(t, "", "pattern", "check", "[a:b=1]", "[a:b NOT = 1 OR a:b != 1.0]")
	want := `{"pattern":"[a:b = 1]","normal":"[a:b = 1]"}
{"pattern":"[a:b NOT = 1 OR a:b != 1.0]","normal":"[a:b != 1]"}
`
	if status != fine || out != want {
		t.Errorf("status %d, printed %s, want %s", status, out, want)
	}
	status, out, _ = call(t, "[a:b = 1]\n\n[a:b == 1]\n", "pattern", "check", "-mode", "strict")
	if status != problems || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"line":1,"column":6,"problem":"rule broken: operator ==`) {
		t.Errorf("status %d, printed %s", status, out)
	}
}

func TestPatternMatch(t *testing.T) {
	data := file(t, "bundle.json", sightings)
	status, out, errOut := call(t, "", "pattern", "match", "-data", data,
		"[ipv4-addr:value ISSUBSET '192.0.2.0/24'] FOLLOWEDBY [domain-name:value LIKE '%.example.com']", "[url:value = 'x']")
	want := `{"pattern":"[ipv4-addr:value ISSUBSET '192.0.2.0/24'] FOLLOWEDBY [domain-name:value LIKE '%.example.com']","match":true,"observed":[0,1]}
{"pattern":"[url:value = 'x']","match":false}
`
	if status != fine || out != want {
		t.Errorf("status %d, printed %s %s, want %s", status, out, errOut, want)
	}
	if status, out, _ = call(t, sightings, "pattern", "match", "-data", "-", "[ipv4-addr:value = t'2026-01-01T00:00:00Z']"); status != problems || !strings.Contains(out, "no timestamp") {
		t.Errorf("status %d, printed %s", status, out)
	}
}

func TestPatternUse(t *testing.T) {
	for _, args := range []string{"", "nonsense", "match", "check -data x", "match -data -", "check -mode nonsense"} {
		if status, _, errOut := call(t, "", strings.Fields("pattern "+args)...); status != wrongUse {
			t.Errorf("pattern %s: status %d, %s", args, status, errOut)
		}
	}
	if status, _, _ := call(t, "", "pattern", "match", "-data", file(t, "x.json", `{"a":1,"a":2}`), "[a:b = 1]"); status != problems {
		t.Errorf("a key twice: status %d", status)
	}
	for _, data := range []string{`{"type":"bundle"}`, `[]`, `7`, `{"type":"indicator"}`} {
		if status, out, errOut := call(t, "", "pattern", "match", "-data", file(t, "x.json", data), "[a:b = 1]"); status != problems || out != "" || !strings.Contains(errOut, "observed") {
			t.Errorf("match against %s: status %d, printed %s %s", data, status, out, errOut)
		}
	}
}
