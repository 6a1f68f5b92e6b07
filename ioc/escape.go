package ioc

// maxEntity is the length of the longest character reference that is undone.
const maxEntity = 10

// entity returns the length of the HTML character reference that s begins with
// and the ASCII character it stands for, if that can be part of an indicator;
// 0 otherwise.
func entity(s string) (n int, c byte) {
	if len(s) < 4 || s[0] != '&' {
		return 0, 0
	}
	if s[1] == '#' {
		return numericEntity(s)
	}
	for _, e := range entities {
		if foldPrefix(s[1:], e.name) {
			return len(e.name) + 1, e.char
		}
	}
	return 0, 0
}

var entities = []struct {
	name string
	char byte
}{
	{"amp;", '&'}, {"period;", '.'}, {"colon;", ':'}, {"sol;", '/'}, {"commat;", '@'}, {"num;", '#'},
	{"quest;", '?'}, {"equals;", '='}, {"lowbar;", '_'}, {"hyphen;", '-'}, {"percnt;", '%'}, {"bsol;", '\\'},
	{"quot;", '"'}, {"apos;", '\''}, {"lt;", '<'}, {"gt;", '>'}, {"nbsp;", ' '},
}

func numericEntity(s string) (n int, c byte) {
	base, i := 10, 2
	if s[2] == 'x' || s[2] == 'X' {
		base, i = 16, 3
	}
	v, start := 0, i
	for ; i < len(s) && i < start+5 && v < 0x80; i++ {
		d := hexValue(s[i])
		if d >= base {
			break
		}
		v = v*base + d
	}
	if i == start || i >= len(s) || s[i] != ';' || v == 0 || v >= 0x80 {
		return 0, 0
	}
	return i + 1, byte(v)
}

// hexValue returns the value of a hexadecimal digit; 16 for what is none.
func hexValue(c byte) int {
	switch {
	case c-'0' <= 9:
		return int(c - '0')
	case lower(c)-'a' <= 5:
		return int(lower(c)-'a') + 10
	}
	return 16
}

// maxTag is the length of the longest tag that inlineTag recognises.
const maxTag = 24

// inlineTag returns the length of the HTML that s begins with if it shows
// nothing: a tag that changes only how text looks, or an invisible character.
func inlineTag(s string) int {
	for _, e := range []string{"&shy;", "&#173;", "&#xad;", "&zwnj;", "&zwj;", "&#8203;", "&#x200b;"} {
		if foldPrefix(s, e) {
			return len(e)
		}
	}
	if len(s) < 3 || s[0] != '<' {
		return 0
	}
	i := 1 + b2i(s[1] == '/')
	start := i
	for i < len(s) && is(s[i], classLetter) {
		i++
	}
	switch toLower(s[start:i]) {
	case "b", "i", "u", "em", "strong", "span", "wbr", "font", "small", "mark", "code", "s", "sub", "sup":
	default:
		return 0
	}
	for i < len(s) && s[i] != '>' && s[i] != '<' {
		i++
	}
	if i == len(s) || s[i] != '>' {
		return 0
	}
	return i + 1
}
