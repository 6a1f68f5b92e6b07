package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// A workspace is the output directory. Everything that the run changes lies
// below it: test data is copied in, never moved or changed where it is.
type workspace struct {
	dir  string
	root *os.Root
	held *os.File // the lock: one run at a time
	mail string   // the mail's path below the directory
	sum  string   // SHA-256 of the mail
}

var errInUse = errors.New("another run uses this directory")

// The layout of the output directory.
const (
	mailDir      = "mail"
	maildirDir   = "maildir"
	logsDir      = "logs"
	intelDir     = "intel"
	blocklistDir = "blocklist"
	outboxDir    = "outbox"
)

// lockFile is what a run locks as long as it uses the directory. It stays: to
// remove it would let two runs lock two files of one name.
const lockFile = ".lock"

// openWorkspace makes the directory, unless it is there, and takes it for this
// run. A directory that another run uses is refused, with errInUse.
func openWorkspace(dir string) (*workspace, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir, root: root}
	if w.held, err = root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o644); err == nil {
		err = lock(w.held)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), w.Close())
	}
	return w, nil
}

// Close gives the directory back.
func (w *workspace) Close() error {
	var err error
	if w.held != nil {
		err = w.held.Close()
	}
	return errors.Join(err, w.root.Close())
}

// fill copies in the mail, and of the samples what is not there yet. What an
// earlier run did to the copies stays, so that a second run finds it done.
func (w *workspace) fill(m mailFile, samples string) error {
	err := w.makeDirs(mailDir, blocklistDir, outboxDir)
	for _, d := range []string{maildirDir, logsDir, intelDir} {
		if err == nil {
			err = w.copyTree(os.DirFS(filepath.Join(samples, d)), d)
		}
	}
	if err == nil {
		sum := sha256.Sum256(m.text)
		w.mail, w.sum = path.Join(mailDir, m.name), hex.EncodeToString(sum[:])
		err = w.write(w.mail, m.text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", w.dir, err)
	}
	return nil
}

func (w *workspace) makeDirs(names ...string) error {
	for _, name := range names {
		if err := w.root.MkdirAll(name, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// copyTree copies a sample directory, unless it was copied by an earlier run.
// It is copied under another name first, so that it is there whole or not at all;
// what a run that was killed left under that name goes. The lock keeps other runs
// away from it.
func (w *workspace) copyTree(from fs.FS, to string) error {
	if _, err := w.root.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	half := to + ".copying"
	if err := w.root.RemoveAll(half); err != nil {
		return err
	}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch target := path.Join(half, name); {
		case err != nil:
			return err
		case d.IsDir():
			return w.root.MkdirAll(target, 0o755)
		case d.Name() == ".gitkeep" || d.Name() == ".gitattributes": // furniture of version control
			return nil
		default:
			text, err := fs.ReadFile(from, name)
			if err != nil {
				return err
			}
			return w.root.WriteFile(target, text, 0o644)
		}
	})
	if err != nil {
		return err
	}
	return w.root.Rename(half, to)
}

// maxMail bounds the mail that is copied in, to about what mail servers accept:
// the three analyses hold some fifteen times its size in memory. The parser has
// limits of its own.
const maxMail = 25 << 20

// A mailFile is the reported mail as it was given.
type mailFile struct {
	name string // without its directory
	text []byte
}

func readMail(name string) (mailFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return mailFile{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMail+1))
	if err == nil && len(text) > maxMail {
		err = fmt.Errorf("%s: larger than %d MiB; a mail of that size is not analysed", name, maxMail>>20)
	}
	return mailFile{filepath.Base(name), text}, err
}

// write replaces a file as a whole: a reader sees the old one or the new one.
func (w *workspace) write(name string, text []byte) error {
	half := name + ".new"
	if err := w.root.WriteFile(half, text, 0o644); err != nil {
		return err
	}
	return w.root.Rename(half, name)
}

// findSamples returns the testdata directory of the source tree that the command
// is run in, from whichever folder of it.
func findSamples() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for start := dir; ; {
		samples := filepath.Join(dir, "testdata")
		if _, err := os.Stat(filepath.Join(samples, "playbooks", "phishing.json")); err == nil {
			return samples, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no testdata/playbooks/phishing.json above %s: run the command inside a clone of the repository", start)
		}
		dir = parent
	}
}
