package playbook_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// acting makes a playbook of one action step with these properties.
func acting(step object, variables object) object {
	step["on_completion"] = "end:e"
	return document(map[string]object{"start:s": {"on_completion": "action:a"}, "action:a": step, "end:e": {}}, variables)
}

func compile(t testing.TB, d object, opts playbook.Options) *playbook.Program {
	t.Helper()
	program, err := playbook.Compile(t.Context(), decode(t, d), opts)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

type lookupInput struct {
	Host  string         `json:"host"`
	Limit int            `json:"limit,omitempty"`
	Deep  *bool          `json:"deep,omitempty"`
	Tags  []string       `json:"tags,omitempty"`
	More  map[string]any `json:"more,omitempty"`
}

type lookupOutput struct {
	Verdict string   `json:"verdict"`
	Score   float64  `json:"score"`
	Bad     bool     `json:"bad,omitempty"`
	Names   []string `json:"names"`
}

// catalog has one operation, "test.lookup", that gives its input to seen.
func catalog(t testing.TB, seen *lookupInput, out lookupOutput, fails error) *connector.Catalog {
	t.Helper()
	c := connector.NewCatalog(connector.Guard{}.Policy())
	entry := connector.Entry{Name: "test.lookup", Operation: connector.Operation{
		Connector: "test", Name: "lookup", Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne,
	}}
	err := connector.Register(c, entry, func(_ context.Context, call *connector.Call[lookupInput]) (lookupOutput, error) {
		*seen = call.Input
		return out, fails
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func operation(content string) []any {
	return []any{object{"type": playbook.OperationCommand, "command": "test.lookup", "content": content}}
}

func TestOperation(t *testing.T) {
	var seen lookupInput
	c := catalog(t, &seen, lookupOutput{Verdict: "bad", Score: 1.5, Names: []string{"a", "b"}}, nil)
	d := acting(object{
		"commands": operation(`{"host": "__host__:value", "limit": "__limit__:value", "deep": "__deep__:value", "tags": "__tags__:value", "more": {"note": "seen __host__:value twice: __host__:value"}}`),
		"out_args": out("__verdict__", "__score__", "__bad__", "__names__"),
	}, object{
		"__host__":    text(`a", "limit": 99, "x": "`), // must not change the JSON's structure
		"__limit__":   object{"type": "integer", "value": "+007"},
		"__deep__":    object{"type": "bool", "value": "true"},
		"__tags__":    object{"type": "list", "value": []any{"x", "y"}},
		"__verdict__": object{"type": "string"}, "__score__": object{"type": "float"},
		"__bad__": object{"type": "bool", "value": "true"}, "__names__": object{"type": "list"},
	})
	program := compile(t, d, playbook.Options{Executors: playbook.Executors{playbook.OperationCommand: playbook.Operations(c)}})
	result, err := program.Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	host := `a", "limit": 99, "x": "`
	want := lookupInput{Host: host, Limit: 7, Deep: new(true), Tags: []string{"x", "y"}, More: map[string]any{"note": "seen " + host + " twice: " + host}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	wantVars := map[string]string{
		"__host__": host, "__limit__": "+007", "__deep__": "true", "__tags__": `["x","y"]`,
		"__verdict__": "bad", "__score__": "1.5", "__names__": `["a","b"]`, // __bad__ was not given, so it has no value
	}
	if diff := cmp.Diff(wantVars, result.Variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

// A playbook can go by what an enricher found: out_args take members of the
// result's value, beside the status of the result itself.
func TestOperationOfEnricher(t *testing.T) {
	local := connector.Operation{Name: connector.OpEnrich, Effect: connector.Reads, Action: marking.Offline, Audience: marking.NoOne}
	c := connector.NewCatalog(connector.Guard{}.Policy())
	err := connector.AddEnricher(c, "test", connector.Enricher[lookupInput, lookupOutput]{
		Manifest: &connector.Manifest{Name: "test", Version: "1.0.0", Summary: "Looks hosts up.", Operations: []connector.Operation{local}},
		Enrich: func(_ context.Context, call *connector.Call[lookupInput]) (connector.Result[lookupOutput], error) {
			if call.Input.Host != "known" {
				return connector.NotFound[lookupOutput]("test"), nil
			}
			return connector.Found("test", lookupOutput{Verdict: "bad", Score: 2}), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	asking := func(host string, outs ...any) object {
		return acting(object{
			"commands": []any{object{"type": playbook.OperationCommand, "command": "test.enrich", "content": `{"host": "` + host + `"}`}},
			"out_args": outs,
		}, object{"__verdict__": object{"type": "string"}, "__status__": object{"type": "string"}, "__verdikt__": object{"type": "string"}})
	}
	opts := playbook.Options{Executors: playbook.Executors{playbook.OperationCommand: playbook.Operations(c)}}
	for host, want := range map[string]map[string]string{
		"known":   {"__status__": "found", "__verdict__": "bad"},
		"unknown": {"__status__": "not_found"},
	} {
		result, err := compile(t, asking(host, "__status__", "__verdict__"), opts).Run(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Variables["__status__"]; got != want["__status__"] {
			t.Errorf("%s: status %q, want %q", host, got, want["__status__"])
		}
		if got := result.Variables["__verdict__"]; got != want["__verdict__"] {
			t.Errorf("%s: verdict %q, want %q", host, got, want["__verdict__"])
		}
	}
	_, err = playbook.Compile(t.Context(), decode(t, asking("known", "__verdikt__")), opts)
	if err == nil || !strings.Contains(err.Error(), `"verdikt"`) || !strings.Contains(err.Error(), "it has cached") || !strings.Contains(err.Error(), "verdict") {
		t.Errorf("a misspelt out_arg: error %v; want one that lists what there is", err)
	}
}

func TestOperationFailure(t *testing.T) {
	var seen lookupInput
	c := catalog(t, &seen, lookupOutput{}, connector.Errorf(connector.ErrQuota, "used up"))
	d := acting(object{"commands": operation(`{"host": "x"}`)}, nil)
	program := compile(t, d, playbook.Options{Executors: playbook.Executors{playbook.OperationCommand: playbook.Operations(c)}})
	_, err := program.Run(t.Context(), nil)
	step, ok := errors.AsType[*playbook.StepError](err)
	if !ok || !errors.Is(err, connector.ErrQuota) {
		t.Fatalf("error %v, want a StepError of kind ErrQuota", err)
	}
	want := &playbook.StepError{Step: id("action:a"), Name: "a", Command: 1, Type: playbook.OperationCommand, Operation: "test.lookup"}
	step.Err = nil
	if diff := cmp.Diff(want, step); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCompileRefuses looks at what Compile says about commands that cannot run.
func TestCompileRefuses(t *testing.T) {
	var seen lookupInput
	all := playbook.Options{Executors: playbook.Executors{
		playbook.OperationCommand: playbook.Operations(catalog(t, &seen, lookupOutput{}, nil)),
		playbook.HTTPCommand:      playbook.HTTP(nil, playbook.HTTPOptions{}),
		playbook.ManualCommand:    playbook.Manual(),
	}}
	with := func(change func(*playbook.Options)) playbook.Options {
		o := all
		change(&o)
		return o
	}
	sub := func(step object) object {
		step["on_completion"] = "end:e"
		return document(map[string]object{"start:s": {"on_completion": "playbook-action:p"}, "playbook-action:p": step, "end:e": {}},
			object{"__in__": text("x")})
	}
	callee := func(change object) playbook.Options {
		d := document(map[string]object{"start:s": {"on_completion": "action:a"}, "action:a": {"commands": operation(`{"host": "x"}`), "on_completion": "end:e"}, "end:e": {}},
			object{"__needed__": object{"type": "string", "external": true}, "__free__": text("")})
		d["id"] = id("playbook:callee")
		maps.Copy(d, change)
		p := decode(t, d)
		return with(func(o *playbook.Options) {
			o.Resolve = func(context.Context, string, string) (*playbook.Playbook, error) { return p, nil }
		})
	}
	plain := acting(object{"commands": operation(`{"host": "x"}`)}, nil)
	revoked := acting(object{"commands": operation(`{"host": "x"}`)}, nil)
	revoked["revoked"] = true
	for _, c := range []struct {
		name string
		d    object
		opts playbook.Options
		code string
		text string
	}{
		{"invalid playbook", acting(object{"commands": operation(`{"host": __x__:value}`)}, nil), all, "CM-05", "not JSON"},
		{"no executor", plain, playbook.Options{}, "RUN-01", "soarkit-operation"},
		{"no such operation", acting(object{"commands": []any{object{"type": playbook.OperationCommand, "command": "test.lokup"}}}, nil), all, "RUN-03", `("test.lookup"?)`},
		{"no such member", acting(object{"commands": operation(`{"host": "x"}`), "out_args": out("__verdikt__")}, object{"__verdikt__": text("")}), all, "RUN-03", `("verdict"?)`},
		{"command type not allowed", plain, with(func(o *playbook.Options) { o.Policy.Commands = []string{playbook.ManualCommand} }), "RUN-02", "commands of type"},
		{"agent not allowed", plain, with(func(o *playbook.Options) { o.Policy.Agents = []string{"linux"} }), "RUN-02", "soarkit"},
		{"operation not allowed", plain, with(func(o *playbook.Options) { o.Policy.Operations = []string{"dns.*"} }), "RUN-02", "test.lookup"},
		{"marking not allowed", plain, with(func(o *playbook.Options) { o.Policy.Markings = []string{"TLP:GREEN"} }), "RUN-02", "marked"},
		{"revoked", revoked, all, "RUN-05", "revoked"},
		{"no resolver", sub(object{"playbook_id": "playbook:callee"}), all, "RUN-04", "Options.Resolve"},
		{"input missing", sub(object{"playbook_id": "playbook:callee"}), callee(nil), "RUN-04", "__needed__"},
		{"input unknown", sub(object{"playbook_id": "playbook:callee", "in_args": out("__in__")}), callee(nil), "RUN-04", "takes no __in__"},
		{"output unknown", sub(object{"playbook_id": "playbook:callee", "out_args": out("__in__")}), callee(nil), "RUN-04", "no variable __in__"},
		{"another playbook", sub(object{"playbook_id": "playbook:other"}), callee(nil), "RUN-04", "gave another one"},
		{"callee revoked", sub(object{"playbook_id": "playbook:callee"}), callee(object{"revoked": true}), "RUN-05", "revoked"},
		{"callee invalid", sub(object{"playbook_id": "playbook:callee"}), callee(object{"workflow_start": "x"}), "PB-11", "in playbook"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := playbook.Compile(t.Context(), decode(t, c.d), c.opts)
			invalid, ok := errors.AsType[*playbook.ValidationError](err)
			if !ok {
				t.Fatalf("error %v, want a ValidationError", err)
			}
			for _, p := range invalid.Problems {
				if p.Code == c.code && p.Severity == playbook.Error && strings.Contains(p.Message, c.text) {
					return
				}
			}
			t.Errorf("no %s with %q in:\n%s", c.code, c.text, lines(invalid.Problems))
		})
	}
}

func TestSubPlaybook(t *testing.T) {
	var s script
	inner := document(map[string]object{
		"start:s":  {"on_completion": "action:i"},
		"action:i": {"commands": commands("see __given__:value __own__:value", "set __found__=it,__own__=changed"), "out_args": out("__found__", "__own__"), "on_completion": "end:e"},
		"end:e":    {},
		"action:x": {"commands": commands("inner sorry"), "on_completion": "end:x"},
		"end:x":    {},
	}, object{"__given__": object{"type": "string", "external": true}, "__own__": text("inner"), "__found__": object{"type": "string"}})
	inner["id"], inner["workflow_exception"] = id("playbook:inner"), id("action:x")
	p := decode(t, inner)
	outer := document(map[string]object{
		"start:s": {"on_completion": "playbook-action:p"},
		"playbook-action:p": {
			"playbook_id": "playbook:inner", "playbook_version": "2026-01-02T03:04:05.000Z",
			"in_args": out("__given__"), "out_args": out("__found__"), "on_success": "action:z", "on_failure": "action:f",
		},
		"action:z": {"commands": commands("see __found__:value __own__:value"), "on_completion": "end:e"},
		"action:f": {"commands": commands("failed"), "on_completion": "end:f"},
		"end:e":    {}, "end:f": {},
	}, object{"__given__": text("gift"), "__found__": object{"type": "string"}, "__own__": text("outer")})
	opts := playbook.Options{Executors: s.executor(), Resolve: func(_ context.Context, id, version string) (*playbook.Playbook, error) {
		if id != p.ID || version != "2026-01-02T03:04:05.000Z" {
			t.Errorf("asked for %s %s", id, version)
		}
		return p, nil
	}}
	if _, err := compile(t, outer, opts).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"see gift inner", "set __found__=it,__own__=changed", "see it outer"}
	if diff := cmp.Diff(want, s.ran); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	t.Run("failure", func(t *testing.T) {
		s.ran = nil
		for _, step := range inner["workflow"].(object) {
			if step := step.(object); step["name"] == "i" {
				step["commands"] = commands("fail it")
			}
		}
		p = decode(t, inner)
		if _, err := compile(t, outer, opts).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"fail it", "inner sorry", "failed"}, s.ran); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("recursion", func(t *testing.T) {
		d := document(map[string]object{
			"start:s":           {"on_completion": "playbook-action:p"},
			"playbook-action:p": {"playbook_id": "playbook:test", "on_completion": "end:e"}, "end:e": {},
		}, nil)
		d["id"] = id("playbook:inner")
		p = decode(t, d)
		opts := opts
		opts.Resolve = func(_ context.Context, want, _ string) (*playbook.Playbook, error) {
			if want == id("playbook:test") {
				return decode(t, outer), nil
			}
			return p, nil
		}
		_, err := playbook.Compile(t.Context(), decode(t, outer), opts)
		if err == nil || !strings.Contains(err.Error(), "calls itself") {
			t.Errorf("error %v, want one about recursion", err)
		}
	})
}

func TestManual(t *testing.T) {
	ask := func(step object) *playbook.Program {
		step["commands"] = []any{object{"type": "manual", "command": "Look at __host__:value."}}
		step["timeout"] = 60000
		return compile(t, acting(step, object{"__host__": text("web1"), "__approved__": object{"type": "bool", "description": "May it go?"}, "__count__": object{"type": "integer"}}),
			playbook.Options{Executors: playbook.Executors{playbook.ManualCommand: playbook.Manual()}})
	}
	answer := func(a workflow.Answer) workflow.RunOption {
		return workflow.AnswerWith(func(_ context.Context, q workflow.Pending) (workflow.Answer, error) {
			if q.Prompt.Text != "Look at web1." || q.Prompt.By != "soarkit" {
				t.Errorf("prompt %+v", q.Prompt)
			}
			a.By = workflow.Person{Name: "ann"}
			return a, nil
		})
	}
	t.Run("form", func(t *testing.T) {
		program := ask(object{"out_args": out("__approved__", "__count__")})
		result, err := program.Run(t.Context(), nil, answer(workflow.Answer{Yes: true, Values: map[string]any{"approved": true, "count": 3}}))
		if err != nil {
			t.Fatal(err)
		}
		if result.Variables["__approved__"] != "true" || result.Variables["__count__"] != "3" {
			t.Errorf("variables %v", result.Variables)
		}
	})
	t.Run("done", func(t *testing.T) {
		if _, err := ask(object{}).Run(t.Context(), nil, answer(workflow.Answer{Yes: true})); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("not done", func(t *testing.T) {
		result, err := ask(object{}).Run(t.Context(), nil, answer(workflow.Answer{}))
		if err == nil || result.State() != workflow.StateFailed {
			t.Errorf("state %v, error %v; want a failed run", result.State(), err)
		}
	})
	t.Run("waits", func(t *testing.T) {
		result, err := ask(object{"out_args": out("__approved__")}).Run(t.Context(), nil)
		waiting, ok := errors.AsType[*workflow.WaitingError](err)
		if !ok || result.State() != workflow.StateWaiting || len(waiting.Questions) != 1 {
			t.Fatalf("state %v, error %v; want a run that waits with one question", result.State(), err)
		}
		want := []workflow.Field{{Name: "approved", Type: workflow.Bool, Label: "May it go?", Required: true}}
		if diff := cmp.Diff(want, waiting.Questions[0].Prompt.Form); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
	})
}

// transport answers every request and keeps the last one.
type transport struct {
	request *http.Request
	body    string
	status  int
	answer  string
}

func (f *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	f.request = r
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		f.body = string(b)
	}
	return &http.Response{StatusCode: f.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(f.answer)), Request: r}, nil
}

func TestHTTP(t *testing.T) {
	variables := func() object {
		return object{
			"__host__": text("a b/../c?d=e&f#g"), "__quote__": text(`x", "admin": true, "y": "`), "__line__": text("x\r\nX-Evil: 1"),
			"__path__": text("/v1/list?all=true"), "__token__": text("s3cret"), "__up__": text(".."),
			"__id__": object{"type": "string"}, "__count__": object{"type": "integer"}, "__http_status__": object{"type": "integer"},
			"__http_body__": object{"type": "string"},
		}
	}
	target := func(address object, extra object) object {
		a := object{"type": "http-api", "name": "API", "address": address}
		maps.Copy(a, extra)
		return object{"target_definitions": object{id("http-api:t"): a}}
	}
	byName := target(object{"dname": []any{"api.example"}}, object{"port": "443"})
	for _, c := range []struct {
		name    string
		command object
		extra   object
		out     []any
		status  int
		answer  string
		policy  playbook.Policy
		opts    playbook.HTTPOptions

		url     string
		header  map[string]string
		body    string
		want    map[string]string
		wantErr string
	}{
		{
			name:    "values are encoded in path and query",
			command: object{"command": "GET /v1/__host__:value?q=__host__:value HTTP/1.1"}, extra: byName,
			url: "https://api.example/v1/a%20b%2F..%2Fc%3Fd%3De%26f%23g?q=a%20b%2F..%2Fc%3Fd%3De%26f%23g",
		},
		{
			name:    "a target that is one reference is taken as it is",
			command: object{"command": "GET __path__:value HTTP/1.1"}, extra: target(object{"url": []any{"https://api.example:8443/base/"}}, nil),
			url: "https://api.example:8443/base/v1/list?all=true",
		},
		{
			name:    "values cannot climb",
			command: object{"command": "GET /v1/__up__:value/x HTTP/1.1"}, extra: byName, wantErr: "..",
		},
		{
			name:    "an IPv6 host with a port",
			command: object{"command": "GET / HTTP/1.1"}, extra: target(object{"ipv6": []any{"2001:db8::1"}}, object{"port": "8080"}),
			url: "http://[2001:db8::1]:8080/",
		},
		{
			name:    "values cannot change JSON",
			command: object{"command": "POST /x HTTP/1.1", "headers": object{"Content-Type": []any{"application/json"}}, "content": `{"n": 1, "s": "__quote__:value"}`}, extra: byName,
			url: "https://api.example/x", body: `{"n":1,"s":"x\", \"admin\": true, \"y\": \""}`, header: map[string]string{"Content-Type": "application/json"},
		},
		{
			name:    "values cannot add form fields",
			command: object{"command": "POST /x HTTP/1.1", "headers": object{"Content-Type": []any{"application/x-www-form-urlencoded"}}, "content": "a=__host__:value"}, extra: byName,
			url: "https://api.example/x", body: "a=a%20b%2F..%2Fc%3Fd%3De%26f%23g",
		},
		{
			name:    "values cannot add headers",
			command: object{"command": "GET / HTTP/1.1", "headers": object{"X-Ref": []any{"__line__:value"}}}, extra: byName,
			wantErr: "line break",
		},
		{
			name:    "basic authentication",
			command: object{"command": "GET / HTTP/1.1"},
			extra: merge(target(object{"dname": []any{"api.example"}}, object{"port": "443", "authentication_info": id("http-basic:a")}),
				object{"authentication_info_definitions": object{id("http-basic:a"): object{"type": "http-basic", "user_id": "ann", "password": "__token__:value"}}}),
			url: "https://api.example/", header: map[string]string{"Authorization": "Basic YW5uOnMzY3JldA=="},
		},
		{
			name:    "a token from a key management system",
			command: object{"command": "GET / HTTP/1.1"},
			extra: merge(target(object{"dname": []any{"api.example"}}, object{"port": "443", "authentication_info": id("oauth2:a")}),
				object{"authentication_info_definitions": object{id("oauth2:a"): object{"type": "oauth2", "kms": true, "kms_key_identifier": "k1"}}}),
			opts: playbook.HTTPOptions{Secret: func(_ context.Context, key string) (connector.Secret, error) {
				return connector.NewSecret("of-" + key), nil
			}},
			url: "https://api.example/", header: map[string]string{"Authorization": "Bearer of-k1"},
		},
		{
			name:    "out_args from a JSON object",
			command: object{"command": "GET / HTTP/1.1"}, extra: byName, out: out("__id__", "__count__", "__http_status__"),
			answer: `{"id": "x-1", "count": 3, "more": true}`,
			url:    "https://api.example/", want: map[string]string{"__id__": "x-1", "__count__": "3", "__http_status__": "200"},
		},
		{
			name:    "text fills one out_arg",
			command: object{"command": "GET / HTTP/1.1"}, extra: byName, out: out("__id__"), answer: `plain text`,
			url: "https://api.example/", want: map[string]string{"__id__": "plain text"},
		},
		{
			name:    "a status that is no success",
			command: object{"command": "GET / HTTP/1.1"}, extra: byName, status: 403, wantErr: "forbidden",
		},
		{
			name:    "a status that is accepted",
			command: object{"command": "GET / HTTP/1.1"}, extra: byName, status: 404, opts: playbook.HTTPOptions{Accept: []int{404}}, out: out("__http_status__"),
			url: "https://api.example/", want: map[string]string{"__http_status__": "404"},
		},
		{
			name:    "a URL of another host than the target",
			command: object{"command": "GET https://evil.example/ HTTP/1.1"}, extra: byName, wantErr: "evil.example",
		},
		{
			name:    "a host that the policy does not list",
			command: object{"command": "GET / HTTP/1.1"}, extra: byName, policy: playbook.Policy{Hosts: []string{".internal.example"}}, wantErr: "not allowed by policy",
		},
		{
			name:    "nothing says which host",
			command: object{"command": "GET /x HTTP/1.1"}, wantErr: "which host",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			step := object{"commands": []any{merge(object{"type": "http-api"}, c.command)}}
			if c.extra != nil {
				step["targets"] = []string{"http-api:t"}
			}
			if c.out != nil {
				step["out_args"] = c.out
			}
			fake := &transport{status: 200, answer: c.answer}
			if c.status != 0 {
				fake.status = c.status
			}
			client, err := connector.NewClient(connector.ClientOptions{Connector: "test", Transport: fake, AllowPlaintext: true, Attempts: 1})
			if err != nil {
				t.Fatal(err)
			}
			c.opts.Audience = marking.OwnOrganisation
			program := compile(t, merge(acting(step, variables()), c.extra), playbook.Options{
				Executors: playbook.Executors{playbook.HTTPCommand: playbook.HTTP(client, c.opts)}, Policy: c.policy,
			})
			result, err := program.Run(t.Context(), nil)
			if c.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantErr) {
					t.Errorf("error %v, want %q in it", err, c.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fake.request.URL.String(); got != c.url {
				t.Errorf("URL\n%s, want\n%s", got, c.url)
			}
			for name, want := range c.header {
				if got := fake.request.Header.Get(name); got != want {
					t.Errorf("header %s: %q, want %q", name, got, want)
				}
			}
			if fake.body != c.body {
				t.Errorf("body %s, want %s", fake.body, c.body)
			}
			for name, want := range c.want {
				if got := result.Variables[name]; got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func merge(a, b object) object {
	out := object{}
	for _, m := range []object{a, b} {
		maps.Copy(out, m)
	}
	return out
}

// TestHTTPMarking holds the executor to the marking of the data: what must not
// reach an audience does not leave.
func TestHTTPMarking(t *testing.T) {
	fake := &transport{status: 200}
	client, err := connector.NewClient(connector.ClientOptions{Connector: "test", Transport: fake, AllowPlaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	d := merge(acting(object{"commands": []any{object{"type": "http-api", "command": "GET / HTTP/1.1"}}, "targets": []string{"http-api:t"}}, nil),
		object{"target_definitions": object{id("http-api:t"): object{"type": "http-api", "name": "API", "address": object{"dname": []any{"api.example"}}}}})
	run := func(m marking.Marking, audience marking.Audience) error {
		_, err := compile(t, d, playbook.Options{Marking: m, Executors: playbook.Executors{
			playbook.HTTPCommand: playbook.HTTP(client, playbook.HTTPOptions{Audience: audience}),
		}}).Run(t.Context(), nil)
		return err
	}
	if err := run(marking.Marking{TLP: marking.TLPRed}, marking.Community); !errors.Is(err, connector.ErrPolicy) || fake.request != nil {
		t.Errorf("TLP:RED to a community: error %v, sent %v; want it refused", err, fake.request != nil)
	}
	if err := run(marking.Marking{TLP: marking.TLPClear}, marking.Public); err != nil || fake.request == nil {
		t.Errorf("TLP:CLEAR to the public: error %v, sent %v; want it sent", err, fake.request != nil)
	}
}

func TestExpired(t *testing.T) {
	d := acting(object{}, nil)
	d["valid_until"] = time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	var s script
	program := compile(t, d, playbook.Options{Executors: s.executor()})
	if _, err := program.Run(t.Context(), nil); !errors.Is(err, playbook.ErrExpired) {
		t.Errorf("error %v, want ErrExpired", err)
	}
	program = compile(t, d, playbook.Options{Executors: s.executor(), Policy: playbook.Policy{AllowExpired: true}})
	if _, err := program.Run(t.Context(), nil); err != nil {
		t.Errorf("with AllowExpired: %v", err)
	}
}

func TestInput(t *testing.T) {
	var s script
	program := compile(t, acting(object{"commands": commands("see __mail__:value")}, object{
		"__mail__": object{"type": "string", "external": true}, "__n__": object{"type": "integer", "value": "1", "external": true}, "__own__": text("x"),
	}), playbook.Options{Executors: s.executor()})
	for _, c := range []struct {
		vars map[string]string
		want error
	}{
		{map[string]string{"__mail__": "m"}, nil},
		{map[string]string{"__mail__": "m", "__n__": "2"}, nil},
		{nil, playbook.ErrNoValue},
		{map[string]string{"__mail__": "m", "__other__": "x"}, playbook.ErrUndeclared},
		{map[string]string{"__mail__": "m", "__own__": "x"}, playbook.ErrUndeclared},
		{map[string]string{"__mail__": "m", "__n__": "two"}, playbook.ErrType},
		{map[string]string{"__mail__": strings.Repeat("x", playbook.MaxValueBytes+1)}, playbook.ErrTooLarge},
	} {
		err := program.CheckInput(c.vars)
		if !errors.Is(err, c.want) {
			t.Errorf("CheckInput: %v, want %v", err, c.want)
		}
		if c.want == playbook.ErrTooLarge && !strings.Contains(err.Error(), "where it is stored") {
			t.Errorf("CheckInput does not say what to do: %v", err)
		}
		if result, err := program.Run(t.Context(), c.vars); !errors.Is(err, c.want) || (result == nil) != (err != nil) {
			t.Errorf("Run: %v, want %v", err, c.want)
		}
	}
}
