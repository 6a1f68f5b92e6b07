package playbook

import (
	"strings"
	"unicode"
)

// inline writes text of a playbook as text of one line of Markdown.
func inline(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(strings.ToValidUTF8(s, "\ufffd")), " ") {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			// Left out: characters that are not seen could change what is read.
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|>~#", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '@': // many viewers make links of addresses
			b.WriteString("&#64;")
		default:
			b.WriteRune(r)
		}
	}
	return noItem(noLink.Replace(b.String()))
}

// noLink keeps viewers from making links of what was only written down, often
// the address of an attacker's site.
var noLink = strings.NewReplacer("://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;")

// noItem keeps a line from being read as the item of a list, or as the underline
// of a heading.
func noItem(s string) string {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i < len(s) && (i == 0 && strings.IndexByte("-+=", s[i]) >= 0 || i > 0 && (s[i] == '.' || s[i] == ')')) {
		return s[:i] + "\\" + s[i:]
	}
	return s
}

// block writes text of a playbook as paragraphs of Markdown that keep its lines.
func block(s string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"), "\n") {
		lines = append(lines, inline(line))
	}
	return strings.ReplaceAll(strings.Join(lines, "  \n"), "\n  \n", "\n\n")
}

// cell writes text as a cell of a table.
func cell(s string) string { return inline(s) }

// code writes text as a code span, whose fence is longer than any within. Pipes
// are escaped: they would end the cell of a table.
func code(s string) string {
	s = strings.Join(strings.Fields(printable(s)), " ")
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longest(s)+1)
	s = strings.ReplaceAll(s, "|", "\\|")
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

func codes(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, code(s))
	}
	return joinAnd(out)
}

// fence writes text as a fenced block of code.
func fence(s string) string {
	marks := strings.Repeat("`", max(longest(s)+1, 3))
	return marks + "\n" + strings.TrimRight(printable(s), "\n") + "\n" + marks
}

// printable leaves out control and format characters other than line breaks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// longest returns the length of the longest run of backticks.
func longest(s string) int {
	most, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}

// indent puts text into a list item.
func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
