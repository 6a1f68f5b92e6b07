package playbook_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/soarkit/soarkit/playbook"
)

// object is a JSON object of a playbook made for a test.
type object = map[string]any

// id makes an identifier of "type:name", the same one each time.
func id(ref string) string {
	kind, _, ok := strings.Cut(ref, ":")
	if !ok {
		return ref
	}
	h := fnv.New64a()
	h.Write([]byte(ref))
	return fmt.Sprintf("%s--%08x-0000-4000-8000-%012x", kind, uint32(h.Sum64()>>48), h.Sum64()&0xffffffffffff)
}

const agentRef = "soarkit:agent"

// document makes a playbook from steps by "type:name" and variables; pointers of
// steps are written the same way. Steps get their type and, if they act, an agent
// and a default command.
func document(steps map[string]object, variables object) object {
	workflow := object{}
	start := ""
	for ref, s := range steps {
		kind, name, _ := strings.Cut(ref, ":")
		step := object{"type": kind, "name": name}
		for key, value := range s {
			step[key] = resolve(key, value)
		}
		if kind == "start" {
			start = id(ref)
		}
		if kind == "action" {
			if step["agent"] == nil {
				step["agent"] = id(agentRef)
			}
			if step["commands"] == nil {
				step["commands"] = []any{object{"type": "script", "command": name}}
			}
		}
		workflow[id(ref)] = step
	}
	d := object{
		"type": "playbook", "spec_version": "cacao-2.0", "id": id("playbook:test"), "name": "Test",
		"description": "A playbook made for a test.",
		"created_by":  id("identity:us"), "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z",
		"workflow_start": start, "workflow": workflow,
		"agent_definitions": object{id(agentRef): object{"type": "soarkit", "name": "soarkit"}},
	}
	if variables != nil {
		d["playbook_variables"] = variables
	}
	return d
}

// resolve writes the pointers of a step as identifiers.
func resolve(key string, value any) any {
	switch key {
	case "on_completion", "on_success", "on_failure", "on_true", "on_false", "agent", "playbook_id":
		return id(value.(string))
	case "next_steps", "targets":
		var out []any
		for _, v := range value.([]string) {
			out = append(out, id(v))
		}
		return out
	case "cases":
		out := object{}
		for c, v := range value.(object) {
			out[c] = id(v.(string))
		}
		return out
	}
	return value
}

func decode(t testing.TB, d object) *playbook.Playbook {
	t.Helper()
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	p, err := playbook.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func text(value string) object { return object{"type": "string", "value": value} }
