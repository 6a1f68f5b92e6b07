package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// call runs the command without a terminal and returns what it printed.
func call(t *testing.T, args ...string) (status int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), args, false, strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// readReport decodes the JSON report into a shape of its own, so that a renamed
// member is seen.
func readReport(t *testing.T, dir string) (r struct {
	Marking     string
	Verdict     string
	Conclusion  string
	ConcludedBy string `json:"concluded_by"`
	Score       int
	Mail        struct{ SPF, DKIM, DMARC string }
	Run         struct {
		State, Error string
		Steps        []struct{ Name, Outcome string }
	}
	Decisions []struct {
		Step, Question, Answer, By string
		Flag                       bool
		Asked, Answered            time.Time
	}
	Reasons    []struct{ Code, Text, Where string }
	Indicators []struct {
		Type, Value, Defanged string
		Where                 []string
	}
	Actions []struct {
		What, Outcome string
		Detail        []string
		Warning       bool
	}
	Waiting *struct {
		GoOn string `json:"go_on"`
	}
	Evidence []struct{ Name, SHA256 string }
}) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, reportJSON))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if ok, _ := filepath.Match(pattern, d.Name()); ok {
				out = append(out, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func content(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// unfolded undoes the line breaks of quoted-printable.
func unfolded(text string) string { return strings.ReplaceAll(text, "=\r\n", "") }

// Each way of answering, twice in the same directory: the second run finds done
// what the first one did, and comes to the same end.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		approve, state string
		blocked        bool
		mails          int
	}{
		{"", "waiting", false, 1},
		{"no", "succeeded", false, 3},
		{"yes", "succeeded", true, 2},
	} {
		t.Run("approve="+c.approve, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			args := []string{"-out", dir}
			if c.approve != "" {
				args = append(args, "-approve", c.approve)
			}
			var lists []string
			for round := range 2 {
				status, out, errOut := call(t, args...)
				if status != fine || errOut != "" {
					t.Fatalf("round %d: status %d, printed %s%s", round, status, out, errOut)
				}
				r := readReport(t, dir)
				if r.Run.State != c.state || r.Verdict != malicious {
					t.Errorf("round %d: state %s, verdict %s", round, r.Run.State, r.Verdict)
				}
				if (r.Waiting != nil) != (c.state == "waiting") || (c.state == "waiting") != strings.Contains(out, "-approve yes") {
					t.Errorf("round %d: waiting %v, printed %s", round, r.Waiting, out)
				}
				list := content(t, filepath.Join(dir, blocklistDir, listFile))
				lists = append(lists, list)
				if strings.Contains(list, "accounts-example-com.example.net") != c.blocked {
					t.Errorf("round %d: the blocklist holds %q", round, list)
				}
				if strings.Contains(list, "www.example.com") {
					t.Errorf("round %d: the impersonated site is blocked: %q", round, list)
				}
				if n := len(files(t, filepath.Join(dir, outboxDir), "*.eml")); n != c.mails {
					t.Errorf("round %d: %d notifications, want %d", round, n, c.mails)
				}
				quarantined := 0
				for _, name := range files(t, filepath.Join(dir, maildirDir), "*.mx1.example.org") {
					if strings.Contains(name, ".Quarantine") {
						quarantined++
					}
				}
				if quarantined != 3 {
					t.Errorf("round %d: %d copies in quarantine, want 3", round, quarantined)
				}
				if left := append(files(t, dir, "*.new"), files(t, dir, "*.copying")...); len(left) > 0 {
					t.Errorf("round %d: left half-written: %v", round, left)
				}
			}
			if lists[0] != lists[1] {
				t.Errorf("the second run changed the blocklist:\n%s\n%s", lists[0], lists[1])
			}
		})
	}
}

