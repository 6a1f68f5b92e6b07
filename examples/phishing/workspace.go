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
	mail string // the mail's path below the directory
	sum  string // SHA-256 of the mail
}

// The layout of the output directory.
const (
	mailDir      = "mail"
	maildirDir   = "maildir"
	logsDir      = "logs"
	intelDir     = "intel"
	blocklistDir = "blocklist"
	outboxDir    = "outbox"
)

// maxMail bounds the mail that is copied in; the parser has limits of its own.
const maxMail = 64 << 20

// openWorkspace makes the directory and copies in what is not there yet. What an
// earlier run did to the copies stays, so that a second run finds it done.
func openWorkspace(dir, mailFile, samples string) (*workspace, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir, root: root, mail: path.Join(mailDir, filepath.Base(mailFile))}
	if err := w.fill(mailFile, samples); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return w, nil
}

func (w *workspace) Close() error { return w.root.Close() }

func (w *workspace) fill(mailFile, samples string) error {
	for _, d := range []string{mailDir, blocklistDir, outboxDir} {
		if err := w.root.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	for _, d := range []string{maildirDir, logsDir, intelDir} {
		if err := w.copyTree(os.DirFS(filepath.Join(samples, d)), d); err != nil {
			return err
		}
	}
	return w.copyMail(mailFile)
}

// copyTree copies a sample directory, unless it was copied by an earlier run.
// It is copied under another name first, so that it is there whole or not at all.
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

func (w *workspace) copyMail(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMail+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxMail {
		return fmt.Errorf("%s: larger than %d MiB; a mail of that size is not analysed", name, maxMail>>20)
	}
	sum := sha256.Sum256(text)
	w.sum = hex.EncodeToString(sum[:])
	return w.write(w.mail, text)
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
