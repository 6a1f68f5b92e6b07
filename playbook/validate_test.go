package playbook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/playbook"
)

// valid is a playbook without any problem in strict mode, with something of
// everything in it for the changes below.
func valid() object {
	d := document(map[string]object{
		"start:s":            {"on_completion": "action:a"},
		"action:a":           {"commands": []any{object{"type": "manual", "command": "Look at __host__:value.", "playbook_activity": "analyze-collected-data"}}, "targets": []string{"linux:t"}, "timeout": 60000, "out_args": out("__verdict__"), "on_completion": "if-condition:i"},
		"if-condition:i":     {"condition": "__verdict__:value = 'bad'", "on_true": "action:b", "on_completion": "switch-condition:w"},
		"action:b":           {"commands": []any{object{"type": "http-api", "command": "GET /v1/__host__:value HTTP/1.1"}}, "agent": "http-api:g", "on_completion": "end:b"},
		"end:b":              {},
		"switch-condition:w": {"switch": "__verdict__:value", "cases": object{"bad": "action:c", "default": "end:c2"}, "on_completion": "parallel:p"},
		"action:c":           {"commands": []any{object{"type": playbook.OperationCommand, "command": "dns.enrich", "content": `{"name": "__host__:value"}`}}, "on_completion": "end:c"},
		"end:c":              {}, "end:c2": {},
		"parallel:p": {"next_steps": []string{"action:l", "action:r"}, "on_completion": "while-condition:w"},
		"action:l":   {"commands": []any{object{"type": "manual", "command": "Look left."}}, "out_args": out("__left__"), "on_completion": "end:l"},
		"action:r":   {"commands": []any{object{"type": "manual", "command": "Look right."}}, "on_completion": "end:r"},
		"end:l":      {}, "end:r": {},
		"while-condition:w": {"condition": "__left__:value < 3", "on_true": "action:n", "on_completion": "playbook-action:q"},
		"action:n":          {"commands": []any{object{"type": "manual", "command": "Count."}}, "step_variables": object{"__own__": text("x")}, "in_args": out("__own__"), "on_completion": "end:n"},
		"end:n":             {},
		"playbook-action:q": {"playbook_id": "playbook:other", "on_completion": "end:e"},
		"end:e":             {},
		"action:x":          {"commands": []any{object{"type": "manual", "command": "Tell somebody."}}, "on_completion": "end:x"},
		"end:x":             {},
	}, object{
		"__host__": object{"type": "string", "external": true}, "__verdict__": object{"type": "string"},
		"__left__": object{"type": "integer", "value": "0"}, "__const__": object{"type": "string", "value": "x", "constant": true},
	})
	return merge(d, object{
		"workflow_exception":          id("action:x"),
		"playbook_types":              []any{"detection"},
		"playbook_activities":         []any{"analyze-collected-data"},
		"playbook_processing_summary": object{"manual_playbook": true, "if_logic": true, "switch_logic": true, "while_logic": true, "parallel_processing": true, "external_playbooks": true, "temporal_logic": true, "data_markings": true},
		"markings":                    []any{"marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"},
		"data_marking_definitions": object{"marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": object{
			"type": "marking-tlp", "id": "marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "created_by": id("identity:us"),
			"created": "2022-10-01T00:00:00.000Z", "tlpv2_level": "TLP:GREEN"}},
		"target_definitions": object{id("linux:t"): object{"type": "linux", "name": "host", "address": object{"dname": []any{"__host__:value"}}}},
		"agent_definitions": object{
			id(agentRef):       object{"type": "soarkit", "name": "soarkit"},
			id("http-api:g"):   object{"type": "http-api", "name": "gateway", "address": object{"url": []any{"https://gateway.example/"}}, "port": "443", "authentication_info": id("http-basic:c")},
			id("individual:p"): object{"type": "individual", "name": "Ann"},
		},
		"authentication_info_definitions": object{id("http-basic:c"): object{"type": "http-basic", "user_id": "u", "kms": true, "kms_key_identifier": "k"}},
	})
}

// at returns the object at a pointer whose identifiers are written as references.
func at(d object, pointer string) object {
	var v any = d
	for token := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		switch c := v.(type) {
		case object:
			v = c[id(token)]
		case []any:
			i, _ := strconv.Atoi(token)
			v = c[i]
		}
	}
	return v.(object)
}

