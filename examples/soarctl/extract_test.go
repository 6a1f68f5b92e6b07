package main

import "testing"

func TestExtract(t *testing.T) {
	const text = "see hxxps://login.example[.]com/a and 198.51.100[.]7"
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"matches", nil, `{"type":"url","value":"https://login.example.com/a","start":4,"end":33,"defanged":true,"implied":false}
{"type":"domain","value":"login.example.com","start":12,"end":31,"defanged":true,"implied":true}
{"type":"ipv4","value":"198.51.100.7","start":38,"end":52,"defanged":true,"implied":false}
`},
		{"types", []string{"-types", "ipv4,md5"}, `{"type":"ipv4","value":"198.51.100.7","start":38,"end":52,"defanged":true,"implied":false}
`},
		{"count", []string{"-count", "-mode", "strict"}, `{"type":"ipv4","count":1}
{"type":"domain","count":1}
{"type":"url","count":1}
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, from := range []string{"-", file(t, "text", text)} {
				status, out, errOut := call(t, text, append(append([]string{"extract"}, c.args...), from)...)
				if status != fine || out != c.want || errOut != "" {
					t.Errorf("from %s: status %d, printed\n%s%s\nwant\n%s", from, status, out, errOut, c.want)
				}
			}
		})
	}
}
