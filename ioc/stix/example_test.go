package stix_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/marking"
	"github.com/soarkit/soarkit/ioc/stix"
)

func Example() {
	bundle := strings.NewReader(`{"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [
		{"type": "indicator", "spec_version": "2.1", "id": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
		 "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "valid_from": "2026-01-01T00:00:00Z",
		 "pattern": "[domain-name:value = 'evil.example.com']", "pattern_type": "stix"}]}`)
	for object, err := range stix.NewReader(bundle).Objects() {
		if err != nil {
			fmt.Println(err)
			return
		}
		indicator, err := stix.As[stix.Indicator](object)
		if err != nil {
			fmt.Println(err)
			continue
		}
		values, _ := stix.IndicatorsIn(indicator.Pattern)
		fmt.Println(indicator.ValidFrom.Time().Year(), values[0].Type(), values[0].Defang())
	}
	// Output:
	// 2026 domain evil[.]example[.]com
}

func ExampleWriter() {
	w := stix.NewWriter(os.Stdout, "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d")
	if err := w.Write(&stix.DomainName{Value: "example.com"}); err != nil {
		fmt.Println(err)
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[
	// {"type":"domain-name","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com"}
	// ]}
}

func ExampleSCOID() {
	id, err := stix.SCOID(&stix.IPv4Address{Value: "198.51.100.3"})
	fmt.Println(id, err)
	// Output:
	// ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4 <nil>
}

func ExampleObject_Validate() {
	object, err := stix.ParseObject([]byte(`{"type": "ipv4-addr", "id": "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4", "value": "198.51.100.300", "note": 1}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(object.Validate(stix.Rules{Warnings: true}))
	// Output:
	// stix: object "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4": 2 problems: line 1 column 89: /value: "198.51.100.300" is no IPv4 address or CIDR range (format, violation of §6.8); line 1 column 115: /note: custom property "note" should be described by an extension definition (§7.3) (extensions-use, warning of §6.8)
}

func ExampleExporter() {
	record, err := ioc.NewRecord(ioc.MustParse("evil.example.com"), ioc.Statement{
		Source: "CERT Example", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Role: ioc.RoleInfrastructure,
		Marking: marking.Marking{TLP: marking.TLPGreen},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for value, err := range (stix.Exporter{}).Objects(slices.Values([]ioc.Record{record})) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(value.Type())
	}
	// Output:
	// identity
	// extension-definition
	// identity
	// marking-definition
	// indicator
}

func ExampleImporter() {
	importer := &stix.Importer{Source: "a file"}
	object, err := stix.ParseObject([]byte(`{"type": "indicator", "spec_version": "2.1", "id": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
		"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "valid_from": "2026-01-01T00:00:00Z",
		"indicator_types": ["malicious-activity"], "pattern": "[url:value = 'http://evil.example.com/'] AND [file:name = 'a.exe']", "pattern_type": "stix"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := importer.Add(object); err != nil {
		fmt.Println(err)
	}
	records, skipped := importer.Records()
	fmt.Println(records.Len(), skipped[0].Reason)
	// Output:
	// 0 stix: pattern, byte 0: "[url:value = 'http://evil.example.com/'] AND [file:name = 'a.exe']": only several observations together match, no single value
}

// Every problem of an object is reported at once, each with its place.
func ExampleValidateBundle() {
	err := stix.ValidateBundle(strings.NewReader(`{"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": [
		{"type": "mutex", "id": "mutex--1"}]}`), stix.Rules{})
	if e, ok := errors.AsType[*stix.ValidationError](err); ok {
		for _, p := range e.Problems {
			fmt.Println(p.Line, p.Column, p.Pointer, p.Code, p.Section)
		}
	}
	// Output:
	// 2 3  required §6.11
	// 2 27 /id id §6.11
}
