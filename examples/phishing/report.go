package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/connector/sightings"
	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
)

// A report says what was reported, what was found, what was decided and why, and
// what was done. It is written as JSON for machines and as Markdown for people.
type report struct {
	Marking   string         `json:"marking"`
	Generated time.Time      `json:"generated"`
	Playbook  playbookReport `json:"playbook"`
	Mail      mailReport     `json:"mail"`
	Run       runReport      `json:"run"`
	Verdict   string         `json:"verdict,omitempty"` // by the evidence
	Score     int            `json:"score"`
	Reasons   []reason       `json:"reasons"`
	// Conclusion is what a person took the mail for where the evidence was not
	// clear: phishing or harmless.
	Conclusion  string            `json:"conclusion,omitempty"`
	ConcludedBy string            `json:"concluded_by,omitempty"`
	Decisions   []decisionReport  `json:"decisions"`
	Indicators  []indicatorReport `json:"indicators"`
	Actions     []action          `json:"actions"`
	Evidence    []fileReport      `json:"evidence"`
	Waiting     *waitingReport    `json:"waiting,omitempty"`
}

// reportMarking is who may read a report: it names who received the mail, who
// followed the link and who typed a password, and so stays in the organisation.
// (The playbook, which is quoted in it, has a marking of its own.)
const reportMarking = marking.TLPAmberStrict

type playbookReport struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Version time.Time `json:"modified"`
	SHA256  string    `json:"sha256"`
	Goal    string    `json:"goal,omitempty"`
	Owner   string    `json:"owner,omitempty"`
}

type mailReport struct {
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Subject   string `json:"subject,omitempty"`
	From      string `json:"from,omitempty"`
	MessageID string `json:"message_id,omitempty"`
	SPF       string `json:"spf,omitempty"`
	DKIM      string `json:"dkim,omitempty"`
	DMARC     string `json:"dmarc,omitempty"`
}

type runReport struct {
	ID       string       `json:"id"`
	State    string       `json:"state"`
	Started  time.Time    `json:"started"`
	Duration milliseconds `json:"duration_ms"`
	Error    string       `json:"error,omitempty"`
	Steps    []stepReport `json:"steps"` // those that started or were decided, in that order
}

type stepReport struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Outcome  string       `json:"outcome"`
	Started  time.Time    `json:"started,omitzero"`
	Duration milliseconds `json:"duration_ms"`
	Error    string       `json:"error,omitempty"`
}

// Milliseconds is a duration in JSON and in tables.
type milliseconds time.Duration

func (m milliseconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(float64(time.Duration(m).Microseconds()) / 1000)
}

// An indicatorReport is one indicator with every place where it was found.
type indicatorReport struct {
	Type     string   `json:"type"`
	Value    string   `json:"value"`
	Defanged string   `json:"defanged"`
	Roles    []string `json:"roles"`
	Where    []string `json:"where"`
	Related  []string `json:"related,omitempty"` // earlier cases
}

// An action is something that was done, found done, or left undone.
type action struct {
	What    string   `json:"what"`
	Outcome string   `json:"outcome"`
	Detail  []string `json:"detail,omitempty"`
	Warning bool     `json:"warning,omitempty"` // somebody must look after it
}

// A fileReport names one piece of evidence and where it is kept.
type fileReport struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Source string `json:"source"`
}

type waitingReport struct {
	Questions []string `json:"questions"`
	GoOn      string   `json:"go_on"` // the command that continues
}

// indicatorTable gathers the places of each indicator, in the order of types and
// values. Implied ones, such as the host of a URL, count as well.
func indicatorTable(d decision) []indicatorReport {
	rows := map[[2]string]*indicatorReport{}
	for _, i := range d.Indicators {
		key := [2]string{i.Type, i.Value}
		row := rows[key]
		if row == nil {
			row = &indicatorReport{Type: i.Type, Value: i.Value, Defanged: i.Defanged}
			rows[key] = row
		}
		row.Where = appendNew(row.Where, i.Where)
		row.Roles = appendNew(row.Roles, string(i.Role))
	}
	out := make([]indicatorReport, 0, len(rows))
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b indicatorReport) int {
		return cmp.Or(typeOrder(a.Type)-typeOrder(b.Type), strings.Compare(a.Value, b.Value))
	})
	return out
}

// relate notes which of the indicators earlier cases had.
func (r *report) relate(known *sightings.Related) {
	for _, k := range known.Known {
		for i := range r.Indicators {
			if r.Indicators[i].Type == k.Type.String() && r.Indicators[i].Value == k.Value {
				r.Indicators[i].Related = k.Cases
			}
		}
	}
}

func typeOrder(name string) int {
	t, err := ioc.ParseType(name)
	if err != nil {
		return 1 << 8 // behind all types
	}
	return int(t)
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
