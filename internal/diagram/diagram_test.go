package diagram_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/internal/diagram"
)

func sample() *diagram.Graph {
	g := &diagram.Graph{Title: "Contain"}
	start := g.AddNode(diagram.Node{Label: "start", Shape: diagram.Start})
	malicious := g.AddNode(diagram.Node{Label: "malicious?", Note: "__score__:value > 50", Shape: diagram.Diamond, State: diagram.Succeeded})
	group := g.AddGroup("malicious?: true", 0)
	block := g.AddNode(diagram.Node{Label: "block", State: diagram.Failed, Group: group})
	end := g.AddNode(diagram.Node{Label: "end", Shape: diagram.End, State: diagram.Skipped})
	g.AddEdge(diagram.Edge{From: start, To: malicious, Taken: true})
	g.AddEdge(diagram.Edge{From: malicious, To: block, Label: "true", Taken: true})
	g.AddEdge(diagram.Edge{From: block, To: end, Label: "failure", Line: diagram.Dashed})
	g.AddEdge(diagram.Edge{From: block, To: malicious, Label: "again", Line: diagram.Dotted})
	return g
}

func ExampleGraph_Mermaid() {
	fmt.Print(sample().Mermaid())
	// Output:
	// ---
	// title: "Contain"
	// ---
	// flowchart TD
	//   n1(["start"])
	//   n2{"malicious?<br/>__score__:value #62; 50<br/>✔ succeeded"}
	//   n4(["end<br/>– skipped"])
	//   subgraph g1 ["malicious?: true"]
	//     n3["block<br/>✖ failed"]
	//   end
	//   n1 --> n2
	//   n2 -->|"true"| n3
	//   n3 -.->|"failure"| n4
	//   n3 -.-|"again"| n2
	//   classDef succeeded fill:#dcf5e3,stroke:#1a7f37,color:#111
	//   classDef failed fill:#fde2e1,stroke:#b42318,color:#111
	//   classDef skipped fill:#f2f2f2,stroke:#767676,color:#111
	//   class n2 succeeded
	//   class n3 failed
	//   class n4 skipped
	//   linkStyle 0,1 stroke-width:3px
}

func TestDOT(t *testing.T) {
	want := `digraph playbook {
  label="Contain"
  labelloc=t
  rankdir=TB
  node [fontname="Helvetica", fontsize=11]
  edge [fontname="Helvetica", fontsize=10]
  n1 [label="start", shape=oval]
  n2 [label="malicious?\n__score__:value > 50\n✔ succeeded", shape=diamond, style=filled, fillcolor="#dcf5e3", color="#1a7f37"]
  n4 [label="end\n– skipped", shape=oval, style=filled, fillcolor="#f2f2f2", color="#767676"]
  subgraph cluster_1 {
    label="malicious?: true"
    style=rounded
    n3 [label="block\n✖ failed", shape=box, style=filled, fillcolor="#fde2e1", color="#b42318"]
  }
  n1 -> n2 [penwidth=3]
  n2 -> n3 [label="true", penwidth=3]
  n3 -> n4 [label="failure", style=dashed]
  n3 -> n2 [label="again", style=dotted, arrowhead=none]
}
`
	if diff := cmp.Diff(want, sample().DOT()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzLabels puts any text into every place for text, and looks whether the
// lines of the output are still those that a harmless text gives.
func FuzzLabels(f *testing.F) {
	for _, s := range []string{
		"plain", `"] --> n9["`, "a\nb", "```\n# heading", `\`, `\"`, "1. first", "- item", "#35;", "<script>alert(1)</script>",
		"---", "end", "\x00\x1b[31m", "\xff", "%%{init: {}}%%", `"; x [label="`, "&quot;", "a|b", "\u2028subgraph",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		make := func(s string) *diagram.Graph {
			g := &diagram.Graph{Title: s + "x"}
			group := g.AddGroup(s, 0)
			n := g.AddNode(diagram.Node{Label: s, Note: s + "x", Group: group})
			g.AddEdge(diagram.Edge{From: n, To: n, Label: s + "x"})
			return g
		}
		for kind, write := range map[string]func(*diagram.Graph) string{"Mermaid": (*diagram.Graph).Mermaid, "DOT": (*diagram.Graph).DOT} {
			got, plain := write(make(s)), write(make("a"))
			if strings.Count(got, "\n") != strings.Count(plain, "\n") {
				t.Errorf("%s: text has changed the lines:\n%s", kind, got)
			}
			for line := range strings.SplitSeq(got, "\n") {
				if kind == "Mermaid" && strings.Count(line, `"`) > 2 && !strings.HasPrefix(line, "title: ") {
					t.Errorf("text has left its quotes: %s", line)
				}
			}
			if kind == "Mermaid" && strings.Contains(got, "```") {
				t.Errorf("%s: text would end a fence", kind)
			}
		}
	})
}
