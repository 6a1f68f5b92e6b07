package pattern

import (
	"strconv"
	"strings"
)

// path reads the path of a property, or the operand of a condition.
func (p *parser) path(out *Path) *problem {
	if p.cond != nil {
		if p.tok != tokOperand {
			return p.expected(p.cond.name())
		}
		out.Type = p.src[p.start:p.end]
		return p.next()
	}
	if p.tok != tokIdent && p.tok != tokHyphenated {
		return p.expected("the path of a property, such as file:name")
	}
	out.Type = p.src[p.start:p.end]
	if bad := p.next(); bad != nil {
		return bad
	}
	if bad := p.expect(tokColon, ": between the object's type and its property"); bad != nil {
		return bad
	}
	first := len(p.steps)
	p.hash = ""
	key, bad := p.key()
	if bad != nil {
		return bad
	}
	for p.tok == tokDot || p.tok == tokLeftBracket {
		if p.tok == tokLeftBracket {
			p.hash, key = "", ""
			bad = p.index()
		} else {
			before := key
			if bad = p.next(); bad != nil {
				return bad
			}
			if key, bad = p.key(); before == "hashes" {
				p.hash = key
			} else {
				p.hash = ""
			}
		}
		if bad != nil {
			return bad
		}
	}
	out.Steps = p.steps[first:len(p.steps):len(p.steps)]
	return nil
}

// key reads a key of a path and returns it, with escapes unless in build.
func (p *parser) key() (string, *problem) {
	key, quoted := p.src[p.start:p.end], p.tok == tokString
	switch p.tok {
	case tokIdent:
	case tokString:
		key = key[1 : len(key)-1]
		if p.build {
			key = p.unquoted()
		}
	case tokHyphenated:
		return "", problemf(p.start, ErrSyntax, "hyphen in the key %.40s; put it in single quotes", key)
	default:
		if p.tok >= tokAnd {
			return "", problemf(p.start, ErrSyntax, "the keyword %s as a key; put it in single quotes", key)
		}
		return "", p.expected("a key of the path")
	}
	if p.build {
		p.steps = append(p.steps, Step{Key: key, Quoted: quoted})
	}
	return key, p.next()
}

// index reads [n] or [*].
func (p *parser) index() *problem {
	if bad := p.next(); bad != nil {
		return bad
	}
	step := Step{Kind: AnyItem}
	switch p.tok {
	case tokStar:
	case tokInt:
		text := p.src[p.start:p.end]
		n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 32)
		if err != nil {
			return problemf(p.start, ErrLimit, "list index %.20s; the limit is %d", text, 1<<31-1)
		}
		step = Step{Kind: ByIndex, Index: int32(n)}
	default:
		return p.expected("a list index or *")
	}
	if p.build {
		p.steps = append(p.steps, step)
	}
	if bad := p.next(); bad != nil {
		return bad
	}
	return p.expect(tokRightBracket, "] behind the list index")
}
