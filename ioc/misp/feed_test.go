package misp_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/ioc/misp"
)

func feedFS() fstest.MapFS {
	id := "5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b"
	return fstest.MapFS{
		"manifest.json": {Data: []byte(`{"` + id + `":{"info":"Phishing","date":"2026-01-02","timestamp":1767312000,"Orgc":{"name":"CERT Example"},"Tag":[{"name":"tlp:green"}]},
			"5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2c":{"info":"Gone","timestamp":"1767000000"}}`)},
		"hashes.csv":  {Data: fmt.Appendf(nil, "%x,%s\n%x,%s\n", misp.HashOf("evil.example.com"), id, misp.HashOf("other"), id)},
		id + ".json":  {Data: []byte(eventJSON)},
		"secrets.txt": {Data: []byte("secret")},
	}
}

func TestFeed(t *testing.T) {
	f := misp.NewFeed(feedFS())
	entries, err := f.Manifest()
	if err != nil || len(entries) != 2 || entries[0].Info != "Gone" || entries[1].Orgc.Name != "CERT Example" || entries[1].Tags[0].Name != "tlp:green" {
		t.Fatalf("%+v, %v", entries, err)
	}
	var seen []string
	for e, err := range f.Events(time.Time{}) {
		if err != nil {
			if !errors.Is(err, misp.ErrNotFound) {
				t.Error(err)
			}
			continue
		}
		seen = append(seen, e.Event.Info)
	}
	if diff := cmp.Diff([]string{"Phishing against our users"}, seen); diff != "" {
		t.Error(diff)
	}
	for range f.Events(time.Unix(1767312000, 0)) {
		t.Error("an event that has not changed since")
	}
	found, err := f.Find("evil.example.com", "good.example.com")
	if err != nil || len(found) != 1 || len(found["evil.example.com"]) != 1 {
		t.Errorf("Find: %v, %v", found, err)
	}
}

func TestFeedRefuses(t *testing.T) {
	broken := feedFS()
	broken["manifest.json"] = &fstest.MapFile{Data: []byte(`{"../secrets":{}}`)}
	broken["hashes.csv"] = &fstest.MapFile{Data: []byte("d41d8cd98f00b204e9800998ecf8427e;x\n")}
	broken["5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b.json"] = &fstest.MapFile{Data: []byte(`{"Event":{"a":1,"a":1}}`)}
	f := misp.NewFeed(broken)
	if _, err := f.Manifest(); !errors.Is(err, misp.ErrInvalid) {
		t.Errorf("manifest with a path: %v", err)
	}
	if _, err := f.Find("x"); !errors.Is(err, misp.ErrInvalid) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("hashes.csv: %v", err)
	}
	if _, err := f.Event("5b7f2f5a-1c3d-4e5f-8a6b-7c8d9e0f1a2b"); err == nil || !strings.Contains(err.Error(), "8d9e0f1a2b.json: line 1") {
		t.Errorf("event: %v", err)
	}
	if _, err := f.Event("../secrets"); !errors.Is(err, misp.ErrInvalid) {
		t.Errorf("an event by a path: %v", err)
	}
	if _, err := misp.NewFeed(fstest.MapFS{}).Manifest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
}
