package ioc

import "strings"

// path looks at the separator of a path, or the delimiter before one, at p.
func (sc *scan) path(p int) int {
	switch sc.s[p] {
	case '\\':
		return sc.backslash(p)
	case '%':
		return p // the backslash behind it comes next
	}
	if p+1 >= sc.floor {
		if next := sc.unixPath(p + 1); next > 0 {
			return next
		}
	}
	return p
}

// backslash looks at the first backslash of a path or registry key.
func (sc *scan) backslash(p int) int {
	s := sc.s
	if p < sc.floor {
		return p
	}
	step := 1 + b2i(sc.byteAt(p+1) == '\\') // JSON doubles it
	switch b := sc.before(p); {
	case b == '%':
		return sc.variablePath(p, step)
	case b == '.':
		return sc.relativePath(p, step)
	case is(b, classLabel):
		return sc.rooted(p, step)
	}
	if step == 2 {
		return sc.unc(p)
	}
	if foldPrefix(sc.rest(p, 6), `\pipe\`) {
		return sc.pipe(p, p, 1)
	}
	if n := len(`\BaseNamedObjects\`); foldPrefix(s[p:min(p+n, len(s))], `\basenamedobjects\`) {
		return sc.objectName(p, p+n, 1)
	}
	return p
}

// rooted looks at the word before the backslash: a registry root, or one of the
// name spaces of kernel objects.
func (sc *scan) rooted(p, step int) int {
	s := sc.s
	l := p
	for lo := max(sc.floor, p-24); l > lo && is(s[l-1], classLabel); {
		l--
	}
	word := s[l:p]
	if n := hiveLength(word); n == len(word) && n > 0 && !isAlnum(sc.before(l)) {
		return sc.take(RegistryKey, l, p, step, "")
	}
	if (foldEqual(word, "global") || foldEqual(word, "local")) && !containsByte("\\/:", sc.before(l)) && is(sc.byteAt(p+step), classLabel) {
		return sc.objectName(l, p+step, step)
	}
	return p
}

// objectName reports the name of a mutex or another kernel object.
func (sc *scan) objectName(l, i, step int) int {
	end := i
	for end < len(sc.s) && end < i+260 && (is(sc.s[end], classLabel) || containsByte("{}.+:@", sc.s[end])) {
		end++
	}
	for end > i && containsByte(".:", sc.s[end-1]) {
		end--
	}
	if end-i < 3 {
		return i
	}
	sc.emitIn(Mutex, sc.single(l, end, step), l, end, 0, "")
	return end
}

// single returns s[l:end] with doubled backslashes made single ones if step is 2.
func (sc *scan) single(l, end, step int) string {
	if step == 1 {
		return sc.s[l:end]
	}
	buf := sc.buf[:0]
	for i := l; i < end && len(buf) < MaxLength; i++ {
		buf = append(buf, sc.s[i])
		if sc.s[i] == '\\' && i+1 < end && sc.s[i+1] == '\\' {
			i++
		}
	}
	return borrow(buf)
}

func (sc *scan) variablePath(p, step int) int {
	l := p - 1
	for lo := max(sc.floor, p-32); l > lo && sc.s[l-1] != '%'; {
		l--
		if c := sc.s[l]; !isAlnum(c) && !containsByte("_()", c) {
			return p
		}
	}
	l--
	if l < sc.floor || l < 0 || sc.s[l] != '%' || p-l < 4 {
		return p
	}
	return sc.take(FilePath, l, p, step, "")
}

func (sc *scan) relativePath(p, step int) int {
	l := p - 1
	if sc.before(l) == '.' {
		l--
	}
	if l < sc.floor || isAlnum(sc.before(l)) || containsByte(`\/.`, sc.before(l)) || p-l < 2 || !is(sc.byteAt(p+step), classLabel) {
		return p
	}
	return sc.take(FilePath, l, p, step, "")
}

// drive reports the path whose drive letter is at l.
func (sc *scan) drive(l int) int {
	if l < sc.floor || isAlnum(sc.before(l)) {
		return 0
	}
	sep := l + 2
	if sc.s[sep] == '/' {
		if !is(sc.s[l], classUpper) || !is(sc.byteAt(sep+1), classLabel) {
			return 0
		}
		return sc.take(FilePath, l, sep, 1, "")
	}
	if next := sc.take(FilePath, l, sep, 1+b2i(sc.byteAt(sep+1) == '\\'), ""); next > sep {
		return next
	}
	return 0
}

// unc looks at two backslashes at p, or four in JSON.
func (sc *scan) unc(p int) int {
	s := sc.s
	if b := sc.before(p); isAlnum(b) || containsByte(`\:)]}`, b) {
		return p
	}
	step := 1
	i := p + 2
	if strings.HasPrefix(sc.rest(i, 2), `\\`) {
		step, i = 2, i+2
	}
	host := i
	for i < len(s) && i < host+64 && (is(s[i], classLabel) || containsByte(".?$", s[i])) {
		i++
	}
	if i == host || sc.byteAt(i) != '\\' || step == 2 && sc.byteAt(i+1) != '\\' {
		return p + 1
	}
	if foldPrefix(sc.rest(i+step, 5), `pipe\`) {
		return sc.pipe(p, i+step-1, step)
	}
	return sc.take(FilePath, p, i, step, "")
}

// pipe reports a named pipe that begins at l; \pipe\ begins at i.
func (sc *scan) pipe(l, i, step int) int {
	end := i + len(`\pipe\`) + step - 1
	start := end
	for end < len(sc.s) && end < start+256 && (is(sc.s[end], classLabel) || containsByte("{}.$+~%#@", sc.s[end])) {
		end++
	}
	for end > start && containsByte(".%", sc.s[end-1]) {
		end--
	}
	if end == start || l < sc.floor {
		return l + 1
	}
	sc.emit(NamedPipe, sc.single(l, end, step), l, end, 0)
	return end
}

// take reports the path or key that begins at l and whose first separator is
// the step backslashes at sep.
func (sc *scan) take(t Type, l, sep, step int, _ string) int {
	end := sc.pathEnd(t, sep+step, step)
	if end <= sep+step {
		return sep + step
	}
	flags := Encoded * Flags(step-1)
	value := sc.single(l, end, step)
	if len(value) >= MaxLength {
		return end
	}
	sc.emit(t, value, l, end, flags)
	return end
}

// pathEnd returns where the path that goes on at i ends: at what no path can
// hold, at punctuation before a space, or at a space that ends a name.
func (sc *scan) pathEnd(t Type, i, step int) int {
	s := sc.s
	stop := min(len(s), i+MaxLength/2)
	start, component, depth := i, i, 0
scan:
	for i < stop {
		switch c := s[i]; c {
		case '\\', '/':
			if c == '\\' && step == 2 {
				if sc.byteAt(i+1) != '\\' {
					break scan // an escape of JSON
				}
				i++
			} else if c == '\\' && i+1 < len(s) && containsByte("\"'`<>|", s[i+1]) {
				break scan
			}
			i++
			component = i
			continue
		case '"', '<', '>', '|', '*', '?', '`', '\'', '\n', '\r', '\t', '&', ';':
			break scan
		case ' ':
			next := sc.pathSpace(t, component, i)
			if next == 0 {
				break scan
			}
			i = next
			continue
		case '(', '[', '{':
			if strings.HasPrefix(s[i:], "[:]//") {
				break scan
			}
			depth++
		case ')', ']', '}':
			if depth == 0 {
				break scan
			}
			depth--
		case ',', ':':
			if c == ':' && strings.HasPrefix(s[i:], "://") {
				break scan
			}
			if n := sc.byteAt(i + 1); n == ' ' || n == '\n' || n == '\r' || n == '"' || i+1 == len(s) || c == ':' {
				break scan
			}
		default:
			if c < ' ' || c == 0x7f {
				break scan
			}
			if c >= 0x80 {
				n := wideLabel(s[i:])
				if n == 0 {
					break scan
				}
				i += n
				continue
			}
		}
		i++
	}
	for i > start && containsByte(".,;:!?'`*", s[i-1]) {
		i--
	}
	return i
}

