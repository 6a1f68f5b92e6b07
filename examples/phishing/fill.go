package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector/mail"
	"github.com/soarkit/soarkit/connector/sightings"
	"github.com/soarkit/soarkit/workflow"
)

// report returns what is known by now of a run in the given state.
func (t *triage) report(run string, state workflow.State) *report {
	sum := sha256.Sum256(t.source)
	practice, _ := t.playbook.Practice()
	r := &report{
		Marking:   reportMarking.String(),
		Generated: time.Now().UTC().Truncate(time.Millisecond),
		Playbook: playbookReport{ID: t.playbook.ID, Name: t.playbook.Name, Version: t.playbook.Modified, SHA256: hex.EncodeToString(sum[:]),
			Goal: practice.Goal, Owner: practice.Owner},
		Mail: mailReport{File: t.workspace.mail, SHA256: t.workspace.sum},
		Run: runReport{ID: run, State: state.String(), Started: t.began.UTC().Truncate(time.Millisecond),
			Duration: milliseconds(time.Since(t.began)), Steps: t.follow.report()},
		Decisions: t.follow.decisions.all(),
	}
	r.conclude()
	r.fill(&t.record)
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

func (r *report) wait(questions []workflow.Pending, goOn string) {
	r.Waiting = &waitingReport{GoOn: goOn}
	for _, q := range questions {
		r.Waiting.Questions = append(r.Waiting.Questions, q.Prompt.Text)
	}
}

// write completes the report with the evidence, and writes both forms of it, each
// as a whole.
func (t *triage) write(r *report) error {
	evidenceErr := r.collect(t.workspace)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	runbook := t.playbook.Markdown(&t.follow.record)
	return errors.Join(evidenceErr,
		t.workspace.write(reportJSON, append(text, '\n')),
		t.workspace.write(reportMarkdown, []byte(r.markdown(runbook))))
}
