package ioc

import (
	"net/netip"
	"strconv"
	"strings"
)

const (
	ruleURL    = "a URL is a scheme, :// and a host: https://example.com/path"
	ruleScheme = "the scheme is none that this package knows, such as http, https, ftp, ldap, smb, ssh, ws"
	rulePort   = "a port is a number from 0 to 65535"
	ruleSpace  = "a URL holds no spaces, quotes, angle brackets or control characters"
)

// canonicalURL lowers scheme and host and turns the host into A-labels; user,
// port, path, query and fragment stay as they are. The host is an address, a
// domain, or a single label such as localhost; without a scheme it is an
// address or a domain, and a path follows. Marks of defangRest are undone, so
// that no URL holds them.
func canonicalURL(s string) (value, reason string) {
	p, ok := urlHost(s)
	if !ok {
		return "", ruleURL
	}
	if p.scheme > 0 && !knownScheme(s[:p.scheme]) {
		return "", ruleScheme
	}
	if hasUpper(s[:p.scheme]) || hasUpper(s[p.start:p.end]) {
		// One copy here saves those of the parts.
		b := []byte(s)
		for i := range p.end {
			if i < p.scheme || i >= p.start {
				b[i] = lower(b[i])
			}
		}
		s = borrow(b) // nobody writes to b any more
	}
	host, reason := canonicalHost(s[p.start:p.end])
	if reason != "" {
		return "", reason
	}
	if p.scheme == 0 && strings.IndexByte(host, '.') < 0 {
		return "", ruleURL
	}
	rest := withoutNested(s[p.end:])
	if len(rest) > 0 && rest[0] == ':' {
		port := rest[1:]
		if end := strings.IndexAny(port, "/?#"); end >= 0 {
			port = port[:end]
		}
		if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 0 || n > 65535 || !isDigit(port[0])) {
			return "", rulePort
		}
	}
	for i := p.scheme; i < len(s); i++ {
		if c := s[i]; !is(c, classPath) && (c <= ' ' || c == '"' || c == '<' || c == '>' || c == 0x7f) {
			return "", ruleSpace
		}
	}
	if host == s[p.start:p.end] && len(rest) == len(s)-p.end && !hasUpper(s[:p.scheme]) {
		return s, ""
	}
	b := make([]byte, 0, len(s)+len(host))
	for i := range p.scheme {
		b = append(b, lower(s[i]))
	}
	b = append(b, s[p.scheme:p.start]...)
	b = append(b, host...)
	return string(append(b, rest...)), ""
}

// urlParts are offsets into a URL: scheme is where it ends, 0 if there is none;
// start and end delimit the host with its brackets, without user and port.
type urlParts struct{ scheme, start, end int }

// urlHost finds the host of a URL, or of a host and a path.
func urlHost(s string) (p urlParts, ok bool) {
	p.scheme = strings.Index(s, "://")
	slash := strings.IndexByte(s, '/')
	if p.scheme > 0 && p.scheme+1 == slash {
		p.start = p.scheme + 3
	} else {
		p = urlParts{end: slash}
		return p, slash > 0 && strings.IndexByte(s[:slash], ':') < 0 && strings.IndexByte(s[:slash], '@') < 0
	}
	end := p.start
	for end < len(s) && s[end] != '/' && s[end] != '?' && s[end] != '#' && s[end] != '\\' {
		if s[end] == '@' {
			p.start = end + 1
		}
		end++
	}
	p.end = end
	if p.start < end && s[p.start] == '[' {
		if i := strings.IndexByte(s[p.start:end], ']'); i >= 0 {
			p.end = p.start + i + 1
		}
	} else if i := strings.IndexByte(s[p.start:end], ':'); i >= 0 {
		p.end = p.start + i
	}
	return p, p.start < p.end
}

// canonicalHost accepts an address, a domain or a single label.
func canonicalHost(s string) (value, reason string) {
	if s[0] == '[' {
		a, err := netip.ParseAddr(strings.TrimSuffix(s[1:], "]"))
		if err != nil || !a.Is6() || s[len(s)-1] != ']' {
			return "", "an IPv6 address as host stands in brackets (RFC 3986 §3.2.2)"
		}
		inner := s[1 : len(s)-1]
		if text := addrText(a.WithZone(""), inner); text != inner {
			return "[" + text + "]", ""
		}
		return s, ""
	}
	if is(s[len(s)-1], classDigit) {
		if v4, reason := canonicalIPv4(s); reason == "" {
			return v4, ""
		}
	}
	if strings.IndexByte(s, '.') < 0 && allClass(s, classLabel) && isASCII(s) && len(s) <= maxLabel {
		return toLower(s), ""
	}
	return canonicalDomain(s)
}

// knownScheme tells whether a scheme, in any case, makes a URL.
func knownScheme(s string) bool {
	if len(s) > maxScheme {
		return false
	}
	var buf [maxScheme]byte
	for i := range len(s) {
		buf[i] = lower(s[i])
	}
	switch string(buf[:len(s)]) {
	case "http", "https", "ftp", "ftps", "sftp", "ssh", "scp", "telnet", "ws", "wss", "tcp", "udp", "tls", "ldap", "ldaps",
		"smb", "cifs", "nfs", "file", "imap", "imaps", "pop3", "smtp", "smtps", "rtsp", "rtmp", "sip", "sips",
		"irc", "ircs", "git", "svn", "rsync", "redis", "mysql", "postgres", "postgresql", "mongodb", "amqp", "mqtt",
		"rdp", "vnc", "socks4", "socks5", "socks", "tftp", "gopher", "dns", "doh", "rmi", "iiop", "jdbc", "s3", "gs",
		"webdav", "dav", "davs", "feed", "magnet", "ipfs", "stratum", "stratum+tcp", "stratum+ssl":
		return true
	}
	return false
}

const maxScheme = 12
