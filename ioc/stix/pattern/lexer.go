package pattern

import (
	"strings"
	"unicode/utf8"
)

// A token is a lexical element of the grammar in STIX 2.1 §9.
type token uint8

const (
	tokEOF token = iota
	tokIdent
	tokHyphenated // an identifier with a hyphen, good for object types only
	tokString
	tokHex
	tokBinary
	tokTime
	tokInt
	tokFloat
	tokOperand // of a condition: what the caller's syntax accepts
	tokWord    // of a lenient condition: unquoted text

	tokLeftBracket
	tokRightBracket
	tokLeftParen
	tokRightParen
	tokColon
	tokDot
	tokComma
	tokStar
	tokEqual
	tokNotEqual
	tokLess
	tokLessEqual
	tokGreater
	tokGreaterEqual

	tokAnd
	tokOr
	tokNot
	tokFollowedBy
	tokIn
	tokLike
	tokMatches
	tokIsSubset
	tokIsSuperset
	tokExists
	tokTrue
	tokFalse
	tokWithin
	tokSeconds
	tokRepeats
	tokTimes
	tokStart
	tokStop
	tokLast
)

// A lexer cuts text into tokens, one ahead of the parser. It holds no memory of
// its own: tokens are places in src.
type lexer struct {
	src        string
	pos        int // behind the current token
	start, end int // of the current token
	tok        token
	escaped    bool // the current string has a backslash
	odd        bool // the current operator is == or <>

	cond *ConditionSyntax // nil in patterns
}

// Classes of bytes. Everything from 0x80 is 0 and looked at as a rune.
const (
	classLetter = 1 << iota // may begin an identifier
	classDigit
	classBlank
	classHex
)

var classes = func() (t [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = classLetter, classLetter
	}
	t['_'] = classLetter
	for c := '0'; c <= '9'; c++ {
		t[c] = classDigit | classHex
	}
	for _, c := range "abcdefABCDEF" {
		t[c] |= classHex
	}
	for _, c := range " \t\r\n\v\f" {
		t[c] = classBlank
	}
	return t
}()

// next reads the next token.
func (l *lexer) next() *problem {
	if bad := l.skipBlanks(); bad != nil {
		return bad
	}
	src, i := l.src, l.pos
	l.start, l.escaped, l.odd = i, false, false
	if i >= len(src) {
		l.tok, l.end = tokEOF, i
		return nil
	}
	if l.cond != nil {
		if size := l.cond.operand(src[i:]); size > 0 {
			l.tok, l.end, l.pos = tokOperand, i+size, i+size
			return nil
		}
	}
	c := src[i]
	switch class := classes[c]; {
	case class&classLetter != 0:
		return l.word()
	case class&classDigit != 0:
		return l.number()
	}
	size := 1
	switch c {
	case '\'':
		return l.quoted(tokString, i)
	case '[':
		l.tok = tokLeftBracket
	case ']':
		l.tok = tokRightBracket
	case '(':
		l.tok = tokLeftParen
	case ')':
		l.tok = tokRightParen
	case ':':
		l.tok = tokColon
	case ',':
		l.tok = tokComma
	case '*':
		l.tok = tokStar
	case '.':
		if i+1 < len(src) && classes[src[i+1]]&classDigit != 0 {
			return l.number()
		}
		l.tok = tokDot
	case '+', '-':
		return l.number()
	case '=', '!', '<', '>':
		if size = l.operator(c); size == 0 {
			return l.stray()
		}
	default:
		return l.stray()
	}
	l.end = i + size
	l.pos = l.end
	return nil
}

func (l *lexer) operator(c byte) (size int) {
	var second byte
	if l.pos+1 < len(l.src) {
		second = l.src[l.pos+1]
	}
	switch {
	case c == '=' && second == '=':
		l.tok, l.odd = tokEqual, true
		return 2
	case c == '=':
		l.tok = tokEqual
	case c == '!' && second == '=':
		l.tok = tokNotEqual
		return 2
	case c == '!':
		return 0
	case c == '<' && second == '=':
		l.tok = tokLessEqual
		return 2
	case c == '<' && second == '>':
		l.tok, l.odd = tokNotEqual, true
		return 2
	case c == '<':
		l.tok = tokLess
	case second == '=':
		l.tok = tokGreaterEqual
		return 2
	default:
		l.tok = tokGreater
	}
	return 1
}

func (l *lexer) stray() *problem {
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	switch r {
	case '"':
		return problemf(l.pos, ErrSyntax, `double quote; write strings in single quotes`)
	case '‘', '’', '“', '”':
		return problemf(l.pos, ErrSyntax, "typographic quote %q; write strings in straight single quotes", r)
	}
	return problemf(l.pos, ErrSyntax, "unexpected character %q", r)
}

// skipBlanks passes over blanks, // and /* */ comments.
func (l *lexer) skipBlanks() *problem {
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		class := classes[c]
		switch {
		case class&classBlank != 0:
			l.pos++
		case class != 0:
			return nil
		case c == '/' && strings.HasPrefix(l.src[l.pos:], "//"):
			end := strings.IndexAny(l.src[l.pos:], "\r\n")
			if end < 0 {
				end = len(l.src) - l.pos
			}
			l.pos += end
		case c == '/' && strings.HasPrefix(l.src[l.pos:], "/*"):
			end := strings.Index(l.src[l.pos+2:], "*/")
			if end < 0 {
				return problemf(l.pos, ErrSyntax, "comment without an end; close it with */")
			}
			l.pos += 2 + end + 2
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.src[l.pos:])
			if !blankRune(r) {
				return nil
			}
			l.pos += size
		default:
			return nil
		}
	}
	return nil
}