func step(d object, ref string) object { return at(d, "workflow/"+ref) }

// TestRules has, for every rule, a change of a valid playbook that violates it,
// and says where the problem is.
func TestRules(t *testing.T) {
	cases := map[string]struct {
		change func(d object)
		where  string // pointer, with references for identifiers
		also   string // other codes of errors that the change brings
	}{
		"ACT-00": {func(d object) { delete(step(d, "action:a"), "commands") }, "/workflow/action:a", ""},
		"ACT-01": {func(d object) { step(d, "action:b")["agent"] = id("individual:p") }, "/workflow/action:b/commands/0/type", ""},
		"AT-00":  {func(d object) { delete(at(d, "agent_definitions/http-api:g"), "address") }, "/agent_definitions/http-api:g", ""},
		"AT-01":  {func(d object) { at(d, "agent_definitions/http-api:g")["address"] = object{"telex": []any{"1"}} }, "/agent_definitions/http-api:g/address/telex", ""},
		"AT-02":  {func(d object) { at(d, "agent_definitions/http-api:g/address")["ipv4"] = []any{"300.1.1.1"} }, "/agent_definitions/http-api:g/address/ipv4/0", ""},
		"AT-04":  {func(d object) { at(d, "agent_definitions/http-api:g")["port"] = "70000" }, "/agent_definitions/http-api:g/port", ""},
		"AT-05":  {func(d object) { at(d, "agent_definitions/http-api:g")["authentication_info"] = id("http-basic:none") }, "/agent_definitions/http-api:g/authentication_info", ""},
		"AT-06": {func(d object) {
			at(d, "agent_definitions/individual:p")["location"] = object{"latitude": "91", "longitude": "0"}
		}, "/agent_definitions/individual:p/location/latitude", ""},
		"AT-07": {func(d object) {
			at(d, "agent_definitions/individual:p")["contact"] = object{"email": object{"work": "ann at example"}}
		}, "/agent_definitions/individual:p/contact/email/work", ""},
		"AU-00": {func(d object) {
			at(d, "authentication_info_definitions")[id("user-auth:d")] = object{"type": "user-auth", "username": "u"}
		}, "/authentication_info_definitions/user-auth:d", ""},
		"AU-01": {func(d object) { delete(at(d, "authentication_info_definitions/http-basic:c"), "kms_key_identifier") }, "/authentication_info_definitions/http-basic:c", ""},
		"CM-01": {func(d object) { delete(at(d, "workflow/action:a/commands/0"), "command") }, "/workflow/action:a/commands/0", ""},
		"CM-02": {func(d object) { at(d, "workflow/action:b/commands/0")["content_b64"] = "%%" }, "/workflow/action:b/commands/0/content_b64", ""},
		"CM-03": {func(d object) { at(d, "workflow/action:b/commands/0")["command"] = "GET /x" }, "/workflow/action:b/commands/0/command", ""},
		"CM-04": {func(d object) {
			step(d, "action:b")["commands"] = []any{object{"type": "openc2-http", "command": "GET /x HTTP/1.1", "content_b64": "e30="}}
		}, "/workflow/action:b/commands/0/command", ""},
		"CM-05":   {func(d object) { at(d, "workflow/action:c/commands/0")["content"] = `{"name": __host__:value}` }, "/workflow/action:c/commands/0/content", ""},
		"CO-01":   {func(d object) { step(d, "if-condition:i")["condition"] = "__verdict__:value = bad" }, "/workflow/if-condition:i/condition", ""},
		"CO-02":   {func(d object) { step(d, "if-condition:i")["condition"] = "__verdict__:value = 3" }, "/workflow/if-condition:i/condition", ""},
		"DICT-01": {func(d object) { at(d, "workflow/switch-condition:w/cases")["a b"] = id("end:c2") }, "/workflow/switch-condition:w/cases/a b", "GR-01"},
		"DM-00": {func(d object) {
			delete(at(d, "data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"), "created_by")
		}, "/data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", ""},
		"DM-01": {func(d object) {
			at(d, "data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb")["id"] = id("marking-tlp:x")
		}, "/data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb/id", ""},
		"DM-02": {func(d object) {
			at(d, "data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb")["tlpv2_level"] = "TLP:RED"
		}, "/data_marking_definitions/marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", ""},
		"ENC-02": {func(d object) { d["labels"] = []any{} }, "/labels", ""},
		"ENC-03": {func(d object) { step(d, "action:a")["comandos"] = 1 }, "/workflow/action:a/comandos", ""},
		"EX-01": {func(d object) {
			step(d, "action:a")["step_extensions"] = object{id("extension-definition:x"): object{"a": 1}}
		}, "/workflow/action:a/step_extensions/extension-definition:x", ""},
		"EX-02": {func(d object) {
			d["extension_definitions"] = object{id("extension-definition:x"): object{"type": "extension-definition", "name": "x", "created_by": id("identity:us"), "schema": "s", "version": "one"}}
			at(d, "playbook_processing_summary")["extensions"] = true
		}, "/extension_definitions/extension-definition:x/version", ""},
		"GR-01": {func(d object) { step(d, "action:b")["on_completion"] = id("action:c") }, "/workflow/action:c", ""},
		"GR-02": {func(d object) { step(d, "action:c")["on_completion"] = id("switch-condition:w") }, "/workflow/action:c/on_completion", ""},
		"GR-03": {func(d object) {
			steps := at(d, "workflow")
			for i := range 20 { // each branch holds all that follow: 2^20 steps
				next := fmt.Sprintf("if-condition:chain%d", i+1)
				steps[id(fmt.Sprintf("if-condition:chain%d", i))] = object{"type": "if-condition", "condition": "__verdict__:value = 'bad'", "on_true": id(next), "on_false": id(next), "on_completion": id("end:l")}
			}
			steps[id("if-condition:chain20")] = object{"type": "if-condition", "condition": "__verdict__:value = 'bad'", "on_true": id("end:l"), "on_completion": id("end:l")}
			step(d, "action:l")["on_completion"] = id("if-condition:chain0")
		}, "/workflow", ""},
		"GR-04": {func(d object) { at(d, "workflow")[id("end:lost")] = object{"type": "end"} }, "/workflow/end:lost", ""},
		"ID-01": {func(d object) { d["id"] = "playbook-1" }, "/id", ""},
		"ID-02": {func(d object) {
			at(d, "workflow")["end"+strings.TrimPrefix(id("action:a"), "action")] = object{"type": "end"}
		}, "*", ""},
		"ID-03": {func(d object) { at(d, "workflow")["end--00000001-0000-5000-8000-000000000001"] = object{"type": "end"} }, "/workflow/end--00000001-0000-5000-8000-000000000001", ""},
		"ID-04": {func(d object) { d["id"] = "playbook--00000001-0000-5000-8000-000000000001" }, "/id", ""},
		"ID-05": {func(d object) { d["id"] = "playbook--00000001-0000-7000-8000-000000000001" }, "/id", ""},
		"IF-01": {func(d object) { delete(step(d, "if-condition:i"), "condition") }, "/workflow/if-condition:i", ""},
		"PA-00": {func(d object) { delete(step(d, "playbook-action:q"), "playbook_id") }, "/workflow/playbook-action:q", ""},
		"PA-04": {func(d object) { step(d, "playbook-action:q")["playbook_id"] = d["id"] }, "/workflow/playbook-action:q/playbook_id", ""},
		"PAR-01": {func(d object) {
			step(d, "parallel:p")["next_steps"] = []any{id("action:l")}
			delete(at(d, "workflow"), id("action:r"))
			delete(at(d, "workflow"), id("end:r"))
		}, "/workflow/parallel:p/next_steps", ""},
		"PAR-02": {func(d object) { step(d, "action:r")["out_args"] = out("__left__") }, "/workflow/action:r/out_args/0", ""},
		"PB-00":  {func(d object) { delete(d, "name") }, "", ""},
		"PB-01":  {func(d object) { d["created_by"] = "us" }, "/created_by", ""},
		"PB-02":  {func(d object) { d["modified"] = "2025-01-02T03:04:05.000Z" }, "/modified", ""},
		"PB-03": {func(d object) {
			d["valid_from"], d["valid_until"] = "2027-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"
		}, "/valid_until", ""},
		"PB-04": {func(d object) { delete(d, "description") }, "", ""},
		"PB-05": {func(d object) { delete(d, "playbook_activities") }, "/playbook_types", ""},
		"PB-06": {func(d object) { d["playbook_activities"] = []any{"notify"} }, "/playbook_activities/0", ""},
		"PB-07": {func(d object) { d["derived_from"] = []any{id("identity:us")} }, "/derived_from/0", ""},
		"PB-08": {func(d object) { d["impact"] = 101 }, "/impact", ""},
		"PB-09": {func(d object) {
			d["industry_sectors"] = []any{"energy"}
			at(d, "target_definitions")[id("sector:s")] = object{"type": "sector", "name": "s", "sector": "health"}
		}, "/industry_sectors", ""},
		"PB-10": {func(d object) { d["markings"] = []any{id("marking-tlp:none")} }, "/markings/0", ""},
		"PB-11": {func(d object) { d["workflow_start"] = id("action:a") }, "/workflow_start", ""},
		"PB-12": {func(d object) { d["workflow_exception"] = id("action:none") }, "/workflow_exception", ""},
		"PB-13": {func(d object) {
			d["workflow"] = object{id("start:s"): object{"type": "start", "on_completion": id("end:e")}, id("end:e"): object{"type": "end"}}
		}, "/workflow", "PB-12"},
		"PB-14": {func(d object) { step(d, "action:a")["targets"] = []any{id("linux:none")} }, "/workflow/action:a/targets/0", ""},
		"PB-15": {func(d object) { at(d, "playbook_processing_summary")["if_logic"] = false }, "/playbook_processing_summary/if_logic", ""},
		"PB-16": {func(d object) { d["external_references"] = []any{object{"url": "https://example.org/"}} }, "/external_references/0", ""},
		"PB-17": {func(d object) {
			at(d, "agent_definitions")[id("linux:idle")] = object{"type": "linux", "name": "idle", "address": object{"vlan": []any{"12"}}}
		}, "/agent_definitions/linux:idle", ""},
		"PB-18": {func(d object) { step(d, "action:a")["external_references"] = []any{object{"name": "NIST SP 800-61"}} }, "/workflow/action:a/external_references/0", ""},
		"SG-00": {func(d object) { d["signatures"] = []any{signature(d, object{"thumbprint": nil})} }, "/signatures/0", ""},
		"SG-04": {func(d object) { d["signatures"] = []any{signature(d, object{"related_to": id("playbook:other")})} }, "/signatures/0/related_to", ""},
		"ST-00": {func(d object) { delete(step(d, "action:l"), "type") }, "/workflow/action:l", ""},
		"ST-01": {func(d object) { step(d, "action:a")["on_failure"] = id("end:e") }, "/workflow/action:a/on_completion", ""},
		"ST-02": {func(d object) { step(d, "start:s")["on_failure"] = id("end:e") }, "/workflow/start:s/on_failure", ""},
		"ST-03": {func(d object) {
			step(d, "end:e")["on_completion"] = id("end:e2")
			at(d, "workflow")[id("end:e2")] = object{"type": "end"}
		}, "/workflow/end:e/on_completion", ""},
		"ST-04": {func(d object) { delete(step(d, "action:l"), "on_completion"); delete(at(d, "workflow"), id("end:l")) }, "/workflow/action:l", ""},
		"ST-05": {func(d object) { step(d, "action:l")["on_completion"] = id("end:none") }, "/workflow/action:l/on_completion", ""},
		"ST-06": {func(d object) { step(d, "action:l")["delay"] = -1 }, "/workflow/action:l/delay", ""},
		"ST-07": {func(d object) { step(d, "action:l")["timeout"] = 0 }, "/workflow/action:l/timeout", ""},
		"ST-10": {func(d object) { at(d, "workflow/action:n/step_variables")["__host__"] = text("x") }, "/workflow/action:n/step_variables/__host__", ""},
		"SW-01": {func(d object) { delete(step(d, "switch-condition:w"), "switch") }, "/workflow/switch-condition:w", ""},
		"TS-01": {func(d object) { d["valid_from"] = "2026-01-02" }, "/valid_from", ""},
		"TS-02": {func(d object) { d["valid_from"] = "2026-02-30T00:00:00Z" }, "/valid_from", ""},
		"TS-03": {func(d object) { d["created"] = "2026-01-02T03:04:05Z" }, "/created", ""},
		"VA-01": {func(d object) { at(d, "playbook_variables")["host"] = text("x") }, "/playbook_variables/host", ""},
		"VA-02": {func(d object) { at(d, "playbook_variables")["__Host__"] = text("x") }, "/playbook_variables/__Host__", ""},
		"VA-03": {func(d object) { step(d, "switch-condition:w")["switch"] = "__verdict__" }, "/workflow/switch-condition:w/switch", ""},
		"VA-05": {func(d object) { step(d, "action:l")["out_args"] = out("__const__") }, "/workflow/action:l/out_args/0", ""},
		"VA-06": {func(d object) { at(d, "workflow/action:n/step_variables/__own__")["external"] = true }, "/workflow/action:n/step_variables/__own__/external", ""},
		"VA-07": {func(d object) { at(d, "playbook_variables/__left__")["value"] = 0 }, "/playbook_variables/__left__/value", ""},
		"VA-08": {func(d object) { at(d, "playbook_variables/__left__")["value"] = "many" }, "/playbook_variables/__left__/value", ""},
		"VA-09": {func(d object) { at(d, "workflow/action:a/commands/0")["command"] = "Look at __nobody__:value." }, "/workflow/action:a/commands/0/command", ""},
		"VA-10": {func(d object) { at(d, "playbook_variables")["__idle__"] = text("x") }, "/playbook_variables/__idle__", ""},
		"VA-12": {func(d object) {
			at(d, "authentication_info_definitions")[id("user-auth:d")] = object{"type": "user-auth", "username": "u", "password": "hunter2"}
		}, "/authentication_info_definitions/user-auth:d/password", ""},
		"VA-13": {func(d object) {
			step(d, "action:c")["commands"] = []any{object{"type": "bash", "command": "ping __host__:value"}}
		}, "/workflow/action:c/commands/0/command", ""},
		"VOC-01": {func(d object) { d["playbook_types"] = []any{"detektion"} }, "/playbook_types/0", ""},
		"VOC-02": {func(d object) { step(d, "action:l")["type"] = "acton" }, "/workflow/action:l/type", "ID-01"},
		"WH-01":  {func(d object) { delete(step(d, "while-condition:w"), "on_true") }, "/workflow/while-condition:w", ""},
	}
	elsewhere := map[string]string{
		"ENC-01": "TestDecodeErrors", "ENC-04": "TestManyProblems", "CO-04": "TestLenient",
		"RUN-01": "TestCompileRefuses", "RUN-02": "TestCompileRefuses", "RUN-03": "TestCompileRefuses", "RUN-04": "TestCompileRefuses", "RUN-05": "TestCompileRefuses",
	}
	if problems := decode(t, valid()).Validate(playbook.Strict); errorsOf(problems) != "" || strings.Contains(lines(problems), " warning ") {
		t.Fatalf("the playbook that the changes start from has problems:\n%s", lines(problems))
	}
	var last string
	for rule := range playbook.Rules() {
		if rule.Code <= last {
			t.Errorf("rule %s comes after %s", rule.Code, last)
		}
		last = rule.Code
		c, ok := cases[rule.Code]
		if _, tested := elsewhere[rule.Code]; tested {
			continue
		}
		if !ok {
			t.Errorf("no case for %s: %s", rule.Code, rule.Text)
			continue
		}
		t.Run(rule.Code, func(t *testing.T) {
			d := valid()
			c.change(d)
			for _, mode := range []playbook.Mode{playbook.Strict, playbook.Spec, playbook.Lenient} {
				problems := decode(t, d).Validate(mode)
				found := slices.ContainsFunc(problems, func(p playbook.Problem) bool {
					return p.Code == rule.Code && p.Severity == rule.Severity(mode) && (c.where == "*" || p.Pointer == pointer(c.where)) &&
						p.Section == rule.Section && p.Line > 0 && p.Column > 0 && p.Message != ""
				})
				if !found && (rule.Code != "CO-01" && rule.Code != "CO-02" || mode != playbook.Lenient) {
					t.Errorf("%v mode: no %v of %s at %s; found:\n%s", mode, rule.Severity(mode), rule.Code, pointer(c.where), lines(problems))
				}
				for _, p := range problems {
					if mode == playbook.Strict && p.Severity == playbook.Error && p.Code != rule.Code && !strings.Contains(c.also, p.Code) && !follows(rule.Code, p.Code) {
						t.Errorf("the change brings another error: %v", p)
					}
				}
			}
		})
	}
	for code := range cases {
		if !slices.ContainsFunc(slices.Collect(playbook.Rules()), func(r playbook.Rule) bool { return r.Code == code }) {
			t.Errorf("the case %s belongs to no rule", code)
		}
	}
}