// The two samples come out differently, for reasons that the report states.
func TestSamplesDiffer(t *testing.T) {
	for name, want := range map[string]struct {
		verdict, dkim, dmarc string
		codes                []string
	}{
		"phishing":   {malicious, "none", "fail", []string{"dmarc-fail"}},
		"legitimate": {legitimate, "pass", "pass", []string{"dmarc-pass", "dkim-pass"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if status, out, errOut := call(t, "-out", dir, "-approve", "no", "../../testdata/mail/"+name+".eml"); status != fine {
				t.Fatalf("status %d, printed %s%s", status, out, errOut)
			}
			r := readReport(t, dir)
			if r.Verdict != want.verdict || r.Mail.DKIM != want.dkim || r.Mail.DMARC != want.dmarc {
				t.Errorf("verdict %s, DKIM %s, DMARC %s; want %+v", r.Verdict, r.Mail.DKIM, r.Mail.DMARC, want)
			}
			codes := map[string]bool{}
			for _, x := range r.Reasons {
				codes[x.Code] = true
				if x.Text == "" || x.Where == "" {
					t.Errorf("a reason without text or place: %+v", x)
				}
			}
			for _, code := range want.codes {
				if !codes[code] {
					t.Errorf("no reason %s among %v", code, codes)
				}
			}
			if len(r.Indicators) == 0 || len(r.Evidence) == 0 {
				t.Errorf("%d indicators, %d pieces of evidence", len(r.Indicators), len(r.Evidence))
			}
			md := content(t, filepath.Join(dir, reportMarkdown))
			for _, part := range []string{"**" + want.verdict + "**", "```mermaid", "## Indicators", "## Evidence"} {
				if !strings.Contains(md, part) {
					t.Errorf("report.md lacks %q", part)
				}
			}
		})
	}
}

// What cannot be triaged leads to the playbook's failure path and to a report
// that says so.
func TestBadMail(t *testing.T) {
	nested := new(strings.Builder)
	for range 200 {
		nested.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	whole := content(t, "../../testdata/mail/phishing.eml")
	for name, c := range map[string]struct{ mail, says string }{
		"truncated": {whole[:len(whole)/2], ""},
		"empty":     {"", ""},
		"nested":    {"From: a@example.com\n" + nested.String(), "deep"},
		"parts":     {"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 100_000) + "--b--\n", "parts"},
		"header":    {"From: a@example.com\nX: " + strings.Repeat("x", 8<<20) + "\n\nbody\n", "header"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bad.eml")
			if err := os.WriteFile(file, []byte(c.mail), 0o600); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "out")
			status, out, errOut := call(t, "-out", dir, "-approve", "no", file)
			if status != failed || errOut == "" || !strings.Contains(errOut, c.says) {
				t.Errorf("status %d, want %d; printed %q, want %q", status, failed, errOut, c.says)
			}
			r := readReport(t, dir)
			if r.Run.State != "failed" || r.Run.Error == "" || r.Verdict != "" {
				t.Errorf("the report says state %s, error %q, verdict %q", r.Run.State, r.Run.Error, r.Verdict)
			}
			called := false
			for _, s := range r.Run.Steps {
				called = called || s.Name == "Call an analyst" && s.Outcome == "succeeded"
			}
			if !called || !strings.Contains(out, "Call an analyst") || len(files(t, dir, "*.eml")) < 2 {
				t.Errorf("no analyst was called: %+v", r.Run.Steps)
			}
			if list := content(t, filepath.Join(dir, blocklistDir, listFile)); list != "" {
				t.Errorf("something was blocked: %s", list)
			}
		})
	}
}

