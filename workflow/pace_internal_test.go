package workflow

import "testing"

// A step is expected to be quick after four times, and a slow call counts for half
// of those that are remembered.
func TestLearn(t *testing.T) {
	const fast, slow = 100, quick + 1
	for _, tc := range []struct {
		name  string
		times []int64
		want  bool
	}{
		{"never called", nil, false},
		{"three times", []int64{fast, fast, fast}, false},
		{"four times", []int64{fast, fast, fast, quick}, true},
		{"one slow call soon", []int64{fast, fast, fast, fast, slow}, false},
		{"one slow call later", []int64{fast, fast, fast, fast, fast, fast, fast, fast, fast, slow}, true},
		{"two slow calls later", []int64{fast, fast, fast, fast, fast, fast, fast, fast, fast, slow, slow}, false},
		{"every other call", []int64{fast, slow, fast, slow, fast, slow, fast, slow, fast, slow, fast}, false},
		{"a clock that stands still", []int64{0, 0, 0, 0, 0, 0}, false},
		{"a clock that goes back", []int64{-1, -1, -1, -1, -1, -1}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var n nodeDef
			for _, d := range tc.times {
				if !n.isAsEver(d) {
					n.learn(d)
				}
			}
			if n.isQuick() != tc.want {
				t.Errorf("expected to be quick: %v", !tc.want)
			}
		})
	}
}