// follows tells whether errors of one rule are to be expected with another:
// what the schema and the semantics both see.
func follows(rule, other string) bool {
	pairs := map[string][]string{
		"ENC-03": {"ST-02", "ST-03"}, "VA-09": {"ST-00", "VOC-02"}, "PB-14": {}, "CM-02": {},
	}
	return slices.Contains(pairs[other], rule) || other == "ST-01" && rule == "ST-02"
}

func pointer(where string) string {
	tokens := strings.Split(where, "/")
	for i, t := range tokens {
		tokens[i] = id(t)
	}
	return strings.Join(tokens, "/")
}

func signature(d object, change object) object {
	s := object{"type": "jss", "id": id("jss:1"), "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z", "signee": "us",
		"related_to": d["id"], "related_version": d["modified"], "hash_algorithm": "sha-256", "algorithm": "RS256", "thumbprint": "x", "value": "x"}
	maps.Copy(s, change)
	maps.DeleteFunc(s, func(_ string, v any) bool { return v == nil })
	return s
}

// TestCodesHaveRules looks for codes in the source that the table of rules does
// not have: such a problem would have no severity.
func TestCodesHaveRules(t *testing.T) {
	known := map[string]bool{}
	for r := range playbook.Rules() {
		known[r.Code] = true
	}
	code := regexp.MustCompile(`^[A-Z]{2,4}-\d\d$`)
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, _ := strconv.Unquote(lit.Value); code.MatchString(s) && !known[s] {
					t.Errorf("%s: %s is in no rule", file, s)
				}
			}
			return true
		})
	}
	schemas, _ := filepath.Glob("schema/*.json")
	annotation := regexp.MustCompile(`"x-rule": "([^"]*)"`)
	for _, file := range schemas {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range annotation.FindAllStringSubmatch(string(data), -1) {
			if !known[m[1]] {
				t.Errorf("%s: %s is in no rule", file, m[1])
			}
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct {
		name, in, pointer, text string
		line, column            int
	}{
		{"empty", "", "", "not JSON", 1, 1},
		{"no JSON", "type: playbook", "", "not JSON", 1, 1},
		{"cut off", "{\n  \"type\": \"playbook\",\n  \"name\": \"x", "", "not JSON", 3, 13},
		{"duplicate key", "{\n  \"name\": \"a\",\n  \"workflow\": {\"x\": {}, \"x\": {}}\n}", "/workflow", "duplicate key", 3, 25},
		{"two documents", "{} {}", "", "after the JSON value", 1, 4},
		{"bad UTF-8", "{\"name\": \"\xff\"}", "", "Unicode", 1, 11},
		{"a list", "\n[]", "", "a playbook is a JSON object, this is a list", 2, 1},
		{"too deep", strings.Repeat("[", playbook.MaxDepth+2), "*", "limit exceeded", 1, playbook.MaxDepth + 1},
		{"too long", strings.Repeat(" ", playbook.MaxBytes+1), "", "limit exceeded", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := playbook.Decode([]byte(c.in))
			invalid, ok := errors.AsType[*playbook.ValidationError](err)
			if !ok || !errors.Is(err, playbook.ErrInvalid) || len(invalid.Problems) != 1 {
				t.Fatalf("error %v, want a ValidationError with one problem", err)
			}
			p := invalid.Problems[0]
			if p.Code != "ENC-01" || p.Severity != playbook.Error || !strings.Contains(p.Message, c.text) || p.Line != c.line || p.Column != c.column ||
				p.Pointer != c.pointer && c.pointer != "*" {
				t.Errorf("problem %v (pointer %q), want %q at %d:%d %s", p, p.Pointer, c.text, c.line, c.column, c.pointer)
			}
			if _, again := playbook.Read(strings.NewReader(c.in)); again == nil || again.Error() != err.Error() {
				t.Errorf("Read: %v, want %v", again, err)
			}
		})
	}
}

