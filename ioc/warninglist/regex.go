package warninglist

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// compileRegex reads an expression as PHP writes it: between delimiters, with
// flags behind the second, such as "/^abuse@/i". Expressions that need a
// backtracking engine are refused by Go's.
func compileRegex(entry string) (*regexp.Regexp, error) {
	expr, flags := entry, ""
	if len(entry) > 1 && strings.ContainsRune("/#~@%", rune(entry[0])) {
		end := strings.LastIndexByte(entry, entry[0])
		if end == 0 {
			return nil, fmt.Errorf("the expression begins with the delimiter %q and does not end with it", entry[0])
		}
		expr, flags = entry[1:end], entry[end+1:]
		expr = strings.ReplaceAll(expr, `\`+entry[:1], regexp.QuoteMeta(entry[:1]))
	}
	if expr == "" {
		return nil, errors.New("an empty expression would match every value")
	}
	var set strings.Builder
	for _, f := range flags {
		switch f {
		case 'i', 'm', 's', 'U':
			set.WriteString(string(f))
		case 'u', 'D': // Go is always in UTF-8, and its $ never stands before a newline
		default: // PHP refuses these as well, the frequent "g" among them
			return nil, fmt.Errorf("unknown flag %q behind the expression", f)
		}
	}
	if set.String() != "" {
		expr = "(?" + set.String() + ")" + expr
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("not an expression that runs in linear time: %w", err)
	}
	return re, nil
}