func TestBadUse(t *testing.T) {
	bad := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	source := content(t, "../../testdata/playbooks/phishing.json")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"help":               {[]string{"-h"}, fine, ""},
		"unknown flag":       {[]string{"-nonsense"}, wrongUse, "usage"},
		"bad answer":         {[]string{"-approve", "maybe"}, wrongUse, "ask, yes or no"},
		"two mails":          {[]string{"a", "b"}, wrongUse, "one mail"},
		"no such mail":       {[]string{"does-not-exist.eml"}, failed, "does-not-exist.eml"},
		"no such playbook":   {[]string{"-playbook", "does-not-exist.json"}, failed, "does-not-exist.json"},
		"not JSON":           {[]string{"-playbook", bad("p.json", "{\n  oops")}, failed, "2:3 error"},
		"duplicate key":      {[]string{"-playbook", bad("p.json", strings.Replace(source, `"name"`, `"type": "x", "name"`, 1))}, failed, "duplicate"},
		"dangling reference": {[]string{"-playbook", bad("p.json", strings.Replace(source, `"workflow_start": "start--`, `"workflow_start": "start--0`, 1))}, failed, "workflow_start"},
		"unknown step type":  {[]string{"-playbook", bad("p.json", strings.Replace(source, `"type": "parallel"`, `"type": "perpendicular"`, 1))}, failed, "perpendicular"},
		"unknown operation":  {[]string{"-playbook", bad("p.json", strings.Replace(source, `"mail.headers"`, `"mail.tarot"`, 1))}, failed, "mail.tarot"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			status, _, errOut := call(t, append([]string{"-out", dir}, c.args...)...)
			if status != c.status || !strings.Contains(errOut, c.says) {
				t.Errorf("status %d, want %d; printed %q, want %q", status, c.status, errOut, c.says)
			}
			if len(reports(dir)) > 0 {
				t.Errorf("a report was written: %v", reports(dir))
			}
		})
	}
}

// reports lists reports in a directory that may not exist.
func reports(dir string) []string {
	names, _ := filepath.Glob(filepath.Join(dir, "report.*"))
	return names
}

// A failed run is explained once on each stream: the mail, the innermost step, why.
func TestFailureIsShort(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.eml")
	if err := os.WriteFile(file, []byte("From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, out, errOut := call(t, "-out", dir, file)
	if !strings.HasPrefix(errOut, "phishing: "+file+": step \"Analyse the ") || !strings.Contains(errOut, "message is truncated") ||
		strings.Contains(errOut, "action--") || strings.Contains(errOut, "workflow") {
		t.Errorf("printed %s", errOut)
	}
	if n := strings.Count(out, "message is truncated"); n != 1 {
		t.Errorf("said %d times what is wrong:\n%s", n, out)
	}
	if e := readReport(t, dir).Run.Error; !strings.HasPrefix(e, "step \"Analyse the ") || strings.Contains(e, "--") {
		t.Errorf("the report says %q", e)
	}
}

// The command that goes on takes the same file, whatever its name, and is safe to
// print.
func TestGoOn(t *testing.T) {
	for mail, want := range map[string]string{"-x.eml": " ./-x.eml", "a\x1b]0;x\x07.eml": ` $'a\033]0;x\007.eml'`, "a b.eml": " 'a b.eml'"} {
		if got := (options{out: "phishing-out", mail: mail}).goOn(); !strings.HasSuffix(got, "-approve yes"+want) {
			t.Errorf("%q: %s, want %s", mail, got, want)
		}
	}
}

// A disk that is full is no success.
func TestLostOutput(t *testing.T) {
	full := writerFunc(func([]byte) (int, error) { return 0, errors.New("no space left") })
	for _, args := range [][]string{{"-h"}, {"-out", t.TempDir()}} {
		var errOut bytes.Buffer
		status := run(t.Context(), args, false, strings.NewReader(""), full, &errOut)
		if status != failed || !strings.Contains(errOut.String(), "standard output: no space left") {
			t.Errorf("%v: status %d, printed %s", args, status, &errOut)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A person on a terminal is asked, and asked again until the answer is one.
func TestAsk(t *testing.T) {
	dir := t.TempDir()
	var out, errOut bytes.Buffer
	status := run(t.Context(), []string{"-out", dir}, true, strings.NewReader("what?\nyes\n"), &out, &errOut)
	if status != fine || errOut.Len() > 0 || strings.Count(out.String(), "yes or no?") != 2 {
		t.Errorf("status %d, printed %s%s", status, &out, &errOut)
	}
	if r := readReport(t, dir); r.Run.State != "succeeded" {
		t.Errorf("state %s", r.Run.State)
	}
	if list := content(t, filepath.Join(dir, blocklistDir, listFile)); !strings.Contains(list, "accounts-example-com.example.net") {
		t.Errorf("the blocklist holds %q", list)
	}
}
