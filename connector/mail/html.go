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
	return &budget{ctx: ctx, links: MaxLinks, pieces: 1 << 18, scripts: 1000}
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
	var attributes map[string]string
	if more {
		attributes = map[string]string{}
	}
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
