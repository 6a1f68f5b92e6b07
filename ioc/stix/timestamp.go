package stix

import (
	"strings"
	"time"
)

// A Timestamp is an instant as STIX writes it (§2.16): RFC 3339 in UTC with a
// "Z", such as "2016-01-20T12:31:12.123Z". The text is kept as it was read, so
// that its precision survives. The empty Timestamp means "not given".
type Timestamp string

// At returns t to the millisecond, the precision that created and modified
// demand (§3.2). The zero time gives the empty Timestamp.
func At(t time.Time) Timestamp {
	if t.IsZero() {
		return ""
	}
	return Timestamp(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// exactly returns t with as many digits of its fraction as it has, at least
// three.
func exactly(t time.Time) Timestamp {
	if t.Nanosecond()%1_000_000 == 0 {
		return At(t)
	}
	return Timestamp(t.UTC().Format("2006-01-02T15:04:05.999999999Z"))
}

// Time returns the instant in UTC, the zero time if the Timestamp is empty or
// not valid. Digits beyond the nanosecond are cut off; a leap second reads as
// the second after it.
func (t Timestamp) Time() time.Time {
	if checkTimestamp(string(t)) != "" {
		return time.Time{}
	}
	s := string(t)
	nanos, unit := 0, 100_000_000
	for i := 20; i < len(s)-1; i++ {
		nanos += int(s[i]-'0') * unit
		unit /= 10
	}
	return time.Date(number(s[0:4]), time.Month(number(s[5:7])), number(s[8:10]),
		number(s[11:13]), number(s[14:16]), number(s[17:19]), nanos, time.UTC)
}

// IsValid tells whether the Timestamp is given and keeps the rules of §2.16.
func (t Timestamp) IsValid() bool { return checkTimestamp(string(t)) == "" }

// number reads decimal digits; -1 if one is none.
func number(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// checkTimestamp returns the rule of §2.16 that s breaks, "" for none.
func checkTimestamp(s string) string {
	const form = "a timestamp is written YYYY-MM-DDThh:mm:ss[.s+]Z"
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[len(s)-1] != 'Z' {
		return form
	}
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second := number(s[11:13]), number(s[14:16]), number(s[17:19])
	if min(year, month, day, hour, minute, second) < 0 {
		return form
	}
	if fraction := s[19 : len(s)-1]; fraction != "" {
		if len(fraction) == 1 || fraction[0] != '.' || number(fraction[1:min(len(fraction), 10)]) < 0 || strings.Trim(fraction[1:], "0123456789") != "" {
			return form
		}
	}
	switch {
	case month < 1 || month > 12:
		return "there is no such month"
	case day < 1 || day > daysIn(year, month):
		return "there is no such day in that month"
	case hour > 23 || minute > 59 || second > 60 || second == 60 && (hour != 23 || minute != 59):
		return "there is no such time of day"
	}
	return ""
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// compareTimestamps orders two valid timestamps without converting them.
func compareTimestamps(a, b string) int {
	if c := strings.Compare(a[:19], b[:19]); c != 0 {
		return c
	}
	fraction := func(s string) string { return strings.TrimRight(strings.Trim(s[19:], ".Z"), "0") }
	return strings.Compare(fraction(a), fraction(b))
}
