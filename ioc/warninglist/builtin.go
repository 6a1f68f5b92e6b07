package warninglist

import (
	"embed"
	"io/fs"
)

//go:embed lists/*.json
var builtin embed.FS

// Builtin returns the lists that hold for everybody: reserved and documentation
// networks, special-use names, the digests of empty input, and those of test
// files. They are our own, read anew at each call, and may be changed. The error
// is nil unless this package is broken.
//
// They are meant for production. In a laboratory or a demonstration that uses
// documentation networks and names on purpose, leave those two lists out.
func Builtin() ([]*List, error) {
	lists, err := fs.Sub(builtin, "lists")
	if err != nil {
		return nil, err
	}
	return Load(lists)
}
