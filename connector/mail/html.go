package mail

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// An htmlDoc is what a reader of an HTML part sees and where it leads.
type htmlDoc struct {
	text    visibleText
	links   []Link
	scripts []span // source of scripts, not run
	form    bool   // a form with somewhere to send it
	secret  bool   // an input that asks for a password
}

// MaxLinks bounds the links that are kept of a message.
const MaxLinks = 10_000

// A budget bounds what is remembered of all texts of a message: tags cost an
// attacker three bytes and us many more.
type budget struct {
	ctx                    context.Context // of one analysis
	links, pieces, scripts int
	spent                  bool // something was left out
}

func newBudget(ctx context.Context) *budget {
	return &budget{ctx: ctx, links: MaxLinks, pieces: 1 << 20, scripts: 1000}
}

// take spends one of what is left, if any.
func (b *budget) take(left *int) bool {
	if *left == 0 {
		b.spent = true
		return false
	}
	*left--
	return true
}

// A span is a piece of a part's text.
type span struct {
	start int
	text  string
}

// visibleText is the text of an HTML document with its tags removed; pieces
// remembers where in the source each of its pieces stood.
type visibleText struct {
	strings.Builder
	pieces []piece
	budget *budget
}

type piece struct {
	at, source, length int  // offset in the text; offset and length in the source
	exact              bool // no character references: offsets within it can be added
}

// addMarkup adds text as it stands in the source at an offset: character
// references are resolved, carriage returns dropped.
func (v *visibleText) addMarkup(markup string, at int) {
	for len(markup) > 0 {
		i := strings.IndexAny(markup, "&\r")
		if i < 0 {
			i = len(markup)
		}
		if i > 0 {
			v.add(markup[:i], at, i)
		} else if markup[0] == '\r' {
			i = 1
		} else {
			i = referenceLength(markup)
			v.add(html.UnescapeString(markup[:i]), at, i)
		}
		markup, at = markup[i:], at+i
	}
}

