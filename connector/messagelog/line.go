package messagelog

import (
	"strings"
	"time"
)

// A line is one line of the log that speaks of a queue id.
type line struct {
	at      time.Time
	process string // such as "smtpd", the last part of the tag
	queue   string
	text    string // what follows the queue id
}

// parseLine reads a line. It reports false for lines of other programs, and for
// those of Postfix that speak of no queue id.
func parseLine(s string, year yearOf) (line, bool) {
	at, rest, ok := parseTime(s, year)
	if !ok {
		return line{}, false
	}
	_, rest, _ = strings.Cut(rest, " ") // the host
	tag, rest, ok := strings.Cut(rest, ": ")
	if !ok || !strings.HasPrefix(tag, "postfix") {
		return line{}, false
	}
	tag, _, _ = strings.Cut(tag, "[")
	process := tag[strings.LastIndexByte(tag, '/')+1:]
	queue, text, ok := strings.Cut(rest, ": ")
	if !ok || !isQueueID(queue) {
		return line{}, false
	}
	return line{at: at, process: process, queue: queue, text: text}, true
}

// isQueueID tells whether s is a queue id: hex digits, or the longer form of
// letters and digits. "warning" and "NOQUEUE" are none.
func isQueueID(s string) bool {
	if len(s) < 6 || len(s) > 24 || s == "NOQUEUE" || s == "warning" || s == "statistics" {
		return false
	}
	digit := false
	for i := range len(s) {
		c := s[i]
		digit = digit || '0' <= c && c <= '9'
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return false
		}
	}
	return digit || strings.ToUpper(s) == s
}

// yearOf gives the year of a month and day, which the traditional format lacks.
type yearOf func(month time.Month, day int) int

// yearBefore is the latest year in which the day is not after the reference,
// such as the time when the log was last written.
func yearBefore(reference time.Time) yearOf {
	limit := reference.AddDate(0, 0, 1) // clocks and zones differ
	return func(month time.Month, day int) int {
		if time.Date(limit.Year(), month, day, 0, 0, 0, 0, time.UTC).After(limit) {
			return limit.Year() - 1
		}
		return limit.Year()
	}
}

// parseTime reads "2026-11-16T08:12:44.409911+00:00 " or "Nov 16 08:12:44 ".
func parseTime(s string, year yearOf) (at time.Time, rest string, ok bool) {
	if word, after, found := strings.Cut(s, " "); found && len(word) >= len("2006-01-02T15:04:05Z") {
		at, err := time.Parse(time.RFC3339Nano, word)
		return at.UTC(), after, err == nil
	}
	const layout = "Jan _2 15:04:05"
	if len(s) <= len(layout) || s[len(layout)] != ' ' {
		return time.Time{}, "", false
	}
	at, err := time.Parse(layout, s[:len(layout)])
	if err != nil {
		return time.Time{}, "", false
	}
	return at.AddDate(year(at.Month(), at.Day())-at.Year(), 0, 0), s[len(layout)+1:], true
}

// attribute returns the value of "name=value" in a list such as
// "to=<a@example.com>, relay=virtual, status=sent (delivered)". A value in
// angle brackets may hold anything, commas and equals signs in quotes too: a
// sender chooses what stands there, and must not be able to add attributes.
func attribute(text, name string) (value string, ok bool) {
	tail, ok := attributeTail(text, name)
	value, _ = cutValue(tail)
	return value, ok
}

// attributeTail returns all that follows "name=".
func attributeTail(text, name string) (tail string, ok bool) {
	for len(text) > 0 {
		key, rest, found := strings.Cut(text, "=")
		if !found || key == name {
			return rest, found
		}
		_, text = cutValue(rest)
	}
	return "", false
}

// cutValue takes a value off a list of attributes, and the separator after it.
func cutValue(s string) (value, rest string) {
	if strings.HasPrefix(s, "<") {
		quoted := false
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] == '\\' && quoted:
				i++
			case s[i] == '"':
				quoted = !quoted
			case s[i] == '>' && !quoted:
				return s[1:i], strings.TrimPrefix(s[i+1:], ", ")
			}
		}
		return strings.TrimPrefix(s, "<"), "" // never closed: nothing after it can be told
	}
	value, rest, _ = strings.Cut(s, ", ")
	return value, rest
}
