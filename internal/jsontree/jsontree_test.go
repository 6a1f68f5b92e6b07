package jsontree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"

	"github.com/soarkit/soarkit/internal/jsontree"
)

var refused = []struct {
	name, in string
	kind     error
	pointer  string
	line     int
	column   int
}{
	{"empty", ``, jsontree.ErrSyntax, "", 1, 1},
	{"bom", "\ufeff{}", jsontree.ErrSyntax, "", 1, 1},
	{"duplicate", `{"a":{"b":1,"b":2}}`, jsontree.ErrDuplicateKey, "/a", 1, 13},
	{"duplicate_by_escape", "{\"a\":1,\n \"\\u0061\":2}", jsontree.ErrDuplicateKey, "", 2, 2},
	{"trailing", "{}\n x", jsontree.ErrTrailingData, "", 2, 2},
	{"trailing_value", `1 2`, jsontree.ErrTrailingData, "", 1, 3},
	{"bad_utf8", "[\"\u00e9\", \"a\xff\"]", jsontree.ErrEncoding, "", 1, 9},
	{"bad_utf8_after_escape", "[\"\\n\xc3\"]", jsontree.ErrEncoding, "", 1, 5},
	{"bad_utf8_key", "{\"\xff\":1}", jsontree.ErrEncoding, "", 1, 3},
	{"lone_high", `["\ud800"]`, jsontree.ErrEncoding, "", 1, 3},
	{"lone_low", `["\udc00x"]`, jsontree.ErrEncoding, "", 1, 3},
	{"high_then_escape", `["\ud800\u0061"]`, jsontree.ErrEncoding, "", 1, 3},
	{"control", "[\"a\nb\"]", jsontree.ErrSyntax, "", 1, 4},
	{"escape", `["\x"]`, jsontree.ErrSyntax, "", 1, 3},
	{"short_unicode", `["\u12"]`, jsontree.ErrSyntax, "", 1, 3},
	{"signed_unicode", `["\u+123"]`, jsontree.ErrSyntax, "", 1, 3},
	{"open_string", `["abc`, jsontree.ErrSyntax, "", 1, 6},
	{"open_escape", `["abc\`, jsontree.ErrSyntax, "", 1, 7},
	{"open_array", `[1,`, jsontree.ErrSyntax, "", 1, 4},
	{"comma", `[1,]`, jsontree.ErrSyntax, "", 1, 4},
	{"member_comma", `{"a":1,}`, jsontree.ErrSyntax, "", 1, 8},
	{"bracket", `{"a":[1}`, jsontree.ErrSyntax, "/a", 1, 8},
	{"bare_key", `{a:1}`, jsontree.ErrSyntax, "", 1, 2},
	{"colon", `{"a" 1}`, jsontree.ErrSyntax, "", 1, 6},
	{"leading_zero", `[01]`, jsontree.ErrSyntax, "", 1, 2},
	{"minus", `[-]`, jsontree.ErrSyntax, "", 1, 3},
	{"point", `[1.]`, jsontree.ErrSyntax, "", 1, 4},
	{"exponent", `[1e]`, jsontree.ErrSyntax, "", 1, 4},
	{"plus", `[+1]`, jsontree.ErrSyntax, "", 1, 2},
	{"nan", `[NaN]`, jsontree.ErrSyntax, "", 1, 2},
	{"overflow", `{"a":[1e400]}`, jsontree.ErrNumberRange, "/a", 1, 7},
	{"overflow_digits", `[` + strings.Repeat("9", 400) + `]`, jsontree.ErrNumberRange, "", 1, 2},
	{"literal", `[nul]`, jsontree.ErrSyntax, "", 1, 2},
	{"comment", `[1 /* x */]`, jsontree.ErrSyntax, "", 1, 4},
	{"depth", strings.Repeat("[", 129), jsontree.ErrLimit, strings.Repeat("/0", 127), 1, 129},
}

func TestParseRefuses(t *testing.T) {
	for _, c := range refused {
		t.Run(c.name, func(t *testing.T) {
			_, err := jsontree.Parse([]byte(c.in), jsontree.Limits{})
			e, ok := errors.AsType[*jsontree.Error](err)
			if !ok || !errors.Is(err, c.kind) {
				t.Fatalf("error %v, want kind %v", err, c.kind)
			}
			if e.Pos.Line != c.line || e.Pos.Column != c.column || e.Pointer != c.pointer {
				t.Errorf("at %q line %d column %d, want %q line %d column %d (%v)", e.Pointer, e.Pos.Line, e.Pos.Column, c.pointer, c.line, c.column, err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		in     string
		limits jsontree.Limits
		ok     bool
	}{
		{`[[1]]`, jsontree.Limits{MaxDepth: 2}, true},
		{`[[[1]]]`, jsontree.Limits{MaxDepth: 2}, false},
		{`[1,2]`, jsontree.Limits{MaxNodes: 3}, true},
		{`[1,2,3]`, jsontree.Limits{MaxNodes: 3}, false},
		{`[1,2,3]`, jsontree.Limits{MaxBytes: 7}, true},
		{`[1,2,3] `, jsontree.Limits{MaxBytes: 7}, false},
	} {
		_, err := jsontree.Parse([]byte(c.in), c.limits)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, jsontree.ErrLimit) {
			t.Errorf("Parse(%s, %+v): %v, want ok %v", c.in, c.limits, err, c.ok)
		}
	}
}

const sample = `{
  "name" : "caf\u00e9 \ud83d\ude00/",
  "n": [0, -0, 1.50, 1e3, 12345678901234567890, 1E-7],
  "a/b": {"~": true, "": null},
  "x": false
}`

func TestLookup(t *testing.T) {
	n := mustParse(t, sample)
	if got, _ := n.Get("name").Text(); got != "café 😀/" {
		t.Errorf("name = %q", got)
	}
	for pointer, want := range map[string]string{
		"": sample, "/n/2": "1.50", "/a~1b/~0": "true", "/a~1b/": "null", "/x": "false",
		"/n/6": "null", "/n/02": "null", "/n/-": "null", "x": "null", "/a~2b": "null", "/x/y": "null",
	} {
		got := n.At(pointer)
		if got.String() != want {
			t.Errorf("At(%q) = %s, want %s", pointer, got, want)
		}
		if got != nil && got.Pointer() != pointer {
			t.Errorf("At(%q).Pointer() = %q", pointer, got.Pointer())
		}
	}
	if pos := n.At("/n/1").Pos(); pos != (jsontree.Position{Offset: 51, Line: 3, Column: 12}) {
		t.Errorf("position of /n/1: %+v", pos)
	}
	if pos := n.At("/x").KeyPos(); pos.Line != 5 || pos.Column != 3 {
		t.Errorf("position of the key of /x: %+v", pos)
	}
	for lexeme, want := range map[string]int64{"0": 0, "1": 0, "3": 1000} {
		if got, ok := n.At("/n/" + lexeme).Int(); !ok || got != want {
			t.Errorf("/n/%s: %d, %v; want %d", lexeme, got, ok, want)
		}
	}
	for _, i := range []int{2, 4, 5} {
		if got, ok := n.Get("n").Index(i).Int(); ok {
			t.Errorf("/n/%d is %d, want no whole number", i, got)
		}
	}
	var missing *jsontree.Node
	if missing.Get("a").Index(3).At("/x").Kind() != jsontree.Missing || missing.Len() != 0 || missing.Any() != nil {
		t.Error("a nil node is not empty")
	}
	for range missing.Members() {
		t.Error("a nil node has a member")
	}
}

// TestPositionColumns looks up places beyond the first checkpoint, within
// characters of several bytes.
func TestPositionColumns(t *testing.T) {
	text := `["` + strings.Repeat("é", 3000) + `",` + "\n" + ` "` + strings.Repeat("😀", 700) + `", 1]`
	n := mustParse(t, text)
	if got := n.Index(1).Pos(); got.Line != 2 || got.Column != 2 {
		t.Errorf("element 1 at %+v", got)
	}
	if got := n.Index(2).Pos(); got.Line != 2 || got.Column != 706 {
		t.Errorf("element 2 at %+v, want column 706", got)
	}
}

func TestCanonical(t *testing.T) {
	for _, in := range []string{
		sample,
		`{"\u20ac":"Euro","\r":"CR","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Smile","\u0080":"Control","\u00f6":"o"}`,
		`[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,1e21,1e20,9007199254740993,-1e-7,123456789012345678,0.000001]`,
		`["\u000f\n\u000bA'\u0042\u0022\u005c\\\"\/\u007f\u2028"]`,
		`{"b":{"z":1,"y":[{"b":1,"a":2}]},"a":""}`,
	} {
		want, err := jcs.Transform([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		n := mustParse(t, in)
		if diff := cmp.Diff(string(want), string(n.Canonical())); diff != "" {
			t.Errorf("canonical form of %s (-want +got):\n%s", in, diff)
		}
		rebuilt, err := jsontree.FromAny(n.Any())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(rebuilt.Canonical())); diff != "" {
			t.Errorf("canonical form of the rebuilt %s (-want +got):\n%s", in, diff)
		}
	}
}

func TestEdit(t *testing.T) {
	const in = "{\n  \"b\" : 1.0,\n  \"list\": [ 1, {\"k\":\"\\u0041\"} ],\n  \"a\": {}\n}\n"
	for _, c := range []struct {
		name string
		edit func(n *jsontree.Node) error
		want string
	}{
		{"nothing", func(*jsontree.Node) error { return nil }, strings.TrimSpace(in)},
		{"replace", func(n *jsontree.Node) error { return n.Set("b", jsontree.NewInt(2)) },
			"{\n  \"b\" : 2,\n  \"list\": [ 1, {\"k\":\"\\u0041\"} ],\n  \"a\": {}\n}"},
		{"add", func(n *jsontree.Node) error { return n.Set("c", jsontree.NewString("\"\n")) },
			"{\n  \"b\" : 1.0,\n  \"list\": [ 1, {\"k\":\"\\u0041\"} ],\n  \"a\": {},\n  \"c\" : \"\\\"\\n\"\n}"},
		{"remove_first", func(n *jsontree.Node) error { n.Remove("b"); return nil },
			"{\n  \"list\": [ 1, {\"k\":\"\\u0041\"} ],\n  \"a\": {}\n}"},
		{"remove_all", func(n *jsontree.Node) error {
			for _, key := range []string{"a", "b", "list"} {
				n.Remove(key)
			}
			return nil
		}, "{}"},
		{"deep", func(n *jsontree.Node) error { return n.At("/list/1").Set("l", jsontree.NewBool(true)) },
			"{\n  \"b\" : 1.0,\n  \"list\": [ 1, {\"k\":\"\\u0041\",\"l\":true} ],\n  \"a\": {}\n}"},
		{"append_copy_of_root", func(n *jsontree.Node) error {
			n.Remove("list")
			return n.Get("a").Set("self", n)
		}, "{\n  \"b\" : 1.0,\n  \"a\": {\"self\":{\n  \"b\" : 1.0,\n  \"a\": {}\n}}\n}"},
		{"element", func(n *jsontree.Node) error {
			if !n.Get("list").RemoveIndex(0) {
				return errors.New("no element 0")
			}
			return n.Get("list").Append(n.Get("b"))
		}, "{\n  \"b\" : 1.0,\n  \"list\": [ {\"k\":\"\\u0041\"}, 1.0 ],\n  \"a\": {}\n}"},
		{"set_index", func(n *jsontree.Node) error { return n.Get("list").SetIndex(1, jsontree.NewNull()) },
			"{\n  \"b\" : 1.0,\n  \"list\": [ 1, null ],\n  \"a\": {}\n}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := mustParse(t, in)
			if err := c.edit(n); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, n.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			again := mustParse(t, n.String())
			if diff := cmp.Diff(string(again.Canonical()), string(n.Canonical())); diff != "" {
				t.Errorf("what is written is not what is held:\n%s", diff)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	n := mustParse(t, `{"a":[1]}`)
	for name, err := range map[string]error{
		"member of an array":  n.Get("a").Set("x", jsontree.NewNull()),
		"element of a object": n.Append(jsontree.NewNull()),
		"no such element":     n.Get("a").SetIndex(1, jsontree.NewNull()),
		"nil value":           n.Set("x", nil),
		"nil node":            n.Get("nothing").Set("x", jsontree.NewNull()),
	} {
		if !errors.Is(err, jsontree.ErrKind) {
			t.Errorf("%s: %v, want ErrKind", name, err)
		}
	}
}

// TestManyMembers crosses the number of members from which objects carry an
// index, by parsing and by editing.
func TestManyMembers(t *testing.T) {
	read, made := mustParse(t, bigObject(100)), jsontree.NewObject()
	for i := range 100 {
		key := fmt.Sprintf("k%d", i)
		if err := made.Set(key, jsontree.NewInt(int64(i))); err != nil {
			t.Fatal(err)
		}
		if v, _ := read.Get(key).Int(); v != int64(i) {
			t.Errorf("%s = %d", key, v)
		}
	}
	if diff := cmp.Diff(string(read.Canonical()), string(made.Canonical())); diff != "" {
		t.Error(diff)
	}
	for _, n := range []*jsontree.Node{read, made, read.Clone()} {
		if !n.Remove("k50") || n.Has("k50") || n.Remove("k50") || n.Get("k51").Pointer() != "/k51" {
			t.Error("k50 was not removed")
		}
		if err := n.Set("k51", jsontree.NewInt(7)); err != nil || n.Get("k51").String() != "7" || n.Len() != 99 {
			t.Errorf("k51 = %s, %d members, %v", n.Get("k51"), n.Len(), err)
		}
	}
	if !read.Clone().Has("k3") {
		t.Error("the clone's index lacks k3")
	}
}

func bigObject(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"k%d":%d`, i, i)
	}
	b.WriteByte('}')
	return b.String()
}

// TestHostileObjectIsLinear reads an object of 200,000 members. Comparing each
// name with each other would take minutes.
func TestHostileObjectIsLinear(t *testing.T) {
	text := bigObject(200_000)
	start := time.Now()
	mustParse(t, text)
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestFromAnyRefuses(t *testing.T) {
	cycle := map[string]any{}
	cycle["a"] = cycle
	for name, v := range map[string]any{"struct": []any{1, struct{}{}}, "bad number": json.Number("1x"), "cycle": cycle, "bad text": "\xff"} {
		_, err := jsontree.FromAny(v)
		if !errors.Is(err, jsontree.ErrKind) {
			t.Errorf("%s: %v, want ErrKind", name, err)
		}
		if e, ok := errors.AsType[*jsontree.Error](err); name == "struct" && (!ok || e.Pointer != "/1") {
			t.Errorf("%s: pointer of %v, want /1", name, err)
		}
	}
}

func mustParse(tb testing.TB, text string) *jsontree.Node {
	tb.Helper()
	n, err := jsontree.ParseString(text, jsontree.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// readStream reads a whole stream into one object.
func readStream(r io.Reader, limits jsontree.Limits) (*jsontree.Node, error) {
	s := jsontree.NewStream(r, limits)
	out := jsontree.NewObject()
	for key, err := range s.Members() {
		if err != nil {
			return nil, err
		}
		v := jsontree.NewArray()
		if key == "objects" {
			for n, err := range s.Elements() {
				if err != nil {
					return nil, err
				}
				if err := v.Append(n); err != nil {
					return nil, err
				}
			}
		} else if v, err = s.Value(); err != nil {
			return nil, err
		}
		if err := out.Set(key, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func TestStream(t *testing.T) {
	text := "{\"type\": \"b\\\\\\\"un\\u0064le\" ,\n\"objects\": [ {\"a\":[1,{\"x\":\"]}\"}]} ,2,\n \"é\",[], true ], \"z\" :12.5, \"empty\":{}} \n"
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		"with_eof": iotest.DataErrReader(strings.NewReader(text)),
	} {
		got, err := readStream(r, jsontree.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(string(mustParse(t, text).Canonical()), string(got.Canonical())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		want := jsontree.Position{Offset: 73, Line: 3, Column: 2}
		if pos := got.At("/objects/2").Pos(); name == "whole" && pos != (mustParse(t, text).At("/objects/2").Pos()) {
			t.Errorf("position %+v, want %+v", pos, want)
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	for _, c := range []struct {
		name, in string
		kind     error
	}{
		{"array", `[]`, jsontree.ErrKind},
		{"empty", ``, jsontree.ErrKind},
		{"duplicate", `{"a":1,"a":2}`, jsontree.ErrDuplicateKey},
		{"trailing", `{"a":1} 2`, jsontree.ErrTrailingData},
		{"objects_kind", `{"objects":{}}`, jsontree.ErrKind},
		{"open", `{"objects":[{"a":1`, jsontree.ErrSyntax},
		{"open_list", `{"objects":[1`, jsontree.ErrSyntax},
		{"comma", `{"objects":[1,]}`, jsontree.ErrSyntax},
		{"two_commas", `{"objects":[1,,2]}`, jsontree.ErrSyntax},
		{"leading_comma", `{"objects":[,2]}`, jsontree.ErrSyntax},
		{"no_comma", `{"objects":[1 2]}`, jsontree.ErrSyntax},
		{"member_comma", `{"a":1,}`, jsontree.ErrSyntax},
		{"nested", `{"objects":[{"a":1,"a":2}]}`, jsontree.ErrDuplicateKey},
		{"crossed", `{"objects":[{"a":[}]}]}`, jsontree.ErrSyntax},
		{"long_value", `{"a":"` + strings.Repeat("x", 5000) + `"}`, jsontree.ErrLimit},
		{"bare", `{a:1}`, jsontree.ErrSyntax},
		{"escape_at_end", `{"a":"\`, jsontree.ErrSyntax},
	} {
		_, err := readStream(iotest.HalfReader(strings.NewReader(c.in)), jsontree.Limits{MaxBytes: 4096})
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
	}
	broken := errors.New("cable cut")
	if _, err := readStream(io.MultiReader(strings.NewReader(`{"objects":[{"a":`), iotest.ErrReader(broken)), jsontree.Limits{}); !errors.Is(err, broken) {
		t.Errorf("a reader's error became %v", err)
	}
}

func TestStreamList(t *testing.T) {
	for in, want := range map[string]int{`[]`: 0, ` [1, {"a":[2]},"3" ] `: 3, `[1] 2`: -1, `[1,]`: -1, `{}`: -1, `[1`: -1, ``: -1} {
		s := jsontree.NewStream(iotest.OneByteReader(strings.NewReader(in)), jsontree.Limits{})
		got := 0
		for n, err := range s.List() {
			if err != nil {
				got = -1
			} else if n.Kind() != jsontree.Missing {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d elements, want %d", in, got, want)
		}
	}
}

// TestStreamSkips leaves values unread and a list half read.
func TestStreamSkips(t *testing.T) {
	s := jsontree.NewStream(strings.NewReader(`{"a":[1,2,3],"b":{"x":[1]},"c":4}`), jsontree.Limits{})
	var keys []string
	for key, err := range s.Members() {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
		if key == "a" {
			for range s.Elements() {
				break
			}
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, keys); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	for _, c := range refused {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := jsontree.Parse(data, jsontree.Limits{MaxNodes: 10_000})
		if err != nil {
			if _, ok := errors.AsType[*jsontree.Error](err); !ok {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		want, err := decodeStd(data)
		if err != nil {
			t.Fatalf("encoding/json refuses what was accepted: %v", err)
		}
		if diff := cmp.Diff(want, n.Any()); diff != "" {
			t.Fatalf("values differ (-encoding/json +ours):\n%s", diff)
		}
		if got := n.Raw(); !bytes.Equal(got, bytes.TrimSpace(data)) && !bytes.Equal(got, bytes.Trim(data, " \t\r\n")) {
			t.Fatalf("raw text differs: %q", got)
		}
		canonical := n.Canonical()
		again, err := jsontree.Parse(canonical, jsontree.Limits{})
		if err != nil || !bytes.Equal(again.Canonical(), canonical) {
			t.Fatalf("canonical form is no fixed point: %s, %v", canonical, err)
		}
		if n.Kind() == jsontree.Object {
			streamed, err := readStream(bytes.NewReader(data), jsontree.Limits{})
			if n.Has("objects") && n.Get("objects").Kind() != jsontree.Array {
				return
			}
			if err != nil || !bytes.Equal(streamed.Canonical(), canonical) {
				t.Fatalf("the stream reads something else: %v, %v", streamed, err)
			}
		}
	})
}

func decodeStd(data []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`{"type":"indicator","spec_version":"2.1","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created":"2014-06-29T13:49:37.079Z","modified":"2014-06-29T13:49:37.079Z","name":"Malicious site hosting downloader","description":"This organized threat actor group operates to create profit from all types of crime.","indicator_types":["malicious-activity"],"pattern":"[url:value = 'http://x4z9arb.cn/4712/']","pattern_type":"stix","valid_from":"2014-06-29T13:49:37.079Z","object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]}`)
	b.Run("jsontree", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := jsontree.Parse(text, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := decodeStd(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
