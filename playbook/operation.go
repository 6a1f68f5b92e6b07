package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/internal/jsontree"
)

// Operations returns the executor of commands of type [OperationCommand]: calls
// of operations of a catalog, under the catalog's policies.
//
// A command's command is the operation's name, such as "dns.enrich". Its content
// (or content_b64) is the input as JSON, "{}" if there is none. References stand
// within its strings: a string that is nothing but one reference becomes the
// variable's typed value, see [Call.SubstituteJSON]. The step's out_args take
// members of the JSON result, see [Call.OutputsFrom].
//
// [Compile] refuses operations that the catalog does not have, content that is
// not JSON, and out_args that the operation's output schema does not know.
func Operations(catalog *connector.Catalog) Executor {
	o := operations{catalog}
	return Executor{Execute: o.execute, Check: o.check, Changes: o.changes}
}

type operations struct{ catalog *connector.Catalog }

func (o operations) execute(ctx context.Context, c *Call) (Outputs, error) {
	if err := c.policy.allowOperation(c.Command.Command); err != nil {
		return nil, err
	}
	content, err := operationContent(c)
	if err != nil {
		return nil, err
	}
	input, err := c.SubstituteJSON(content, true)
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	result, err := o.catalog.Call(ctx, c.Command.Command, input)
	if err != nil {
		return nil, err
	}
	return c.OutputsFrom(result)
}

func operationContent(c *Call) (string, error) {
	content, err := c.Content()
	if content == "" {
		content = "{}"
	}
	return content, err
}

func (o operations) check(c *Call) error {
	name := c.Command.Command
	entry, ok := o.catalog.Lookup(name)
	if !ok {
		var names []string
		for e := range o.catalog.Entries() {
			names = append(names, e.Name)
		}
		return fmt.Errorf("there is no operation %s here%s", quote(name), nearest(name, names))
	}
	content, err := operationContent(c)
	if err != nil {
		return err
	}
	if _, err := jsontree.ParseString(content, contentLimits); err != nil {
		return fmt.Errorf("content: %w", err)
	}
	return checkOutputs(c, entry.Output)
}

// checkOutputs looks for members that a closed output schema does not have, so
// that a misspelt out_arg is found before the run.
func checkOutputs(c *Call, schema json.RawMessage) error {
	root, err := jsontree.Parse(schema, jsontree.Limits{})
	if err != nil {
		return nil // no schema, nothing to compare with
	}
	properties := root.Get("properties")
	if open, stated := root.Get("additionalProperties").Bool(); !stated || open || properties == nil {
		return nil
	}
	found, closed := foundProperties(root)
	if !closed {
		return nil
	}
	wanted := c.OutArgs()
	var known []string
	for _, members := range []*jsontree.Node{properties, found} {
		for name := range members.Members() {
			known = append(known, name)
		}
	}
	for _, v := range wanted {
		whole := len(wanted) == 1 && v.Type == Dictionary
		if name := memberName(v.Name); !slices.Contains(known, name) && !whole {
			return fmt.Errorf("out_args: the result of %s has no member %q for %s%s; it has %s", c.Command.Command, name, v.Name, nearest(name, known), joinAnd(known))
		}
	}
	return nil
}

// foundProperties returns the properties of what an enricher finds, which are
// those of its result's value. It reports false if that may have any.
func foundProperties(schema *jsontree.Node) (properties *jsontree.Node, closed bool) {
	value := schema.Get("properties").Get("value")
	if value == nil || !schema.Get("properties").Has("status") {
		return nil, true
	}
	if ref, isRef := value.Get("$ref").Text(); isRef {
		value = schema.At(strings.TrimPrefix(ref, "#"))
	}
	if kind, ok := value.Get("type").Text(); ok && kind != "object" {
		return nil, true
	}
	open, stated := value.Get("additionalProperties").Bool()
	return value.Get("properties"), stated && !open
}

func (o operations) changes(c *Call) bool {
	entry, ok := o.catalog.Lookup(c.Command.Command)
	return !ok || entry.Operation.Effect >= connector.Changes
}