// TestEmptyKeys holds problems below a property without a name to their places,
// also beside properties that such a one could be taken for.
func TestEmptyKeys(t *testing.T) {
	const text = `{"": 1, "workflow": {"": {"type": "a"}, "\u0000": {"type": "b"}, "\u0000\u0000x": {"type": "c"}, "\u0000x": {"type": "d"}, "type": 5}}`
	p, err := playbook.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"/workflow//type": `"a"`, "/workflow/\x00/type": `"b"`, "/workflow/\x00\x00x/type": `"c"`, "/workflow/\x00x/type": `"d"`}
	for _, problem := range p.Validate(playbook.Strict) {
		if problem.Line != 1 || problem.Column < 1 {
			t.Errorf("without a place: %v", problem)
		}
		if problem.Code != "VOC-02" {
			continue
		}
		if found := want[problem.Pointer]; found == "" || !strings.Contains(problem.Message, "is "+found) {
			t.Errorf("%v (pointer %q), want it about %s", problem, problem.Pointer, found)
		}
		delete(want, problem.Pointer)
	}
	if len(want) > 0 {
		t.Errorf("not reported: %q", want)
	}
}

// TestManyProblems holds the list to its bound without losing an error.
func TestManyProblems(t *testing.T) {
	d := valid()
	variables := at(d, "playbook_variables")
	for i := range 2 * playbook.MaxProblems {
		variables[fmt.Sprintf("__idle%d__", i)] = text("x") // an info each
	}
	at(d, "workflow")[id("end:zz")] = object{"type": "end", "zz": 1}
	for _, want := range []playbook.Severity{playbook.Info, playbook.Warning} {
		if want == playbook.Warning {
			for i := range 2 * playbook.MaxProblems {
				variables[fmt.Sprintf("__idle%d__", i)] = object{"type": "integer", "value": "wrong"}
			}
		}
		problems := decode(t, d).Validate(playbook.Strict)
		if len(problems) != playbook.MaxProblems+1 {
			t.Fatalf("%d problems, want %d and one that counts the rest", len(problems), playbook.MaxProblems)
		}
		if last := problems[len(problems)-1]; last.Code != "ENC-04" || last.Severity != want {
			t.Errorf("the last one is %v, want ENC-04 of severity %v", last, want)
		}
	}
}

