package warninglist

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// MaxLists bounds how many lists [Load] reads from one directory.
const MaxLists = 2000

// Load reads every list below a directory: files called list.json, as in a
// checkout of the MISP project's lists, or any *.json file in the directory
// itself. The lists come in the order of their paths. Files that are no lists
// are reported, joined, beside the lists that could be read.
func Load(fsys fs.FS) ([]*List, error) {
	var lists []*List
	var problems []error
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		top := !strings.Contains(name, "/") && path.Ext(name) == ".json"
		if !top && path.Base(name) != "list.json" {
			return nil
		}
		if len(lists) == MaxLists {
			return fmt.Errorf("warninglist: more than %d lists: %w", MaxLists, ErrLimit)
		}
		l, err := decodeFile(fsys, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			return nil
		}
		lists = append(lists, l)
		return nil
	})
	return lists, errors.Join(append(problems, err)...)
}

func decodeFile(fsys fs.FS, name string) (*List, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Decode(f)
}