// pathSpace decides whether a name in a path goes on behind the space at i. It
// returns where to read on, or 0.
func (sc *scan) pathSpace(t Type, component, i int) int {
	s := sc.s
	name := s[component:i]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && extensionKind(name[dot+1:]) != notFile && t == FilePath {
		return 0
	}
	if t == RegistryKey {
		for _, known := range spacedKeys {
			if n := component + len(known); foldPrefix(s[component:min(n, len(s))], known) && n > i && !isAlnum(sc.byteAt(n)) {
				return n
			}
		}
	}
	if t == FilePath && !folder(name) {
		if end := sc.spacedFile(i + 1); end > 0 {
			return end
		}
	}
	words, start, end := 0, i+1, i+1
	for ; end < len(s) && end < i+48; end++ {
		c := s[end]
		if c == ' ' {
			if word := s[start:end]; word == "" || !pathWord(word) {
				return 0
			}
			words++
			if words == 4 {
				return 0
			}
			start = end + 1
			continue
		}
		if !is(c, classLabel) && c != '.' && c != '(' && c != ')' {
			break
		}
	}
	last := s[start:end]
	if last == "" || sc.byteAt(end) != '\\' || hiveLength(last) == len(last) || !pathWord(last) {
		return 0
	}
	return end
}

// spacedFile returns the end of the word at i if it ends a file's name that has
// a space, as in "a b.exe"; 0 if it does not.
func (sc *scan) spacedFile(i int) int {
	end := i
	for end < len(sc.s) && end < i+48 && (is(sc.s[end], classLabel) || sc.s[end] == '.' || sc.s[end] == '(' || sc.s[end] == ')') {
		end++
	}
	word := sc.s[i:end]
	for word != "" && (word[len(word)-1] == '.' || word[len(word)-1] == ')') {
		word = word[:len(word)-1]
	}
	dot := strings.LastIndexByte(word, '.')
	if dot < 1 || extensionKind(word[dot+1:]) < likelyFile {
		return 0
	}
	return i + len(word)
}