func TestLenient(t *testing.T) {
	d := valid()
	step(d, "if-condition:i")["condition"] = "verdict == bad"
	problems := decode(t, d).Validate(playbook.Lenient)
	if errorsOf(problems) != "" || !strings.Contains(lines(problems), "CO-04") {
		t.Errorf("a condition seen in use should be a warning, CO-04:\n%s", lines(problems))
	}
	if problems := decode(t, d).Validate(playbook.Strict); !strings.Contains(errorsOf(problems), "lenient mode understands it") {
		t.Errorf("strict mode should refuse it and say who would not:\n%s", lines(problems))
	}
}

func TestDeterministicID(t *testing.T) {
	for _, c := range []struct {
		name  string
		types []string
		want  string
	}{
		{"Playbook 1", []string{"investigation"}, "playbook--abafc5b4-6b5d-5678-b513-c7febc9f9b07"},
		{"Find Malware FuzzyPanda", []string{"detection", "investigation"}, "playbook--65a3166f-6483-5f97-b4f5-af1068c0ed74"},
	} {
		if got := playbook.DeterministicID(c.name, c.types); got != c.want {
			t.Errorf("DeterministicID(%q, %q) = %s, want %s", c.name, c.types, got, c.want)
		}
	}
}

func TestProblemJSON(t *testing.T) {
	d := valid()
	step(d, "action:l")["on_completion"] = id("end:none")
	for _, p := range decode(t, d).Validate(playbook.Strict) {
		if p.Code != "ST-05" {
			continue
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"code", "column", "line", "message", "pointer", "section", "severity"}, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		var back playbook.Problem
		if err := json.Unmarshal(data, &back); err != nil || back != p {
			t.Errorf("read back %+v, %v; want %+v", back, err, p)
		}
		return
	}
	t.Error("no ST-05")
}

