package ioc

// ibanLength returns the length of the IBANs of a country, ISO 13616; 0 for
// countries without.
func ibanLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "DK", "FI", "FO", "GL", "NL", "SD", "FK":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "XK", "MN":
		return 20
	case "CH", "CR", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ", "TL", "OM", "SO":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG":
		return 24
	case "LY", "PT", "ST":
		return 25
	case "IS", "TR":
		return 26
	case "BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM":
		return 27
	case "AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU", "YE":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	case "RU":
		return 33
	}
	return 0
}

// canonicalIBAN checks length and remainder (ISO 7064, mod 97-10).
func canonicalIBAN(s string) (value, reason string) {
	const rule = "an IBAN is a country, two check digits and an account, of the country's length and with remainder 1 (ISO 13616)"
	var buf [34]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == ' ' || c == '-' {
			continue
		}
		if !isAlnum(c) || n == len(buf) {
			return "", rule
		}
		if c >= 'a' {
			c -= 'a' - 'A'
		}
		buf[n] = c
		n++
	}
	b := buf[:n]
	if n < 15 || ibanLength(borrow(b[:2])) != n || !isDigit(b[2]) || !isDigit(b[3]) {
		return "", rule
	}
	rest := 0
	for i := range n {
		c := b[(i+4)%n]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	if rest != 1 {
		return "", rule
	}
	if string(b) == s {
		return s, ""
	}
	return string(b), ""
}
