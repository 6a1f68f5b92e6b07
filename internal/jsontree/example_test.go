package jsontree_test

import (
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/internal/jsontree"
)

func Example() {
	doc, err := jsontree.Parse([]byte(`{"steps": {"s1": {"commands": [{"type": "bash", "x_own": 1.50}]}}}`), jsontree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	command := doc.Get("steps").Get("s1").Get("commands").Index(0)
	kind, _ := command.Get("type").Text()
	fmt.Println(kind, "at", command.Pointer(), "column", command.Pos().Column)

	_ = command.Set("type", jsontree.NewString("ssh"))
	fmt.Println(doc)
	// Output:
	// bash at /steps/s1/commands/0 column 32
	// {"steps": {"s1": {"commands": [{"type": "ssh", "x_own": 1.50}]}}}
}

func ExampleParse_refused() {
	_, err := jsontree.Parse([]byte("{\n  \"a\": 1,\n  \"a\": 2\n}"), jsontree.Limits{})
	fmt.Println(err)
	// Output:
	// json: line 3 column 3 (offset 14): duplicate key: "a", first given in line 2
}

func ExampleStream() {
	s := jsontree.NewStream(strings.NewReader(`{"type": "bundle", "objects": [{"id": 1}, {"id": 2}]}`), jsontree.Limits{})
	for key, err := range s.Members() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if key != "objects" {
			continue // checked and skipped
		}
		for object, err := range s.Elements() {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(object.Get("id"))
		}
	}
	// Output:
	// 1
	// 2
}
