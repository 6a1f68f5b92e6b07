package proxylog

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Request is one line of the log: a request for something on the web.
type Request struct {
	At     time.Time
	Client netip.Addr // who asked
	User   string     // authenticated name; "" if none
	Method string     // in upper case
	URL    string     // as logged; for CONNECT "host:port"
	Status int        // HTTP status; 0 if none was sent
	Bytes  int64      // sent to the client
	Denied bool       // refused by the proxy: the site has not seen it
}

// Host returns the host that was asked for, in lower case, or "": a web
// server's own log has none.
func (r Request) Host() string {
	if r.Method == "CONNECT" {
		return hostOf("//" + r.URL)
	}
	return hostOf(r.URL)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// Parse reads a line in Squid's native format, or in the common or combined
// format. It reports false for any other line.
func Parse(line string) (Request, bool) {
	if strings.Contains(line, `"`) {
		return parseCommon(line)
	}
	return parseSquid(line)
}

// parseSquid reads "1794818102.551 148 192.0.2.1 TCP_MISS/200 6214 GET
// http://… user HIER_DIRECT/203.0.113.80 text/html".
func parseSquid(line string) (Request, bool) {
	f := strings.Fields(line)
	if len(f) < 8 {
		return Request{}, false
	}
	seconds, fraction, _ := strings.Cut(f[0], ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	client, clientErr := netip.ParseAddr(f[2])
	code, status, ok := strings.Cut(f[3], "/")
	size, sizeErr := strconv.ParseInt(f[4], 10, 64)
	if err != nil || clientErr != nil || !ok || sizeErr != nil {
		return Request{}, false
	}
	millis, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	r := Request{At: time.Unix(at, millis*int64(time.Millisecond)).UTC(), Client: client.Unmap(), User: orEmpty(f[7]),
		Method: strings.ToUpper(f[5]), URL: f[6], Bytes: size, Denied: strings.Contains(code, "DENIED")}
	r.Status, _ = strconv.Atoi(status)
	return r, true
}

// parseCommon reads `192.0.2.1 - user [16/Nov/2026:08:31:02 +0000] "GET
// http://… HTTP/1.1" 200 6214`; what follows does not matter, but for the code
// with which Squid ends its variant of the line.
func parseCommon(line string) (Request, bool) {
	head, rest, ok := strings.Cut(line, "[")
	stamp, rest, ok2 := strings.Cut(rest, `] "`)
	request, rest, ok3 := cutQuoted(rest)
	who := strings.Fields(head)
	tail := strings.Fields(rest)
	if !ok || !ok2 || !ok3 || len(who) < 3 || len(tail) < 2 {
		return Request{}, false
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", stamp)
	client, clientErr := netip.ParseAddr(who[0])
	words := strings.Fields(request)
	if err != nil || clientErr != nil || len(words) < 2 {
		return Request{}, false
	}
	r := Request{At: at.UTC(), Client: client.Unmap(), User: orEmpty(strings.Join(who[2:], " ")), Method: strings.ToUpper(words[0]), URL: words[1]}
	if r.Status, err = strconv.Atoi(tail[0]); err != nil {
		return Request{}, false
	}
	r.Bytes, _ = strconv.ParseInt(tail[1], 10, 64) // "-" is none
	r.Denied = strings.Contains(tail[len(tail)-1], "_DENIED")
	return r, true
}

// cutQuoted cuts at the first quote that no backslash escapes.
func cutQuoted(s string) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func orEmpty(s string) string {
	if s == "-" {
		return ""
	}
	return s
}
