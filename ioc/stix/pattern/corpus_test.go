package pattern_test

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/soarkit/soarkit/ioc/stix/pattern"
)

// corpus returns n patterns in the mix of a threat feed: mostly hashes, names
// and addresses, some networks, some tests of several properties, a few that
// nothing but the property itself can narrow down.
func corpus(n int) []string {
	out := make([]string, n)
	for i := range out {
		switch k := i % 100; {
		case k < 35:
			out[i] = fmt.Sprintf("[file:hashes.'SHA-256' = '%x']", sha256.Sum256(fmt.Append(nil, "file", i)))
		case k < 45:
			out[i] = fmt.Sprintf("[file:hashes.MD5 = '%x' OR file:hashes.'SHA-256' = '%x']", md5.Sum(fmt.Append(nil, i)), sha256.Sum256(fmt.Append(nil, i)))
		case k < 60:
			out[i] = fmt.Sprintf("[ipv4-addr:value = '198.51.%d.%d']", i/256%256, i%256)
		case k < 65:
			out[i] = fmt.Sprintf("[ipv4-addr:value ISSUBSET '10.%d.%d.0/%d']", i/256%256, i%256, 20+i%9)
		case k < 78:
			out[i] = fmt.Sprintf("[domain-name:value = 'host%d.example.com']", i)
		case k < 88:
			out[i] = fmt.Sprintf("[url:value = 'https://host%d.example.com/path/%d']", i, i*7)
		case k < 92:
			out[i] = fmt.Sprintf("[network-traffic:dst_ref.value = '203.0.113.%d' AND network-traffic:dst_port = %d]", i%256, 1024+i)
		case k < 95:
			out[i] = fmt.Sprintf("[windows-registry-key:key = 'HKLM\\\\Software\\\\Run%d' AND windows-registry-key:values[*].data LIKE '%%evil%d.exe']", i, i)
		case k < 97:
			out[i] = fmt.Sprintf("[domain-name:value = 'a%d.example.net'] FOLLOWEDBY [file:name IN ('a%d.exe', 'b%d.exe')] WITHIN 300 SECONDS", i, i, i)
		case k < 98:
			out[i] = fmt.Sprintf("[user-account:account_login = 'user%d'] REPEATS 5 TIMES WITHIN 60 SECONDS", i)
		case k < 99:
			out[i] = fmt.Sprintf("[url:value LIKE '%%/gate%d.php']", i)
		default:
			out[i] = fmt.Sprintf("[process:command_line MATCHES '-enc\\\\s+[A-Za-z0-9]+%d$']", i)
		}
	}
	return out
}

func compileAll(tb testing.TB, sources []string) []*pattern.Matcher {
	tb.Helper()
	out := make([]*pattern.Matcher, len(sources))
	for i, s := range sources {
		p, err := pattern.Parse(s)
		if err == nil {
			out[i], err = pattern.Compile(p)
		}
		if err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
	return out
}

// seen is an observation with an object of every type in the corpus; i chooses
// which of its patterns it satisfies.
func seen(tb testing.TB, i int) *pattern.Observed {
	tb.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o, err := pattern.NewObserved(at, at.Add(time.Minute), 1,
		map[string]any{"type": "file", "id": "file--1", "name": fmt.Sprintf("a%d.exe", i), "size": 1280, "hashes": map[string]any{
			"MD5": fmt.Sprintf("%x", md5.Sum(fmt.Append(nil, i))), "SHA-256": fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, "file", i))),
		}},
		map[string]any{"type": "ipv4-addr", "id": "ipv4-addr--1", "value": fmt.Sprintf("203.0.113.%d", i%256)},
		map[string]any{"type": "ipv4-addr", "id": "ipv4-addr--2", "value": fmt.Sprintf("10.%d.%d.7", i/256%256, i%256)},
		map[string]any{"type": "domain-name", "id": "domain-name--1", "value": fmt.Sprintf("host%d.example.com", i)},
		map[string]any{"type": "url", "id": "url--1", "value": fmt.Sprintf("https://host%d.example.com/path/%d", i, i*7)},
		map[string]any{"type": "network-traffic", "id": "network-traffic--1", "dst_ref": "ipv4-addr--1", "dst_port": 1024 + i, "protocols": []any{"tcp"}},
		map[string]any{"type": "windows-registry-key", "key": fmt.Sprintf(`HKLM\Software\Run%d`, i), "values": []any{
			map[string]any{"name": "x", "data": fmt.Sprintf(`C:\evil%d.exe`, i)},
		}},
		map[string]any{"type": "process", "command_line": fmt.Sprintf("powershell.exe -enc  AbC%d", i)},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}
