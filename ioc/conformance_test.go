package ioc_test

import (
	"slices"
	"testing"

	"github.com/soarkit/soarkit/internal/conformance"
	"github.com/soarkit/soarkit/ioc"
)

// refused is the one list of reference cases, by file and place in it, where
// this package disagrees with another tool on purpose, with the reason. A case
// that disagrees without being here fails its test, and so does one that is
// here and agrees.
var refused = map[string]map[int]string{
	"xioc": {
		19: "x.zip is a file unless it was defanged, in a URL or in loose mode",
		23: "underscores are kept as part of a host name below the registered one",
		60: "a file name at the end of a URL's path is no domain, also where its extension is a top-level domain",
	},
	"go-ioc": {
		46: slashKept, 50: slashKept, 51: slashKept,
		75: yearOfCVE, 77: yearOfCVE,
	},
	"msticpy":     {12: "hexadecimal digits that touch a letter are no digest"},
	"iocsearcher": {88: "an alias of a function holds no spaces"},
	"ninoseki": {
		0: "names keep their labels beyond ASCII, and four numbers with loose spaces around a dot are no address",
		2: "commas stand for dots in loose mode only; a host with a path and no scheme is a URL only where it is an address; tcp is a scheme",
	},
	"refang_ioc-fanger": {
		13: hyphenDot, 14: hyphenDot, 173: hyphenDot,
		16: commasKept, 178: commasKept, 179: commasKept, 180: commasKept, 181: commasKept, 185: commasKept, 186: commasKept, 187: commasKept,
		29: otherSpelling,
		35: halfBracket, 36: halfBracket, 156: halfBracket, 159: halfBracket,
		47: bracketLost, 108: bracketLost, 110: bracketLost,
		76: gluedWord, 83: gluedWord, 142: gluedWord,
	},
	"refang_go-ioc": {
		2: otherSpelling, 3: otherSpelling, 10: otherSpelling, 11: otherSpelling, 12: otherSpelling,
		22: gluedWord,
		23: `" at " in small letters is prose: look at test.com`,
	},
	"refang_ninoseki": {
		9:  "behind a path, [:] is no port's colon",
		10: marksAlone, 11: marksAlone, 12: marksAlone,
		13: "refanging does not resolve names",
		14: "refanging keeps the script a name is written in",
	},
}

const (
	slashKept     = "the slash at the end of a URL is part of it"
	yearOfCVE     = "CVE ids begin in 1999, and this package knows years up to 2099"
	hyphenDot     = "bad-dot-com may be a label, and prose"
	commasKept    = "numbers with commas are prose; extraction takes them for an address in loose mode"
	otherSpelling = "other tools choose other marks: ours are [@], [.] and hxxp://, in the host only"
	halfBracket   = "a half bracket before or behind a dot is in use as a mark"
	bracketLost   = "a bracket of the text around is not deleted"
	gluedWord     = "AT and DOT within a word are part of it"
	marksAlone    = "marks without a name around them are not an indicator"
)

// An extractionVerdict says what a text holds, for the types in Checked.
type extractionVerdict struct {
	ID      string              `json:"id"`
	Text    string              `json:"text"`
	Expect  map[string][]string `json:"expect"`
	Checked []string            `json:"checked"`
}

func TestConformanceExtract(t *testing.T) {
	for _, suite := range []struct {
		file  string
		least int // how many must agree
	}{
		{"traps", 40}, {"xioc", 100}, {"go-ioc", 86}, {"msticpy", 12}, {"iocsearcher", 245}, {"ninoseki", 9},
	} {
		t.Run(suite.file, func(t *testing.T) {
			cases := conformance.Lines[extractionVerdict](t, "ioc/"+suite.file+".jsonl")
			compare(t, suite.file, suite.least, len(cases), func(i int) (text string, want, got []string) {
				return cases[i].Text, cases[i].wanted(), cases[i].found()
			})
		})
	}
}

func TestConformanceRefang(t *testing.T) {
	for _, suite := range []struct {
		file  string
		least int
	}{
		{"refang_ioc-fanger", 160}, {"refang_go-ioc", 28}, {"refang_ninoseki", 9},
	} {
		t.Run(suite.file, func(t *testing.T) {
			cases := conformance.Lines[struct {
				Op     string `json:"op"`
				Text   string `json:"text"`
				Expect string `json:"expect_text"`
			}](t, "ioc/"+suite.file+".jsonl")
			compare(t, suite.file, suite.least, len(cases), func(i int) (text string, want, got []string) {
				c := cases[i]
				out := ioc.Refang(c.Text)
				if c.Op == "defang" {
					out = ioc.Defang(c.Text)
				}
				return c.Text, []string{c.Expect}, []string{out}
			})
		})
	}
}

// compare holds n cases of a file against what is refused of it.
func compare(t *testing.T, file string, least, n int, verdict func(i int) (text string, want, got []string)) {
	t.Helper()
	agreed := 0
	for i := range n {
		text, want, got := verdict(i)
		same := slices.Equal(want, got)
		reason, listed := refused[file][i]
		if same {
			agreed++
		}
		if same == listed {
			t.Errorf("%s %d: %.200q\n\twant %q\n\tgot  %q\n\tlisted as refused: %q", file, i, text, want, got, reason)
		}
	}
	t.Logf("%s: %d of %d agree", file, agreed, n)
	if agreed < least {
		t.Errorf("%s: %d of %d agree, want at least %d", file, agreed, n, least)
	}
}

// wanted returns the expected values in canonical form, with their types.
func (c extractionVerdict) wanted() []string {
	var out []string
	for name, values := range c.Expect {
		if !slices.Contains(c.Checked, name) {
			continue
		}
		for _, v := range values {
			if typ, err := ioc.ParseType(name); err == nil {
				if i, err := ioc.ParseAs(typ, v); err == nil {
					v = i.Value()
				}
			}
			out = append(out, name+" "+v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c extractionVerdict) found() []string {
	var out []string
	for _, m := range ioc.Extract(c.Text) {
		if name := m.Indicator.Type().String(); slices.Contains(c.Checked, name) {
			out = append(out, name+" "+m.Indicator.Value())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
