package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// goOn is the command that continues a run that waits, with the answer yes.
func (o options) goOn() string {
	words := []string{"go run ./examples/phishing"}
	add := func(flag, value string) { words = append(words, flag, quoted(value)) }
	if o.out != "phishing-out" {
		add("-out", o.out)
	}
	if o.playbook != "" {
		add("-playbook", o.playbook)
	}
	if o.online {
		words = append(words, "-online")
	}
	words = append(words, "-approve yes")
	if o.mail != "" {
		words = append(words, quoted(asFile(o.mail)))
	}
	return strings.Join(words, " ")
}

// asFile is a file's name that cannot be taken for a flag.
func asFile(name string) string {
	if strings.HasPrefix(name, "-") {
		return "./" + name
	}
	return name
}

// quoted is a word as a shell takes it. It holds nothing that steers a terminal.
func quoted(s string) string {
	switch {
	case printable(s) != s || !utf8.ValidString(s) || strings.ContainsAny(s, "\n\t"):
		return ansiQuoted(s)
	case s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:@%+,", r)
	}):
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// ansiQuoted is a word with escapes for everything but plain ASCII.
func ansiQuoted(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '\'' || c == '\\' {
			fmt.Fprintf(&b, `\%03o`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return "$'" + b.String() + "'"
}
