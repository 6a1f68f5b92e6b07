package playbook

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A Mode says how strictly a playbook is judged. The zero value is Strict.
type Mode uint8

// The modes. They find the same problems and differ in their severity.
const (
	// Strict holds a playbook to every MUST of the specification and to our
	// decisions where it is silent. Use it for playbooks that you write.
	Strict Mode = iota
	// Spec holds a playbook to the MUSTs of the specification; what only this
	// package decides is a warning. Use it for playbooks that others write.
	Spec
	// Lenient calls an error only what keeps a playbook from being read or run.
	// Use it for what is found in the wild. It also takes the condition forms
	// listed at [ParseCondition].
	Lenient
)

var modeNames = [...]string{"strict", "spec", "lenient"}

// String returns "strict", "spec" or "lenient".
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// MarshalText returns the text of String; it fails for any other value.
func (m Mode) MarshalText() ([]byte, error) {
	if int(m) >= len(modeNames) {
		return nil, fmt.Errorf("playbook: no such mode: %d", uint8(m))
	}
	return []byte(modeNames[m]), nil
}

// UnmarshalText reads what MarshalText writes.
func (m *Mode) UnmarshalText(text []byte) error {
	i := slices.Index(modeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("playbook: mode %q is none of %s", text, strings.Join(modeNames[:], ", "))
	}
	*m = Mode(i)
	return nil
}

// A Rule is one thing that [Playbook.Validate] looks at.
type Rule struct {
	Code    string // stable, such as "ST-05"
	Section string // where the rule comes from: a heading of the specification, or "soarkit" where it is silent
	Text    string // the rule in one sentence
	levels  [3]Severity
}

// Severity returns how bad a violation is in a mode.
func (r Rule) Severity(m Mode) Severity { return r.levels[min(int(m), len(r.levels)-1)] }

// Rules yields every rule, ordered by code.
func Rules() iter.Seq[Rule] {
	return slices.Values(rules)
}

// lookupRule returns severity and section of a rule. A code without a row is a
// mistake of this package (a test looks for them); it is loud, not silent.
func lookupRule(code string, m Mode) (Severity, string) {
	i, ok := slices.BinarySearchFunc(rules, code, func(r Rule, code string) int { return strings.Compare(r.Code, code) })
	if !ok {
		return Error, "soarkit"
	}
	return rules[i].Severity(m), rules[i].Section
}

// The classes of rules: severity in Strict, Spec and Lenient.
var (
	fatal  = [3]Severity{Error, Error, Error}       // could not be read or run
	must   = [3]Severity{Error, Error, Warning}     // a MUST of the specification
	ours   = [3]Severity{Error, Warning, Warning}   // our decision, or beyond the published schemas
	should = [3]Severity{Warning, Warning, Warning} // a SHOULD, or a trap
	note   = [3]Severity{Info, Info, Info}
)

