package ioc

// hexLength gives the number of hex digits of each type that is nothing but
// that; 0 for the others.
func hexLength(t Type) int {
	switch t {
	case MD5, ImpHash, JA3, JA3S, HASSH:
		return 32
	case SHA1:
		return 40
	case SHA224:
		return 56
	case JARM:
		return 62
	case SHA256, Authentihash:
		return 64
	case SHA384:
		return 96
	case SHA512:
		return 128
	}
	return 0
}

func canonicalHex(t Type, s string) (value, reason string) {
	if len(s) == hexLength(t)+2 && s[0] == '0' && lower(s[1]) == 'x' {
		s = s[2:]
	}
	if len(s) != hexLength(t) || !allClass(s, classHex) {
		return "", hexRule(t)
	}
	if allSame(s) {
		return "", "one digit repeated is a placeholder, not a digest"
	}
	return toLower(s), ""
}

func hexRule(t Type) string {
	switch hexLength(t) {
	case 32:
		return "it is 32 hexadecimal digits"
	case 40:
		return "it is 40 hexadecimal digits"
	case 56:
		return "it is 56 hexadecimal digits"
	case 62:
		return "it is 62 hexadecimal digits"
	case 64:
		return "it is 64 hexadecimal digits"
	case 96:
		return "it is 96 hexadecimal digits"
	}
	return "it is 128 hexadecimal digits"
}

func allSame(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			return false
		}
	}
	return true
}
