package ioc

import "strings"

// needsRefang tells quickly whether Refang could change s.
func needsRefang(s string) bool {
	return strings.ContainsAny(s, "[(]){}<>\\^") || strings.Contains(s, "xx") || strings.Contains(s, "XX")
}

var marks = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "{dot}", ".",
	"[@]", "@", "[at]", "@", "(at)", "@", "{at}", "@", "[:]", ":", "[://]", "://", "[/]", "/",
	"hxxp", "http", "hXXp", "http", "HXXP", "HTTP")

// Refang returns s with defanged indicators made usable again.
func Refang(s string) string { return marks.Replace(s) }