// rules is ordered by code (a test holds that).
var rules = []Rule{
	{"ACT-00", "CACAO 2.0: Action Step", "an action step has commands and an agent", must},
	{"ACT-01", "CACAO 2.0: Action Step", "each command can be carried out by the step's agent", should},
	{"AT-00", "CACAO 2.0: Agents and Targets", "an agent or target has a type, a name and what its type requires", must},
	{"AT-01", "CACAO 2.0: Network Address", "an address has lists of text under dname, ipv4, ipv6, l2mac, vlan or url", must},
	{"AT-02", "CACAO 2.0: Network Address", "an address is well formed or a variable's value", must},
	{"AT-04", "CACAO 2.0: Agents and Targets", "a port is text that holds a number from 1 to 65535", must},
	{"AT-05", "CACAO 2.0: Authentication Information", "authentication information is defined in the playbook", fatal},
	{"AT-06", "CACAO 2.0: Civic Location", "latitude and longitude come together and within their ranges", must},
	{"AT-07", "CACAO 2.0: Contact Information", "a contact's e-mail is an address", should},
	{"AU-00", "CACAO 2.0: Authentication Information", "authentication information has a type and what it requires", must},
	{"AU-01", "CACAO 2.0: Authentication Information", "kms and kms_key_identifier come together", must},
	{"CM-01", "CACAO 2.0: Commands", "a command has a type and what its type requires", must},
	{"CM-02", "CACAO 2.0: Commands", "base64 text can be decoded", must},
	{"CM-03", "CACAO 2.0: HTTP API Command", "an http-api command is a start line: method, target, version", must},
	{"CM-04", "CACAO 2.0: OpenC2 HTTP Command", "an openc2-http command is a POST with JSON content", must},
	{"CM-05", "soarkit", "a catalog operation's name is plain and its content is JSON", fatal},
	{"CO-01", "CACAO 2.0: Conditions", "a condition is a comparison expression of the STIX patterning language", fatal},
	{"CO-02", "CACAO 2.0: Conditions", "a condition compares declared variables with values of their type", must},
	{"CO-04", "soarkit", "a condition in a form seen in use is understood, but not portable", should},
	{"DICT-01", "CACAO 2.0: Dictionary", "dictionary keys are letters, digits, - and _, at most 250", ours},
	{"DM-00", "CACAO 2.0: Data Markings", "a data marking has an id, a creator, a time and what its type requires", must},
	{"DM-01", "CACAO 2.0: Data Markings", "a data marking's key is its id", must},
	{"DM-02", "CACAO 2.0: TLP Marking", "TLP markings use the committee's identifiers", should},
	{"ENC-01", "CACAO 2.0: Serialization", "a playbook is one JSON object in UTF-8 without duplicate keys", fatal},
	{"ENC-02", "CACAO 2.0: Serialization", "empty lists and dictionaries are left out, and values have their type", must},
	{"ENC-03", "CACAO 2.0: Extensions", "properties are those of the specification; others belong in an extension", must},
	{"ENC-04", "soarkit", "a playbook has few enough problems to list them all", note},
	{"EX-01", "CACAO 2.0: Extension Definition", "extensions in use are defined in the playbook", must},
	{"EX-02", "CACAO 2.0: Extension Definition", "an extension's version is a semantic version", should},
	{"GR-01", "CACAO 2.0: Workflows", "a branch has its own end and shares no step with another", must},
	{"GR-02", "CACAO 2.0: Workflows", "steps form no cycle; a while-condition repeats", fatal},
	{"GR-03", "soarkit", "a workflow is small enough to be laid out", fatal},
	{"GR-04", "CACAO 2.0: Workflows", "every step can be reached", should},
	{"ID-01", "CACAO 2.0: Identifiers", "an identifier is its object's type, two hyphens and a UUID", must},
	{"ID-02", "CACAO 2.0: Identifiers", "a UUID is used for one object only", must},
	{"ID-03", "CACAO 2.0: Identifiers", "a step's identifier is a UUID of version 4", must},
	{"ID-04", "CACAO 2.0: Identifiers", "a deterministic playbook identifier is made from name and playbook_types", note},
	{"ID-05", "soarkit", "an identifier is a UUID of version 1 to 5", [3]Severity{Error, Warning, Info}},
	{"IF-01", "CACAO 2.0: If Condition Step", "an if-condition has a condition and on_true", fatal},
	{"PA-00", "CACAO 2.0: Playbook Action Step", "a playbook-action names a playbook", fatal},
	{"PA-04", "soarkit", "a playbook does not call itself", fatal},
	{"PAR-01", "CACAO 2.0: Parallel Step", "a parallel step has two or more different next_steps", must},
	{"PAR-02", "soarkit", "two branches of a parallel step do not write one variable", should},
	{"PB-00", "CACAO 2.0: Playbook Properties", "a playbook has its required properties", must},
	{"PB-01", "CACAO 2.0: Playbook Properties", "creators and owners are STIX identities", must},
	{"PB-02", "CACAO 2.0: Playbook Properties", "modified is not before created", must},
	{"PB-03", "CACAO 2.0: Playbook Properties", "valid_until is after valid_from", must},
	{"PB-04", "CACAO 2.0: Playbook Properties", "description, playbook_types and playbook_activities are given", note},
	{"PB-05", "CACAO 2.0: Playbook Properties", "playbook types need a playbook activity", should},
	{"PB-06", "CACAO 2.0: Playbook Properties", "each playbook activity is that of a command", should},
	{"PB-07", "CACAO 2.0: Playbook Properties", "derived_from names playbooks", must},
	{"PB-08", "CACAO 2.0: Playbook Properties", "priority, severity and impact are whole numbers from 0 to 100", must},
	{"PB-09", "CACAO 2.0: Playbook Properties", "industry_sectors lists each sector in use", should},
	{"PB-10", "CACAO 2.0: Data Markings", "markings are defined in the playbook", must},
	{"PB-11", "CACAO 2.0: Playbook Properties", "workflow_start is the one start step", fatal},
	{"PB-12", "CACAO 2.0: Playbook Properties", "workflow_exception is a step of the workflow", fatal},
	{"PB-13", "CACAO 2.0: Workflows", "a workflow has a start, work to do and an end", must},
	{"PB-14", "CACAO 2.0: Playbook Properties", "agents and targets in use are defined in the playbook", must},
	{"PB-15", "CACAO 2.0: Playbook Processing Summary", "the processing summary says what is in the playbook", should},
	{"PB-16", "CACAO 2.0: External Reference", "an external reference has a name", must},
	{"PB-17", "soarkit", "definitions are used", note},
	{"PB-18", "CACAO 2.0: Playbook Properties", "external_references lists each reference in use", should},
	{"RUN-01", "soarkit", "each command has an executor", fatal},
	{"RUN-02", "soarkit", "the policy allows what the playbook does", fatal},
	{"RUN-03", "soarkit", "each command is one that its executor can carry out", fatal},
	{"RUN-04", "soarkit", "called playbooks are found, and not called by themselves", fatal},
	{"RUN-05", "soarkit", "a playbook that is run is neither revoked nor out of its time", fatal},
	{"SG-00", "CACAO 2.0: Signature", "a signature has its required properties and one kind of key", must},
	{"SG-04", "CACAO 2.0: Signature", "a signature is about this version of this playbook", should},
	{"ST-00", "CACAO 2.0: Workflow Step Common Properties", "a step is an object with a type", fatal},
	{"ST-01", "CACAO 2.0: Workflow Step Common Properties", "on_completion excludes on_success and on_failure", must},
	{"ST-02", "CACAO 2.0: Start Step", "a start step goes on with on_completion only", must},
	{"ST-03", "CACAO 2.0: End Step", "an end step goes nowhere", must},
	{"ST-04", "CACAO 2.0: Workflow Step Common Properties", "a step that is no end has a way forward", must},
	{"ST-05", "CACAO 2.0: Workflow Step Common Properties", "every next step is a step of the workflow", fatal},
	{"ST-06", "CACAO 2.0: Workflow Step Common Properties", "delay and timeout are milliseconds, 0 or more", must},
	{"ST-07", "soarkit", "a timeout of 0 means no timeout of the step's own", should},
	{"ST-10", "CACAO 2.0: Variable Scope", "a step variable does not hide a playbook variable", should},
	{"SW-01", "CACAO 2.0: Switch Condition Step", "a switch compares a variable with cases that lead to steps", fatal},
	{"TS-01", "CACAO 2.0: Timestamp", "a timestamp is in UTC as RFC 3339 writes it", must},
	{"TS-02", "CACAO 2.0: Timestamp", "a timestamp is a real date and time", must},
	{"TS-03", "CACAO 2.0: Timestamp", "created and modified have exactly three decimal places", must},
	{"VA-01", "CACAO 2.0: Variables", "a variable's name stands between two underscores on both sides", must},
	{"VA-02", "CACAO 2.0: Variables", "a variable's name begins with a letter and is in lower case", should},
	{"VA-03", "CACAO 2.0: Variables", "a variable's value is written __name__:value", must},
	{"VA-05", "CACAO 2.0: Variables", "a constant is not assigned to", must},
	{"VA-06", "CACAO 2.0: Variables", "only playbook variables are external", should},
	{"VA-07", "CACAO 2.0: Variables", "a variable has a type, and a value that is text, a dictionary or null", must},
	{"VA-08", "CACAO 2.0: Variables", "a variable's value is of its type", should},
	{"VA-09", "CACAO 2.0: Variables", "variables in use are declared", must},
	{"VA-10", "soarkit", "declared variables are used", note},
	{"VA-12", "CACAO 2.0: Authentication Information", "secrets come from variables or a key management system", should},
	{"VA-13", "soarkit", "variables are not written into the text of a shell command", should},
	{"VOC-01", "CACAO 2.0: Vocabularies", "terms of an open vocabulary are known", note},
	{"VOC-02", "CACAO 2.0: Vocabularies", "terms of a closed vocabulary are its own", fatal},
	{"WH-01", "CACAO 2.0: While Condition Step", "a while-condition has a condition and on_true", fatal},
}
