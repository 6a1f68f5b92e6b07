package workflow

import (
	"maps"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/workflow/machine"
)

// diffOutlines returns what differs between two outlines: lines that are gone,
// after "- ", and lines that are new, after "+ ", in their order. Of the new ones
// it shows those of shown.
func diffOutlines(then, now, shown []string) []string {
	for len(then) > 0 && len(now) > 0 && then[0] == now[0] {
		then, now, shown = then[1:], now[1:], shown[1:]
	}
	for len(then) > 0 && len(now) > 0 && then[len(then)-1] == now[len(now)-1] {
		then, now = then[:len(then)-1], now[:len(now)-1]
	}
	var diff []string
	if len(then)*len(now) > maxDiffCells {
		return append(prefixed(diff, "- ", then), prefixed(nil, "+ ", shown[:len(now)])...)
	}
	common := commonLines(then, now)
	for i, j := 0, 0; i < len(then) || j < len(now); {
		switch {
		case i < len(then) && j < len(now) && then[i] == now[j]:
			i, j = i+1, j+1
		case j == len(now) || i < len(then) && common[i+1][j] >= common[i][j+1]:
			diff = append(diff, "- "+then[i])
			i++
		default:
			diff = append(diff, "+ "+shown[j])
			j++
		}
	}
	return diff
}

// maxDiffCells bounds the table of a comparison line by line. What differs more
// than that is listed as a whole.
const maxDiffCells = 4 << 20

func prefixed(to []string, prefix string, lines []string) []string {
	for _, line := range lines {
		to = append(to, prefix+line)
	}
	return to
}

// commonLines returns, for each i and j, the length of the longest common
// subsequence of a[i:] and b[j:].
func commonLines(a, b []string) [][]int32 {
	table := make([][]int32, len(a)+1)
	cells := make([]int32, (len(a)+1)*(len(b)+1))
	for i := range table {
		table[i], cells = cells[:len(b)+1], cells[len(b)+1:]
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// oldNames returns, for what has got a new name, the name that it has in an
// outline. renamed maps old paths to new ones, also those of other outlines: two
// may have come to the same name at different times.
func oldNames(outline []string, renamed map[string]string) map[string]string {
	old := make(map[string]string)
	for _, from := range slices.Sorted(maps.Keys(renamed)) {
		if _, taken := old[renamed[from]]; !taken && isIn(outline, from) {
			old[renamed[from]] = from
		}
	}
	return old
}

// isIn tells whether an outline has a step or a frame at a path.
func isIn(outline []string, path string) bool {
	o := outlinerOf(outline)
	step, frame := "step "+o.word(path)+" ", "frame "+o.framePlace(path+"/")
	return slices.ContainsFunc(outline, func(line string) bool {
		if rest, ok := strings.CutPrefix(line, step); ok {
			kind, _, _ := strings.Cut(rest, " ")
			return isKind(kind) // a name in the first form may begin with another name and a space
		}
		return line == frame || strings.HasPrefix(line, frame+" ")
	})
}

func isKind(word string) bool {
	for k := machine.Task; k <= machine.Sub; k++ {
		if k.String() == word {
			return true
		}
	}
	return false
}

// renamePath replaces the longest beginning of a path that has a new name.
func renamePath(path string, names map[string]string) string {
	for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '/') {
		if to, ok := names[path[:end]]; ok {
			return to + path[end:]
		}
	}
	return path
}

// oldPath gives a step instance the path that it had before its step, or a frame
// around it, was renamed. names maps paths in the definition, new to old, which
// have as many parts; the indexes of instances stay.
func oldPath(path string, names map[string]string) string {
	parts := strings.Split(path, "/")
	plain := make([]string, len(parts))
	for i, p := range parts {
		plain[i], _, _ = strings.Cut(p, "[")
	}
	old := strings.Split(renamePath(strings.Join(plain, "/"), names), "/")
	if len(old) != len(parts) {
		return path
	}
	for i := range parts {
		old[i] += parts[i][len(plain[i]):]
	}
	return strings.Join(old, "/")
}