// referenceLength returns how far a character reference at the start of s
// reaches: the ampersand, letters, digits and "#", a semicolon.
func referenceLength(s string) int {
	i := 1
	for i < min(len(s), 40) && (s[i] == '#' || '0' <= s[i] && s[i] <= '9' || 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z') {
		i++
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return i
}

func (v *visibleText) add(text string, source, length int) {
	if !v.budget.take(&v.budget.pieces) {
		return
	}
	v.pieces = append(v.pieces, piece{at: v.Len(), source: source, length: length, exact: len(text) == length})
	v.WriteString(text)
}

// breakLine ends a line that has been begun.
func (v *visibleText) breakLine(source int) {
	if text := v.String(); text != "" && text[len(text)-1] != '\n' {
		v.add("\n", source, 0)
	}
}

// source maps a range of the text to the range of the source that shows it.
func (v *visibleText) source(start, end int) (from, to int) {
	first, last := v.pieceAt(start), v.pieceAt(max(start, end-1))
	if first < 0 || last < 0 {
		return 0, 0
	}
	p, q := v.pieces[first], v.pieces[last]
	from, to = p.source, q.source+q.length
	if p.exact {
		from += start - p.at
	}
	if q.exact {
		to = q.source + end - q.at
	}
	return from, to
}

// pieceAt finds the last piece that starts at or before offset at.
func (v *visibleText) pieceAt(at int) int {
	low, high := 0, len(v.pieces)
	for low < high {
		if mid := int(uint(low+high) >> 1); v.pieces[mid].at <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low - 1
}

// urlAttributes name what leads away from the document, per attribute name.
var urlAttributes = map[string]string{
	"href": "link", "src": "source", "action": "form", "formaction": "form",
	"background": "source", "data": "source", "poster": "source", "ping": "link",
}

// blockLevel are the elements at which text breaks into lines; text of other
// elements runs on, so that exa<b>mple</b>.com is one word as on the screen.
var blockLevel = map[atom.Atom]bool{
	atom.Address: true, atom.Article: true, atom.Blockquote: true, atom.Br: true, atom.Dd: true, atom.Div: true,
	atom.Dl: true, atom.Dt: true, atom.Fieldset: true, atom.Footer: true, atom.Form: true, atom.H1: true,
	atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Header: true, atom.Hr: true,
	atom.Li: true, atom.Ol: true, atom.Option: true, atom.P: true, atom.Pre: true, atom.Section: true,
	atom.Table: true, atom.Td: true, atom.Th: true, atom.Title: true, atom.Tr: true, atom.Ul: true,
}

// An htmlReader goes over an HTML text once, token by token. It builds no tree,
// so that elements nested a million deep cost nothing.
type htmlReader struct {
	doc    htmlDoc
	budget *budget
	source string
	path   string
	base   *url.URL  // of the base element, if any
	anchor int       // index of the link whose text is being read, or -1
	shown  int       // where in doc.text the text of the anchor starts
	silent atom.Atom // script or style, while inside one
}

func readHTML(path, source string, b *budget) *htmlDoc {
	r := &htmlReader{source: source, path: path, anchor: -1, budget: b}
	r.doc.text.budget = b
	z := html.NewTokenizer(strings.NewReader(source))
	for at := 0; b.ctx.Err() == nil; {
		kind := z.Next()
		end := at + len(z.Raw())
		switch kind {
		case html.ErrorToken: // the end: a string has no other error
			r.closeAnchor()
			return &r.doc
		case html.TextToken:
			r.textToken(at, end)
		case html.StartTagToken, html.SelfClosingTagToken:
			r.startTag(z, at, end)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.endTag(atom.Lookup(name), end)
		}
		at = end
	}
	return &r.doc
}

func (r *htmlReader) textToken(start, end int) {
	switch r.silent {
	case atom.Script:
		if r.budget.take(&r.budget.scripts) {
			r.doc.scripts = append(r.doc.scripts, span{start, r.source[start:end]})
		}
	case atom.Style:
	default:
		r.doc.text.addMarkup(r.source[start:end], start)
	}
}

func (r *htmlReader) endTag(tag atom.Atom, end int) {
	r.silent = 0
	if tag == atom.A {
		r.closeAnchor()
	}
	if blockLevel[tag] {
		r.doc.text.breakLine(end)
	}
}

func (r *htmlReader) startTag(z *html.Tokenizer, start, end int) {
	name, more := z.TagName()
	tag := atom.Lookup(name)
	r.silent = 0
	if tag == atom.Script || tag == atom.Style {
		r.silent = tag
	}
	if blockLevel[tag] {
		r.doc.text.breakLine(start)
	}
	attributes := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, dup := attributes[string(key)]; !dup && len(attributes) < 100 {
			attributes[string(key)] = string(value) // the first one counts, as in browsers
		}
	}
	switch tag {
	case atom.Base:
		if base, err := url.Parse(cleanURL(attributes["href"])); err == nil && r.base == nil && base.IsAbs() {
			r.base = base
		}
		return
	case atom.A:
		r.closeAnchor()
	case atom.Form:
		r.doc.form = r.doc.form || attributes["action"] != ""
	case atom.Input:
		r.doc.secret = r.doc.secret || strings.EqualFold(attributes["type"], "password")
	case atom.Meta:
		if strings.EqualFold(attributes["http-equiv"], "refresh") {
			r.link("refresh", refreshTarget(attributes["content"]), start, end)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		if kind := urlAttributes[key]; kind != "" {
			r.link(kind, attributes[key], start, end)
			if tag == atom.A && key == "href" && len(r.doc.links) > 0 && !r.budget.spent {
				r.anchor, r.shown = len(r.doc.links)-1, r.doc.text.Len()
			}
		}
	}
}

func (r *htmlReader) link(kind, target string, start, end int) {
	if !r.budget.take(&r.budget.links) {
		return
	}
	target = cleanURL(target)
	if ref, err := url.Parse(target); err == nil && r.base != nil {
		target = r.base.ResolveReference(ref).String()
	}
	r.doc.links = append(r.doc.links, Link{Kind: kind, Target: clipTarget(target), Path: r.path, Start: start, End: end})
}

// clipTarget cuts what is no address any more: pictures within the mail, and
// what is longer than software accepts.
func clipTarget(target string) string {
	if len(target) > 5 && strings.EqualFold(target[:5], "data:") {
		return clip(target, 100)
	}
	return clip(target, 8192)
}

func (r *htmlReader) closeAnchor() {
	if r.anchor >= 0 {
		shown := clip(r.doc.text.String()[r.shown:], 1000)
		r.doc.links[r.anchor].Shown = strings.Join(strings.Fields(shown), " ")
		r.anchor = -1
	}
}

// refreshTarget reads the address in "5; url=https://example.com/".
func refreshTarget(content string) string {
	_, rest, _ := strings.Cut(content, ";")
	rest = strings.TrimSpace(rest)
	if len(rest) > 4 && strings.EqualFold(rest[:3], "url") {
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[3:]), "="))
	}
	return strings.Trim(rest, `"'`)
}

// cleanURL does what browsers do before they read a URL: white space and
// controls around it go, tabs and line breaks within it too.
func cleanURL(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if !strings.ContainsAny(s, "\t\r\n") {
		return s
	}
	return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
}

// clip cuts s to at most n bytes without breaking a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
