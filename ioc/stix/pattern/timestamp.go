package pattern

// parseTime reads the text of a timestamp literal that the lexer has checked.
func parseTime(s string) Value {
	sec, nsec, _ := parseTimestamp(s)
	return Value{kind: KindTime, bits: uint64(sec), nsec: nsec, text: s}
}

// parseTimestamp reads YYYY-MM-DDThh:mm:ss with an optional fraction and Z. Days
// up to 31 are fine in every month and run over into the next, as does second
// 60: the reference grammar knows no calendar. Digits beyond the ninth of the
// fraction are cut off.
func parseTimestamp(s string) (sec int64, nsec int32, ok bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[len(s)-1] != 'Z' ||
		s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, 0, false
	}
	year := digits(s[0:4])
	month, day := digits(s[5:7]), digits(s[8:10])
	hour, minute, second := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return 0, 0, false
	}
	if fraction := s[19 : len(s)-1]; fraction != "" {
		if nsec, ok = parseFraction(fraction); !ok {
			return 0, 0, false
		}
	}
	days := daysSince1970(year, month, day)
	return ((int64(days)*24+int64(hour))*60+int64(minute))*60 + int64(second), nsec, true
}

func parseFraction(s string) (nsec int32, ok bool) {
	if len(s) < 2 || s[0] != '.' {
		return 0, false
	}
	scale := int32(100_000_000)
	for i := 1; i < len(s); i++ {
		if classes[s[i]]&classDigit == 0 {
			return 0, false
		}
		nsec += int32(s[i]-'0') * scale
		scale /= 10
	}
	return nsec, true
}

// digits returns the number that s writes, or -1 if s is not all digits.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

// daysSince1970 counts days of the proleptic Gregorian calendar. Years begin in
// March here, so that the leap day is the last of the year.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	year += 400 // so that division rounds down in year 0, too
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468 - 146097
}
