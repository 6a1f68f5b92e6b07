package pattern_test

import (
	"fmt"
	"strings"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// variable is the syntax of CACAO variables: two underscores, a name, two
// underscores and :value.
func variable(src string) int {
	rest, ok := strings.CutPrefix(src, "__")
	end := strings.Index(rest, "__:value")
	if !ok || end <= 0 || strings.ContainsAny(rest[:end], " ='") {
		return 0
	}
	return len("__") + end + len("__:value")
}

func ExampleConditionSyntax() {
	conditions := pattern.ConditionSyntax{Operand: variable, Example: "__name__:value"}
	condition, err := conditions.Parse("__verdict__:value = 'malicious' AND NOT (__score__:value < __limit__:value)")
	if err != nil {
		panic(err)
	}
	values := map[string]pattern.Value{
		"__verdict__:value": pattern.String("malicious"),
		"__score__:value":   pattern.Int(80),
		"__limit__:value":   pattern.Float(62.5),
	}
	fmt.Println(condition)
	fmt.Println(condition.Eval(func(operand string) (pattern.Value, error) { return values[operand], nil }))

	_, err = conditions.Parse("__verdict__:value = malicious")
	fmt.Println(err)
	// Output:
	// __verdict__:value = 'malicious' AND (__score__:value NOT < __limit__:value)
	// true <nil>
	// pattern: 1:21: syntax error: found "malicious"; expected a value: text in single quotes, a number, true, false, t'…', h'…' or b'…'
}