// pathWord tells whether a word may be within a name of several words, such as
// Program Files (x86) or Documents and Settings.
func pathWord(w string) bool {
	switch toLower(w) {
	case "and", "of", "for", "the", "x86", "(x86)":
		return true
	}
	return is(w[0], classUpper|classDigit) || w[0] == '('
}

// folder tells whether a name is that of a well-known folder, behind which a
// space ends the path.
func folder(name string) bool {
	switch toLower(name) {
	case "temp", "tmp", "public", "system32", "syswow64", "windows", "appdata", "roaming", "local", "desktop", "downloads",
		"startup", "programdata", "users", "documents", "fonts", "tasks":
		return true
	}
	return false
}

// spacedKeys are registry keys whose names hold spaces and that often end a
// path.
var spacedKeys = []string{
	"shell folders", "user shell folders", "session manager", "volatile environment", "image file execution options",
	"control panel", "internet settings", "internet explorer", "terminal server", "terminal server client", "active setup",
	"installed components", "windows nt", "windows defender", "real-time protection", "security center", "browser helper objects",
	"safe boot", "group policy", "command processor", "environment variables", "lsa protection",
}

// unixRoots are the first names of absolute paths.
var unixRoots = []string{
	"tmp", "var", "usr", "etc", "home", "opt", "bin", "sbin", "dev", "proc", "root", "lib", "lib64", "boot", "mnt", "srv", "sys", "run",
	"users", "library", "applications", "private", "volumes", "system", "data", "sdcard", "media", "system32",
}

// unixPath reports the absolute path that begins at l, or returns 0.
func (sc *scan) unixPath(l int) int {
	s := sc.s
	if l < sc.floor || l >= len(s) {
		return 0
	}
	i := l + 1
	if s[l] == '~' {
		if sc.byteAt(i) != '/' {
			return 0
		}
		i++
	} else {
		for i < len(s) && i < l+16 && isAlnum(s[i]) {
			i++
		}
		if !isUnixRoot(s[l+1:i]) || sc.byteAt(i) != '/' {
			return 0
		}
		i++
	}
	end := i
	for stop := min(len(s), i+MaxLength/2); end < stop; end++ {
		c := s[end]
		if c == ':' && strings.HasPrefix(s[end:], "://") {
			break
		}
		if !is(c, classLabel) && !containsByte("./+~=@%#:", c) {
			if c < 0x80 || wideLabel(s[end:]) == 0 {
				break
			}
		}
	}
	for end > i && containsByte(".:,;!?=#", s[end-1]) {
		end--
	}
	if end == i {
		return 0
	}
	sc.emit(FilePath, s[l:end], l, end, 0)
	return end
}

func isUnixRoot(name string) bool {
	for _, r := range unixRoots {
		if foldEqual(name, r) {
			return true
		}
	}
	return false
}
