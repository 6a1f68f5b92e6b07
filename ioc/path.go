package ioc

import "strings"

// canonicalFilename accepts one name without separators.
func canonicalFilename(s string) (value, reason string) {
	const rule = "a file name is one name of at most 255 bytes without slashes: invoice.pdf.exe"
	if s == "." || s == ".." || len(s) > 255 || strings.ContainsAny(s, "/\\\x00\r\n\t\"<>|:*?") {
		return "", rule
	}
	return s, ""
}

// canonicalPath accepts absolute paths of Windows and Unix, UNC paths, and
// paths below a variable or above the current folder.
func canonicalPath(s string) (value, reason string) {
	const rule = `a file path begins with a drive, \\server\share, %VARIABLE%\, ..\, ~/ or /`
	if strings.ContainsAny(s, "\x00\r\n\t\"<>|") || !pathRoot(s) {
		return "", rule
	}
	return s, ""
}

// pathRoot tells whether s begins like a path and goes on.
func pathRoot(s string) bool {
	switch {
	case len(s) > 3 && is(s[0], classLetter) && s[1] == ':' && (s[2] == '\\' || s[2] == '/'):
		return true
	case len(s) > 4 && strings.HasPrefix(s, `\\`):
		return isAlnum(s[2]) || s[2] == '?' || s[2] == '.'
	case len(s) > 3 && s[0] == '%':
		end := strings.IndexByte(s[1:], '%')
		return end > 0 && len(s) > end+3 && s[end+2] == '\\'
	case strings.HasPrefix(s, `..\`), strings.HasPrefix(s, `.\`):
		return len(s) > 3
	case len(s) > 1 && s[0] == '/':
		return s[1] != '/'
	case strings.HasPrefix(s, "~/"), strings.HasPrefix(s, "./"), strings.HasPrefix(s, "../"):
		return s[len(s)-1] != '/' || strings.Count(s, "/") > 1
	}
	return false
}

// hives are the roots of the registry, longer names first.
var hives = []string{
	"hkey_local_machine", "hkey_current_user", "hkey_classes_root", "hkey_users", "hkey_current_config", "hkey_performance_data",
	"hklm", "hkcu", "hkcr", "hkcc", "hku",
}

// hiveLength returns the length of the registry root that s begins with, or 0.
func hiveLength(s string) int {
	for _, h := range hives {
		if foldPrefix(s, h) {
			return len(h)
		}
	}
	return 0
}

func canonicalRegistryKey(s string) (value, reason string) {
	const rule = `a registry key is a root such as HKLM or HKEY_CURRENT_USER, a backslash and a path`
	n := hiveLength(s)
	if n == 0 || len(s) < n+2 || s[n] != '\\' && s[n] != ':' || strings.ContainsAny(s, "\x00\r\n\t\"<>|") {
		return "", rule
	}
	return s, ""
}

func canonicalPipe(s string) (value, reason string) {
	rest := s
	if strings.HasPrefix(rest, `\\`) {
		rest = rest[2:]
		if slash := strings.IndexByte(rest, '\\'); slash >= 0 {
			rest = rest[slash:]
		}
	}
	if !foldPrefix(rest, `\pipe\`) || len(rest) == len(`\pipe\`) || strings.ContainsAny(s, " \x00\r\n\t\"<>|") {
		return "", `a named pipe is \\.\pipe\ and a name`
	}
	return s, ""
}

// canonicalLine accepts what has no grammar of its own.
func canonicalLine(s, rule string, limit int) (value, reason string) {
	if len(s) > limit {
		return "", rule
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return "", rule
		}
	}
	return s, ""
}

// canonicalYARA accepts one whole rule.
func canonicalYARA(s string) (value, reason string) {
	if n := yaraLength(s); n != len(s) {
		return "", "a YARA rule is rule, a name and a body in braces"
	}
	return s, ""
}

// maxYARA bounds the rules that are found in text.
const maxYARA = MaxLength

// yaraLength returns the length of the rule that s begins with, or 0: braces
// are balanced outside of strings, regular expressions and comments.
func yaraLength(s string) int {
	i := 0
	for _, w := range []string{"private ", "global "} {
		if strings.HasPrefix(s[i:], w) {
			i += len(w)
		}
	}
	if !strings.HasPrefix(s[i:], "rule ") {
		return 0
	}
	i += len("rule ")
	name := i
	for i < len(s) && (isAlnum(s[i]) || s[i] == '_') {
		i++
	}
	if i == name || i-name > 128 || isDigit(s[name]) {
		return 0
	}
	for i < len(s) && i-name < 512 && s[i] != '{' {
		if c := s[i]; !isAlnum(c) && !containsByte(" \t\r\n:_", c) {
			return 0
		}
		i++
	}
	if i >= len(s) || s[i] != '{' {
		return 0
	}
	return yaraBody(s, i)
}

func yaraBody(s string, i int) int {
	depth := 0
	condition := false
	for ; i < len(s); i++ {
		switch c := s[i]; c {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				if !condition {
					return 0
				}
				return i + 1
			}
		case '"':
			for i++; i < len(s) && s[i] != '"' && s[i] != '\n'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '/':
			i = skipYARASlash(s, i)
		case 'c':
			condition = condition || strings.HasPrefix(s[i:], "condition")
		}
	}
	return 0
}

// skipYARASlash returns the end of the comment or regular expression at i.
func skipYARASlash(s string, i int) int {
	switch {
	case strings.HasPrefix(s[i:], "//"):
		for i < len(s) && s[i] != '\n' {
			i++
		}
		return i
	case strings.HasPrefix(s[i:], "/*"):
		end := strings.Index(s[i:], "*/")
		if end < 0 {
			return len(s)
		}
		return i + end + 1
	}
	for i++; i < len(s) && s[i] != '/' && s[i] != '\n'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i
}
