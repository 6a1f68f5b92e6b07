package workflow

import (
	"context"
	"fmt"
	"time"
)

// A Prompt is what a question shows to a person.
type Prompt struct {
	Text    string  `json:"text,omitzero"`    // the question, as text for a person
	Form    []Field `json:"form,omitzero"`    // what to fill in; empty for a plain yes or no
	Show    any     `json:"show,omitzero"`    // what the person should see to decide; must survive JSON
	YesNo   bool    `json:"yes_no,omitzero"`  // an approval: the answer's Yes decides; no denies the step
	By      string  `json:"by,omitzero"`      // who should answer; "" is the step's By
	Confirm string  `json:"confirm,omitzero"` // label of the button that says yes; "" lets the host choose
}

// A FieldType is the kind of value that a field of a form takes.
type FieldType string

// The types of fields. Answers are checked against them.
const (
	Text    FieldType = "text"    // a string
	Bool    FieldType = "bool"    // true or false
	Integer FieldType = "integer" // a whole number
	Number  FieldType = "number"  // a number
	Choice  FieldType = "choice"  // one of Options
	JSON    FieldType = "json"    // any JSON value
)

// A Field is one entry of a question's form.
//
// The answer to a secret field goes to the step and to nobody else: no event and no
// error holds it. Such a field has no default. A durable engine has to write the
// answer down, so it refuses a form with a secret field ([ErrCarry]) unless its
// journal keeps secrets: see [journal.SecretKeeper].
type Field struct {
	Name     string    `json:"name"`
	Type     FieldType `json:"type"`
	Label    string    `json:"label,omitzero"`
	Required bool      `json:"required,omitzero"`
	Options  []string  `json:"options,omitzero"` // of a choice
	Default  any       `json:"default,omitzero"` // of a field that is left out; fits Type
	Secret   bool      `json:"secret,omitzero"`  // a password, for instance
}

// A Person says who answers.
type Person struct {
	Name    string `json:"name"`
	Service bool   `json:"service,omitzero"` // a machine answers, not a human
}

// An Answer answers a question.
type Answer struct {
	Yes    bool           `json:"yes"`
	Values map[string]any `json:"values,omitzero"` // by field name
	By     Person         `json:"by"`              // who answers; Name must not be empty
	Reason string         `json:"reason,omitzero"`
}

// A Pending is a question that waits for its answer.
type Pending struct {
	Run      string    `json:"run"`
	Path     string    `json:"path"`  // the step instance that asks
	Nonce    string    `json:"nonce"` // differs for each time the question is asked
	Hash     string    `json:"hash"`  // of what was shown; an answer must be to this
	Prompt   Prompt    `json:"prompt"`
	Asked    time.Time `json:"asked"`
	Deadline time.Time `json:"deadline,omitzero"`
	Claimed  *Claim    `json:"claimed,omitzero"`
}

// A Claim says who is working on a question and since when.
type Claim struct {
	By Person    `json:"by"`
	At time.Time `json:"at"`
}

// An Answerer answers questions in process. It is called in a goroutine of its
// own; the error [ErrNoAnswer] leaves the question open, any other one too, but
// is reported by the event [QuestionUnanswered], and so are a panic and the end of
// its goroutine. An answer of it that names nobody counts as that of the service
// "answerer". Its context ends when the question is no longer open: what it
// returns then is of no interest to anybody.
type Answerer func(ctx context.Context, q Pending) (Answer, error)

// form checks the fields of a question.
func (c *checker) form(f *Frame, i int32, fields []Field) {
	if detail := badForm(fields); detail != "" {
		f.problem(i, ErrOption, detail)
	}
}

func badForm(fields []Field) string {
	seen := make(map[string]bool)
	for _, field := range fields {
		switch {
		case field.Name == "" || seen[field.Name]:
			return fmt.Sprintf("the form's field name %q is empty or used twice", field.Name)
		case field.Type == Choice && len(field.Options) == 0:
			return fmt.Sprintf("the choice %q has no options", field.Name)
		case field.Secret && field.Default != nil:
			return fmt.Sprintf("the secret field %q has a default, which all who are asked would see: leave it out", field.Name)
		case field.Default != nil && field.misfit(field.Default) != "":
			return fmt.Sprintf("the default of the field %q %s", field.Name, field.misfit(field.Default))
		}
		switch seen[field.Name] = true; field.Type {
		case Text, Bool, Integer, Number, Choice, JSON:
		default:
			return fmt.Sprintf("the field %q has the unknown type %q", field.Name, field.Type)
		}
	}
	return ""
}
