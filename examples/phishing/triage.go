package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/connector/sightings"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/playbook"
	"github.com/soarkit/soarkit/workflow"
)

// triage runs the playbook over one mail and writes the report. The report is
// not nil if the run started; the error then says that it failed.
func triage(ctx context.Context, o options, in io.Reader, out io.Writer) (*report, error) {
	samples, err := findSamples()
	if err != nil {
		return nil, err
	}
	file := sample(o.playbook, samples, "playbooks", "phishing.json")
	source, p, err := loadPlaybook(file)
	if err != nil {
		return nil, err
	}
	w, err := openWorkspace(o.out, sample(o.mail, samples, "mail", "phishing.eml"), samples)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	rec := new(record)
	tools, err := openCatalog(w, samples, o.online, rec)
	if err != nil {
		return nil, err
	}
	defer tools.Close()
	program, err := playbook.Compile(ctx, p, playbook.Options{
		Executors: playbook.Executors{
			playbook.ManualCommand:    playbook.Manual(),
			playbook.OperationCommand: playbook.Operations(tools.catalog),
		},
		// What is learned from the mail may be shared with those who can help: the
		// guard lets it go to an abuse desk, and to nobody in public.
		Marking: marking.Marking{TLP: marking.TLPGreen},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	follow := &progress{playbook: p, out: out}
	began := time.Now()
	opts := []workflow.RunOption{workflow.RunID("phishing-" + w.sum[:16]), workflow.Observe(follow.observe)}
	if ask := answerer(o.approve, in, out); ask != nil {
		opts = append(opts, workflow.AnswerWith(follow.decisions.listen(ask)))
	}
	result, runErr := program.Run(ctx, map[string]string{"__mail__": w.mail}, opts...)
	if result == nil {
		return nil, runErr
	}
	r := newReport(w, p, source, rec, follow, result, began)
	if waiting, ok := errors.AsType[*workflow.WaitingError](runErr); ok {
		r.wait(waiting, o.goOn())
		runErr = nil
	}
	if runErr != nil {
		r.Run.Error = runErr.Error()
	}
	return r, errors.Join(runErr, r.collect(w), r.write(w, p, follow))
}

func loadPlaybook(name string) (source []byte, p *playbook.Playbook, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	source, err = io.ReadAll(io.LimitReader(f, playbook.MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	p, err = playbook.Decode(source)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return source, p, nil
}

func newReport(w *workspace, p *playbook.Playbook, source []byte, rec *record, follow *progress, result *playbook.Result, began time.Time) *report {
	sum := sha256.Sum256(source)
	practice, _ := p.Practice()
	r := &report{
		Generated: time.Now().UTC().Truncate(time.Millisecond),
		Playbook: playbookReport{ID: p.ID, Name: p.Name, Version: p.Modified, SHA256: hex.EncodeToString(sum[:]),
			Goal: practice.Goal, Owner: practice.Owner},
		Mail: mailReport{File: w.mail, SHA256: w.sum},
		Run: runReport{ID: result.Run(), State: result.State().String(), Started: began.UTC().Truncate(time.Millisecond),
			Duration: milliseconds(time.Since(began)), Steps: follow.report()},
		Decisions: follow.decisions.all(),
	}
	r.conclude()
	r.fill(rec)
	return r
}

// fill takes over what the operations answered.
func (r *report) fill(rec *record) {
	if d, ok := last[decision](rec); ok {
		r.Verdict, r.Score, r.Reasons = d.Verdict, d.Score, d.Reasons
		r.Mail.Subject, r.Mail.From, r.Mail.MessageID = d.Subject, d.Sender, d.MessageID
		r.Indicators = indicatorTable(d)
	}
	if h, ok := last[*mail.Headers](rec); ok {
		r.Mail.SPF, r.Mail.DKIM, r.Mail.DMARC = string(h.SPF.Result), string(h.DKIM.Result), string(h.DMARC.Result)
	}
	if known, ok := last[*sightings.Related](rec); ok {
		r.relate(known)
	}
	r.Actions = actions(rec)
}

// collect lists the files that the run rests on or made, with their digests.
func (r *report) collect(w *workspace) error {
	for _, dir := range []struct{ name, source string }{
		{mailDir, "the reported mail"}, {logsDir, "logs that were searched"}, {intelDir, "earlier cases"},
		{blocklistDir, "the blocklist"}, {outboxDir, "notifications, those of earlier runs among them"},
	} {
		err := fs.WalkDir(w.root.FS(), dir.name, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(d.Name(), ".lock") {
				return err
			}
			text, err := w.root.ReadFile(name)
			sum := sha256.Sum256(text)
			r.Evidence = append(r.Evidence, fileReport{name, hex.EncodeToString(sum[:]), int64(len(text)), dir.source})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *report) wait(e *workflow.WaitingError, goOn string) {
	r.Waiting = &waitingReport{GoOn: goOn}
	for _, q := range e.Questions {
		r.Waiting.Questions = append(r.Waiting.Questions, q.Prompt.Text)
	}
}

// write writes both forms of the report, each as a whole.
func (r *report) write(w *workspace, p *playbook.Playbook, follow *progress) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	runbook := p.Markdown(&follow.record)
	return errors.Join(w.write(reportJSON, append(text, '\n')), w.write(reportMarkdown, []byte(r.markdown(runbook))))
}
