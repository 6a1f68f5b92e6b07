package playbook_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/soarkit/soarkit/playbook"
)

// chain makes a playbook of n actions, every tenth behind a decision.
func chain(n int) []byte {
	steps := map[string]object{"start:s": {"on_completion": "action:1"}, "end:e": {}}
	for i := 1; i <= n; i++ {
		ref, next := fmt.Sprintf("action:%d", i), fmt.Sprintf("action:%d", i+1)
		if i == n {
			next = "end:e"
		}
		steps[ref] = object{"commands": commands("look at __host__:value"), "out_args": out("__verdict__"), "on_completion": next}
		if i%10 == 0 {
			decision := fmt.Sprintf("if-condition:%d", i)
			branch, end := fmt.Sprintf("action:b%d", i), fmt.Sprintf("end:b%d", i)
			steps[ref]["on_completion"] = decision
			steps[decision] = object{"condition": "__verdict__:value = 'bad'", "on_true": branch, "on_completion": next}
			steps[branch] = object{"on_completion": end}
			steps[end] = object{}
		}
	}
	data, err := json.Marshal(document(steps, object{"__host__": text("x"), "__verdict__": object{"type": "string"}}))
	if err != nil {
		panic(err)
	}
	return data
}

// BenchmarkLoadValidate decodes a playbook and validates it in strict mode; the
// baseline is encoding/json into maps, which checks nothing.
func BenchmarkLoadValidate(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		data := chain(n)
		b.Run(fmt.Sprintf("n=%d/soarkit", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				p, err := playbook.Decode(data)
				if err != nil {
					b.Fatal(err)
				}
				for _, problem := range p.Validate(playbook.Strict) {
					if problem.Severity == playbook.Error {
						b.Fatal(problem)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("n=%d/encoding-json", n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var v map[string]any
				if err := json.Unmarshal(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCompile makes a decoded playbook ready to run, validation included;
// the baseline is the validation alone.
func BenchmarkCompile(b *testing.B) {
	var s script
	opts := playbook.Options{Executors: s.executor()}
	for _, n := range []int{10, 100, 1000} {
		p, err := playbook.Decode(chain(n))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("n=%d/compile", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := playbook.Compile(b.Context(), p, opts); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("n=%d/validate", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Validate(playbook.Strict)
			}
		})
	}
}