// TestSecretsStayOut looks for the text of a secret in everything that is said
// about a playbook.
func TestSecretsStayOut(t *testing.T) {
	d := valid()
	at(d, "authentication_info_definitions/http-basic:c")["password"] = "hunter2"
	at(d, "authentication_info_definitions/http-basic:c")["kms"] = false
	p := decode(t, d)
	for name, said := range map[string]string{
		"problems": lines(p.Validate(playbook.Strict)), "Markdown": p.Markdown(nil), "Mermaid": p.Mermaid(nil), "DOT": p.DOT(nil),
	} {
		if strings.Contains(said, "hunter2") {
			t.Errorf("%s shows the password:\n%s", name, said)
		}
	}
}

// TestConformancePlaybooks reads playbooks seen in public, in every mode: none
// may stop a reader, and a problem must have its place.
func TestConformancePlaybooks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(conformance.Path(t, "cacao/playbooks"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no playbooks: %v", err)
	}
	clean, ran := map[playbook.Mode]int{}, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := playbook.Decode(data)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		for _, mode := range []playbook.Mode{playbook.Strict, playbook.Spec, playbook.Lenient} {
			problems := p.Validate(mode)
			for _, problem := range problems {
				if problem.Line == 0 || problem.Section == "" || problem.Message == "" {
					t.Errorf("%s: problem without its place: %+v", filepath.Base(file), problem)
				}
			}
			if errorsOf(problems) == "" {
				clean[mode]++
			}
			if diff := cmp.Diff(lines(problems), lines(p.Validate(mode))); diff != "" {
				t.Errorf("%s: a second look differs:\n%s", filepath.Base(file), diff)
			}
		}
		ran += runLeniently(t, filepath.Base(file), p)
		if p.Markdown(nil) == "" || p.Mermaid(nil) == "" || p.DOT(nil) == "" {
			t.Errorf("%s: nothing is drawn", filepath.Base(file))
		}
		back, err := p.MarshalJSON()
		if err != nil || string(back) != strings.TrimSpace(string(data)) {
			t.Errorf("%s: the document is not kept as it was read (%v)", filepath.Base(file), err)
		}
	}
	t.Logf("%d playbooks: without errors in strict mode %d, spec %d, lenient %d; %d came to their end", len(files),
		clean[playbook.Strict], clean[playbook.Spec], clean[playbook.Lenient], ran)
	if clean[playbook.Lenient] < 10 || ran < 5 {
		t.Errorf("lenient mode takes %d playbooks and runs %d; it should take what can be run", clean[playbook.Lenient], ran)
	}
}

