package pattern

// A Pattern is a parsed STIX pattern. Its tree may be read by many goroutines at
// once; change one only while nobody else holds it.
type Pattern struct {
	Root Observation
}

// An ObservationOp says what an [Observation] is.
type ObservationOp uint8

// The observation expressions, STIX 2.1 §9.5.
const (
	Bracket    ObservationOp = iota // [comparison]: one observation satisfies it
	Group                           // (operand), for its qualifiers or as written
	All                             // operands joined by AND: each on observations of its own
	Any                             // operands joined by OR
	FollowedBy                      // operands in this order of time
)

// An Observation is a node of the upper level of a pattern, which speaks about
// observations and time.
type Observation struct {
	Op         ObservationOp
	Comparison *Comparison   // of a Bracket, nil otherwise
	Operands   []Observation // one of a Group; two or more of All, Any and FollowedBy
	Qualifiers []Qualifier   // of a Bracket or Group, in the order written
	Offset     int           // where it begins in the text, in bytes
}

// A QualifierKind says what a [Qualifier] is.
type QualifierKind uint8

// The qualifiers, STIX 2.1 §9.5.1.
const (
	Within    QualifierKind = iota // WITHIN n SECONDS
	Repeats                        // REPEATS n TIMES
	StartStop                      // START t'…' STOP t'…'
)

// A Qualifier restricts the observations that an expression may match.
type Qualifier struct {
	Kind    QualifierKind
	Seconds Value // of Within: an integer or float above zero
	Times   int   // of Repeats: 1 to [MaxRepeats]
	Start   Value // of StartStop: a timestamp, included
	Stop    Value // of StartStop: a timestamp, not included
	Offset  int
}

// An Op says what a [Comparison] is.
type Op uint8

// The comparison expressions, STIX 2.1 §9.6.
const (
	And Op = iota // Args joined by AND
	Or            // Args joined by OR
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	In         // one of Set
	Like       // Right with the wildcards % and _
	Matches    // Right is a regular expression
	IsSubset   // an address or network within the network Right
	IsSuperset // a network that contains the address or network Right
	Exists     // Left is there
)

var opNames = [...]string{"AND", "OR", "=", "!=", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS"}

// String returns the operator as patterns write it.
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return "?"
}

// A Comparison is a node of the lower level, within the brackets: it is a test
// of one property, or tests joined by AND or OR. It is also what a condition
// consists of; see [ConditionSyntax].
type Comparison struct {
	Op      Op
	Negated bool         // a NOT b; in conditions also NOT (…)
	Parens  int          // pairs of parentheses around it, as written
	Left    Path         // of a test
	Right   Value        // of a test other than In and Exists
	Set     []Value      // of In; may be empty
	Args    []Comparison // of And and Or, two or more
	Offset  int          // where it begins in the text, in bytes
}

// A Path names properties of objects, such as file:hashes.'SHA-256'. In a
// condition it is an operand: Type is its text and there are no steps.
type Path struct {
	Type  string
	Steps []Step
}

// A StepKind says what a [Step] is.
type StepKind uint8

// The steps of a path, STIX 2.1 §9.7.
const (
	ByKey   StepKind = iota // .key or .'key'
	ByIndex                 // [n]
	AnyItem                 // [*]
)

// A Step leads from a value into it.
type Step struct {
	Kind   StepKind
	Quoted bool   // of ByKey: it was written in quotes, needed or not
	Index  int32  // of ByIndex; one below zero, which the grammar knows, finds nothing
	Key    string // of ByKey
}

// Comparisons calls f for each test of the pattern, in the order of the text.
func (p *Pattern) Comparisons(f func(*Comparison)) { p.Root.comparisons(f) }

func (o *Observation) comparisons(f func(*Comparison)) {
	if o.Comparison != nil {
		o.Comparison.Tests(f)
	}
	for i := range o.Operands {
		o.Operands[i].comparisons(f)
	}
}

// Tests calls f for each test below c, c included, in the order of the text. f
// may change what it is given: that is how conditions are fitted to the types of
// their operands.
func (c *Comparison) Tests(f func(*Comparison)) {
	if c.Op != And && c.Op != Or {
		f(c)
		return
	}
	for i := range c.Args {
		c.Args[i].Tests(f)
	}
}
