package blocklist

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/ioc"
)

// verify reads list and zone as their readers do. It does not look at the ledger.
func (b *blocklist) verify(ctx context.Context, r Receipt) (connector.Verification, error) {
	now := time.Now().UTC().Round(0)
	v := connector.Verification{State: connector.Confirmed, Checked: now}
	listed, err := b.readList()
	if err != nil {
		return v, err
	}
	zone, err := b.readZone()
	if err != nil {
		return v, err
	}
	for _, c := range r.Changes {
		if err := ctx.Err(); err != nil {
			return connector.Verification{}, err
		}
		object, err := parseObject(c.Object)
		if err != nil {
			return connector.Verification{}, connector.Errorf(connector.ErrInvalid, "the receipt holds %q, which is no indicator", c.Object)
		}
		f := connector.Finding{Object: c.Object, State: connector.Confirmed}
		var lacking []string
		if b.List != "" && !listed[object.Value()] {
			lacking = append(lacking, b.List)
		}
		if b.Zone != "" && !inZone(zone, b.Origin, object) {
			lacking = append(lacking, b.Zone)
		}
		switch {
		case len(lacking) > 0:
			f.State, f.Detail, v.State = connector.Absent, "is not in "+strings.Join(lacking, ", "), connector.Absent
		case !c.Until.IsZero() && !now.Before(c.Until):
			f.Detail = "its time is over; the operation expire takes it away"
		}
		v.Findings = append(v.Findings, f)
	}
	return v, nil
}

func (b *blocklist) readList() (map[string]bool, error) {
	if b.List == "" {
		return nil, nil
	}
	data, err := b.readFile(b.List)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", b.List, err)
	}
	entries := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			entries[line] = true
		}
	}
	return entries, nil
}

// readZone returns the names for which the zone says that they do not exist.
func (b *blocklist) readZone() (map[string]bool, error) {
	if b.Zone == "" {
		return nil, nil
	}
	data, err := b.readFile(b.Zone)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileError("read", b.Zone, err)
	}
	names := map[string]bool{}
	zp := mdns.NewZoneParser(bufio.NewReader(bytes.NewReader(data)), b.Origin, b.Zone)
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		if alias, isAlias := rr.(*mdns.CNAME); isAlias && alias.Target == "." {
			names[strings.ToLower(alias.Hdr.Name)] = true
		}
	}
	if err := zp.Err(); err != nil {
		return nil, connector.Errorf(connector.ErrConflict, "the zone file %s is damaged, no name server will load it: %v", b.Zone, err)
	}
	return names, nil
}

func inZone(names map[string]bool, origin string, object ioc.Indicator) bool {
	for _, trigger := range triggers(object) {
		if !names[fmt.Sprintf("%s.%s", trigger, origin)] {
			return false
		}
	}
	return true
}