// runLeniently runs a playbook whose commands do nothing, and returns 1 if the
// run came to its end.
func runLeniently(t *testing.T, name string, p *playbook.Playbook) int {
	executors := playbook.Executors{}
	for _, s := range p.Steps {
		for _, c := range s.Commands {
			executors[c.Type] = playbook.Executor{Execute: func(context.Context, *playbook.Call) (playbook.Outputs, error) { return nil, nil }}
		}
	}
	program, err := playbook.Compile(t.Context(), p, playbook.Options{
		Mode: playbook.Lenient, Executors: executors, MaxIterations: 3, Policy: playbook.Policy{AllowExpired: true},
	})
	if err != nil {
		if !errors.Is(err, playbook.ErrInvalid) {
			t.Errorf("%s: Compile: %v", name, err)
		}
		return 0
	}
	result, err := program.Run(t.Context(), nil)
	if result == nil {
		t.Logf("%s: %v", name, err)
		return 0
	}
	if !result.State().IsEnd() {
		t.Errorf("%s: state %v, %v", name, result.State(), err)
	}
	return 1
}

// Whose agent carries out no command of ours is told which one does.
func TestAgentOfOperations(t *testing.T) {
	source, err := os.ReadFile("../testdata/playbooks/phishing.json")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(source), `"agent": "soarkit--41983369-8562-45c5-9426-436f667850b1"`, `"agent": "group--635fc32c-cd19-4d6b-97c4-edaac4769fb3"`)
	p, err := playbook.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range p.Validate(playbook.Strict) {
		if problem.Code == "ACT-01" {
			if !strings.Contains(problem.Message, `of the type "soarkit"`) {
				t.Errorf("the advice is %q", problem.Message)
			}
			return
		}
	}
	t.Error("no ACT-01")
}