// blankRune tells the blanks beyond ASCII that the grammar skips.
func blankRune(r rune) bool {
	switch r {
	case 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// word reads an identifier, a keyword, or the letter before a quoted literal.
func (l *lexer) word() *problem {
	src, i := l.src, l.pos+1
	hyphens := false
	for i < len(src) {
		c := src[i]
		if classes[c]&(classLetter|classDigit) == 0 {
			if c != '-' {
				break
			}
			hyphens = true
		}
		i++
	}
	if i == l.pos+1 && i < len(src) && src[i] == '\'' {
		switch src[l.pos] {
		case 't':
			return l.quoted(tokTime, i)
		case 'h':
			return l.quoted(tokHex, i)
		case 'b':
			return l.quoted(tokBinary, i)
		}
	}
	l.end, l.pos = i, i
	switch {
	case hyphens:
		l.tok = tokHyphenated
	default:
		l.tok = keyword(src[l.start:i])
	}
	return nil
}

// keyword returns the token of a keyword, tokIdent for other words.
func keyword(s string) token {
	if len(s) < 2 || len(s) > 10 {
		return tokIdent
	}
	switch s {
	case "AND":
		return tokAnd
	case "OR":
		return tokOr
	case "NOT":
		return tokNot
	case "FOLLOWEDBY":
		return tokFollowedBy
	case "IN":
		return tokIn
	case "LIKE":
		return tokLike
	case "MATCHES":
		return tokMatches
	case "ISSUBSET":
		return tokIsSubset
	case "ISSUPERSET":
		return tokIsSuperset
	case "EXISTS":
		return tokExists
	case "true":
		return tokTrue
	case "false":
		return tokFalse
	case "WITHIN":
		return tokWithin
	case "SECONDS":
		return tokSeconds
	case "REPEATS":
		return tokRepeats
	case "TIMES":
		return tokTimes
	case "START":
		return tokStart
	case "STOP":
		return tokStop
	case "LAST":
		return tokLast
	}
	return tokIdent
}

// number reads a sign, digits and a fraction: no exponent, no leading zero, no
// point without a digit behind it.
func (l *lexer) number() *problem {
	src, i := l.src, l.pos
	if src[i] == '+' || src[i] == '-' {
		i++
	}
	digits := i
	for i < len(src) && classes[src[i]]&classDigit != 0 {
		i++
	}
	whole := i - digits
	l.tok = tokInt
	if i+1 < len(src) && src[i] == '.' && classes[src[i+1]]&classDigit != 0 {
		l.tok = tokFloat
		for i++; i < len(src) && classes[src[i]]&classDigit != 0; i++ {
		}
	} else if whole == 0 {
		return problemf(l.pos, ErrSyntax, "sign without a number")
	} else if whole > 1 && src[digits] == '0' {
		return problemf(l.pos, ErrSyntax, "integer with a leading zero; write it without")
	}
	if i < len(src) && classes[src[i]]&classLetter != 0 {
		return problemf(l.pos, ErrSyntax, "number runs into a word; put text in single quotes")
	}
	l.end, l.pos = i, i
	return nil
}

// quoted reads from the opening quote at i to the closing one. In strings \' and
// \\ are the only escapes; the other literals have none and are checked.
func (l *lexer) quoted(tok token, i int) *problem {
	src := l.src
	open := i
	i++
	if size := strings.IndexByte(src[i:], '\''); size >= 0 && strings.IndexByte(src[i:i+size], '\\') < 0 {
		i += size // without escapes, as most are
	}
	for ; i < len(src) && src[i] != '\''; i++ {
		if src[i] != '\\' {
			continue
		}
		if tok != tokString || i+1 >= len(src) || src[i+1] != '\'' && src[i+1] != '\\' {
			return problemf(i, ErrSyntax, `single backslash; the only escapes are \' and \\, so double it`)
		}
		l.escaped = true
		i++
	}
	if i >= len(src) {
		return problemf(open, ErrSyntax, "quote without an end")
	}
	l.tok, l.end, l.pos = tok, i+1, i+1
	body := src[open+1 : i]
	switch tok {
	case tokTime:
		if _, _, ok := parseTimestamp(body); !ok {
			return problemf(l.start, ErrSyntax, "malformed timestamp; write t'YYYY-MM-DDThh:mm:ss.fffZ', in UTC")
		}
	case tokHex:
		if !hexPairs(body) {
			return problemf(l.start, ErrSyntax, "malformed h'' literal; it takes pairs of hexadecimal digits")
		}
	case tokBinary:
		if !paddedBase64(body) {
			return problemf(l.start, ErrSyntax, "malformed b'' literal; it takes base64 with padding")
		}
	}
	return nil
}

func hexPairs(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&classHex == 0 {
			return false
		}
	}
	return len(s)%2 == 0
}

func paddedBase64(s string) bool {
	if s == "" || len(s)%4 != 0 {
		return false
	}
	digits := strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	for i := range len(digits) {
		c := digits[i]
		if classes[c]&(classLetter|classDigit) == 0 && c != '+' && c != '/' || c == '_' {
			return false
		}
	}
	return true
}
