package misp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/soarkit/soarkit/ioc"
	"github.com/soarkit/soarkit/ioc/misp"
	"github.com/soarkit/soarkit/ioc/stix"
)

func Example() {
	answer := strings.NewReader(`{"response": [{"Event": {"info": "Phishing", "date": "2026-01-02", "timestamp": "1767312000",
		"Orgc": {"name": "CERT Example"}, "Tag": [{"name": "tlp:green"}],
		"Attribute": [{"type": "ip-dst|port", "category": "Network activity", "value": "192.0.2.1|443", "to_ids": true}]}}]}`)
	for event, err := range misp.Events(answer) {
		if err != nil {
			fmt.Println(err)
			return
		}
		records, _ := misp.Importer{}.Records(event)
		for record := range records.All() {
			view := record.At(event.Timestamp)
			fmt.Println(record.Indicator().Type(), record.Indicator().Defang(), view.Marking, view.Hostile())
		}
	}
	// Output:
	// socket 192[.]0[.]2[.]1:443 TLP:GREEN true
}

func ExampleType_Info() {
	info, _ := misp.Type("mutex").Info()
	fmt.Println(info.Default, info.ToIDs, info.Categories)
	// Output:
	// Artifacts dropped true [Artifacts dropped]
}

func ExampleFeed() {
	feed := misp.NewFeed(fstest.MapFS{ // os.DirFS, or a client of a web server
		"manifest.json": {Data: []byte(`{"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b": {"info": "Phishing", "timestamp": "1767312000"}}`)},
		"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b.json": {Data: []byte(`{"Event": {"info": "Phishing", "Attribute": [{"type": "domain", "value": "evil.example.com"}]}}`)},
	})
	for e, err := range feed.Events(time.Time{}) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(e.Entry.UUID, e.Event.Attributes[0].Value)
	}
	// Output:
	// 5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b evil.example.com
}

func ExampleExporter() {
	record, err := ioc.NewRecord(ioc.MustParse("evil.example.com"), ioc.Statement{
		Source: "CERT Example", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Role: ioc.RoleInfrastructure})
	if err != nil {
		fmt.Println(err)
		return
	}
	event, err := misp.Exporter{Info: "Phishing"}.Event(slices.Values([]ioc.Record{record}))
	if err != nil {
		fmt.Println(err)
		return
	}
	a := event.Attributes[0]
	fmt.Println(a.Type, a.Category, a.Value, *a.ToIDs, a.Tags[0].Name)
	// Output:
	// domain Network activity evil.example.com true soarkit:role="infrastructure"
}

func ExampleAttribute_Pattern() {
	a := misp.Attribute{Type: "ip-dst|port", Value: "192.0.2.1|443"}
	pattern, language, err := a.Pattern()
	fmt.Println(language, pattern, err)
	// Output:
	// stix [network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 443] <nil>
}

func ExampleEvent_STIX() {
	event, err := misp.ParseEvent([]byte(`{"Event": {"uuid": "5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b", "info": "Phishing", "date": "2026-01-02",
		"Orgc": {"name": "CERT Example"}, "Attribute": [{"uuid": "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061", "type": "domain", "value": "evil.example.com"}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for object, err := range event.STIX() {
		if err != nil {
			fmt.Println(err) // of one attribute; the others follow
			continue
		}
		if i, ok := object.(*stix.Indicator); ok {
			fmt.Println(i.ID, i.Pattern)
		}
	}
	// Output:
	// indicator--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061 [domain-name:value = 'evil.example.com']
}

// What is no indicator, and what cannot be read, is said with its place.
func ExampleImporter() {
	event, err := misp.ParseEvent([]byte(`{"Event": {"timestamp": "1767312000", "Orgc": {"name": "CERT Example"}, "Attribute": [
		{"type": "domain", "value": "evil.example.com", "first_seen": "yesterday"}, {"type": "comment", "value": "see the report"}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	records, skipped := misp.Importer{}.Records(event)
	fmt.Println(records.Len())
	for _, s := range skipped {
		fmt.Println(s.Pointer, s.Reason)
	}
	// Output:
	// 1
	// /Attribute/0/first_seen misp: not valid MISP: "yesterday" cannot be read as first_seen
	// /Attribute/1 misp: type "comment": no indicator
}
