package playbook

import (
	"time"

	"github.com/soarkit/soarkit/internal/jsontree"
)

// A Playbook is a typed, read-only view of a CACAO 2.0 playbook. It comes from
// [Decode] or [Read]; the zero value is an empty playbook that is not valid.
//
// Decoding is forgiving: a property that is missing or of the wrong type is the
// zero value here, and [Playbook.Validate] says so. The document itself is kept
// as it was read, so that unknown properties survive; changing a field changes
// the view only. Lists and dictionaries are in document order. A Playbook may
// be used by many goroutines at once as long as none changes it.
type Playbook struct {
	Type        string // "playbook"
	SpecVersion string // "cacao-2.0"
	ID          string // playbook--UUID
	Name        string
	Description string
	Types       []string // playbook_types
	Activities  []string // playbook_activities
	CreatedBy   string   // identity--UUID
	Created     time.Time
	Modified    time.Time // the version; equal to Created for the first one
	Revoked     bool
	ValidFrom   time.Time // zero: from ever
	ValidUntil  time.Time // zero: for ever
	DerivedFrom []string
	RelatedTo   []string
	Priority    int // 1 is the highest, 100 the lowest; 0 is undefined
	Severity    int // 0 to 100; 0 is undefined
	Impact      int // 0 to 100; 0 is undefined
	Labels      []string
	References  []Reference
	Markings    []string // identifiers of DataMarkings

	Variables    []Variable // playbook_variables
	Start        string     // workflow_start
	Exception    string     // workflow_exception; "" if there is none
	Steps        []*Step    // workflow
	Agents       []*AgentTarget
	Targets      []*AgentTarget
	Auth         []*AuthInfo
	DataMarkings []*DataMarking

	root    *jsontree.Node
	steps   map[string]*Step
	agents  map[string]*AgentTarget
	targets map[string]*AgentTarget
}

// Step returns the step with an identifier, or nil.
func (p *Playbook) Step(id string) *Step { return p.steps[id] }

// Agent returns the agent with an identifier, or nil.
func (p *Playbook) Agent(id string) *AgentTarget { return p.agents[id] }

// Target returns the target with an identifier, or nil. An agent may be a
// target as well.
func (p *Playbook) Target(id string) *AgentTarget {
	if t := p.targets[id]; t != nil {
		return t
	}
	return p.agents[id]
}

// Variable returns the playbook variable with a name, and whether there is one.
func (p *Playbook) Variable(name string) (Variable, bool) { return findVariable(p.Variables, name) }

// ValidAt tells whether the playbook may be used at a time: not revoked, and
// within valid_from and valid_until.
func (p *Playbook) ValidAt(t time.Time) bool {
	return !p.Revoked && !t.Before(p.ValidFrom) && (p.ValidUntil.IsZero() || t.Before(p.ValidUntil))
}

// MarshalJSON returns the document as it was read, byte for byte but for the
// white space that encoding/json removes. A Playbook that was not decoded
// gives null.
func (p *Playbook) MarshalJSON() ([]byte, error) {
	if p.root == nil {
		return []byte("null"), nil
	}
	return p.root.AppendJSON(nil), nil
}

// A StepType is the type of a workflow step.
type StepType string

// The step types of CACAO 2.0: a closed vocabulary.
const (
	StartStep           StepType = "start"
	EndStep             StepType = "end"
	ActionStep          StepType = "action"
	PlaybookActionStep  StepType = "playbook-action"
	ParallelStep        StepType = "parallel"
	IfConditionStep     StepType = "if-condition"
	WhileConditionStep  StepType = "while-condition"
	SwitchConditionStep StepType = "switch-condition"
)

// A Step is one step of a workflow. Only the fields of its type are set.
type Step struct {
	ID          string
	Type        StepType
	Name        string
	Description string
	Owner       string // identity--UUID
	Delay       time.Duration
	Timeout     time.Duration // 0: none of its own
	Variables   []Variable    // step_variables
	References  []Reference

	OnCompletion, OnSuccess, OnFailure string // step identifiers; "" if not given

	Commands        []Command // action
	Agent           string    // action
	Targets         []string  // action
	InArgs, OutArgs []string  // action, playbook-action: variable names

	PlaybookID      string // playbook-action
	PlaybookVersion string // playbook-action: the modified of the version, or "" for the latest

	NextSteps []string // parallel

	Condition       string // if-condition, while-condition
	OnTrue, OnFalse string // if-condition; while-condition has OnTrue only

	Switch string // switch-condition: a reference such as __verdict__:value
	Cases  []Case // switch-condition

	node *jsontree.Node
}

// Label returns the step's name, or its identifier if it has none.
func (s *Step) Label() string {
	if s.Name != "" {
		return s.Name
	}
	return s.ID
}

// A Case is one case of a switch-condition. The value "default" matches when no
// other case does.
type Case struct {
	Value string
	Step  string

	node *jsontree.Node
}

// DefaultCase is the value of the [Case] that matches when no other does.
const DefaultCase = "default"

// A Command is one command of an action step.
type Command struct {
	Type        string // an open vocabulary
	Description string
	Version     string
	Activity    string // playbook_activity
	Command     string // as written, with references to variables
	CommandB64  string
	Headers     []Header // http-api, openc2-http
	Content     string   // http-api and catalog operations
	ContentB64  string

	node *jsontree.Node
}

// A Header is one HTTP header of a command with its values.
type Header struct {
	Name   string
	Values []string
}

// An AgentTarget is an agent that carries out commands, or a target on which
// they are carried out.
type AgentTarget struct {
	ID          string
	Type        string // an open vocabulary
	Name        string
	Description string
	Address     []Address
	Port        string
	Auth        string // authentication_info
	Category    []string

	node *jsontree.Node
}

// An Address is the addresses of one kind: "dname", "ipv4", "ipv6", "l2mac",
// "vlan" or "url".
type Address struct {
	Kind   string
	Values []string
}

// An AuthInfo says how an agent or target knows who is asking. It shows no
// secret, even if the playbook's author wrote one there: executors read those
// themselves.
type AuthInfo struct {
	ID   string
	Type string // "http-basic", "user-auth", "oauth2" or another
	Name string
	KMS  bool
	Key  string // kms_key_identifier

	node *jsontree.Node
}

// A DataMarking says who may receive a playbook. Only the fields of its type
// are set.
type DataMarking struct {
	ID        string
	Type      string // "marking-statement", "marking-tlp" or "marking-iep"
	Name      string
	TLP       string // marking-tlp: such as "TLP:AMBER"
	Statement string // marking-statement

	node *jsontree.Node
}

// A Reference is a pointer to a document outside of the playbook.
type Reference struct {
	Name, Description, Source, URL, ExternalID, ReferenceID string
}
