package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/soarkit/soarkit/connector"
	"github.com/soarkit/soarkit/connector/mail"
)

// quarantine is the folder of a maildir (in the style of Maildir++) to which
// messages go, and records the place of what is known about them.
const (
	quarantine = ".Quarantine"
	records    = quarantine + "/soarkit"
)

// A place is where a message lies, below the directory of the maildirs.
type place struct {
	mailbox string
	folder  string // "" is the inbox, else a name such as ".Archive"
	sub     string // "cur" or "new"
	name    string
}

func (p place) path() string { return path.Join(p.mailbox, p.folder, p.sub, p.name) }

// unique is the part of the name that stays when flags change.
func (p place) unique() string {
	unique, _, _ := strings.Cut(p.name, ":")
	return unique
}

func (p place) quarantined() bool { return p.folder == quarantine }

// parsePlace reads what place.path writes.
func parsePlace(s string) (place, bool) {
	parts := strings.Split(s, "/")
	p := place{mailbox: parts[0], name: parts[len(parts)-1]}
	switch len(parts) {
	case 3:
		p.sub = parts[1]
	case 4:
		p.folder, p.sub = parts[1], parts[2]
	}
	ok := isName(p.mailbox) && !strings.HasPrefix(p.name, ".") && p.name != "" && (p.sub == "cur" || p.sub == "new") &&
		(p.folder == "" || isFolder(p.folder)) && p.path() == s
	return p, ok
}

func isName(s string) bool {
	return s != "" && !strings.HasPrefix(s, ".") && !strings.ContainsAny(s, "/\x00")
}

func isFolder(s string) bool {
	return len(s) > 1 && s[0] == '.' && s != ".." && !strings.ContainsAny(s, "/\x00")
}

// A search looks for the messages that a request means. What cannot be looked
// through is noted and does not end it: one mailbox must not keep the message in
// all the others.
type search struct {
	*responder
	request Request
	scanned int
	found   []place             // ordered by place
	missing []string            // mailboxes that are named and do not exist
	unread  []connector.Finding // what could not be looked through, each with the reason
}

// skip notes what a failure keeps from being looked through.
func (s *search) skip(object string, err error) {
	s.unread = append(s.unread, connector.Finding{Object: object, State: connector.Absent, Detail: reasonOf(err) + "; a copy may be in it"})
}

// find carries a search out. It fails if the directory of the maildirs cannot be
// read, if there is too much to look through, or if the context ends.
func (m *responder) find(ctx context.Context, r Request) (*search, error) {
	mailboxes, missing, err := m.mailboxes(r)
	if err != nil {
		return nil, err
	}
	s := &search{responder: m, request: r, missing: missing}
	for _, mailbox := range mailboxes {
		folders, err := m.folders(mailbox)
		if err != nil {
			s.skip(mailbox, err)
			continue
		}
		for _, folder := range folders {
			for _, sub := range []string{"cur", "new"} {
				if err := s.directory(ctx, place{mailbox: mailbox, folder: folder, sub: sub}); err != nil {
					return nil, err
				}
			}
		}
	}
	return s, nil
}

// mailboxes resolves names and addresses to directories.
func (m *responder) mailboxes(r Request) (names, missing []string, err error) {
	all, err := m.list(".", func(e fs.DirEntry) bool { return e.IsDir() && isName(e.Name()) })
	if err != nil || len(r.Mailboxes) == 0 {
		return all, nil, err
	}
	for _, name := range r.Mailboxes {
		local, _, _ := strings.Cut(name, "@")
		switch {
		case slices.Contains(all, name):
			names = append(names, name)
		case slices.Contains(all, local):
			names = append(names, local)
		default:
			missing = append(missing, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), missing, nil
}

func (m *responder) folders(mailbox string) ([]string, error) {
	sub, err := m.list(mailbox, func(e fs.DirEntry) bool { return e.IsDir() && isFolder(e.Name()) })
	return append([]string{""}, sub...), err
}

// list returns the names of a directory's entries that keep is true of, sorted;
// none if there is no such directory.
func (m *responder) list(dir string, keep func(fs.DirEntry) bool) ([]string, error) {
	file, err := m.Dir.Open(dir)
	if errors.Is(err, fs.ErrNotExist) && dir != "." {
		return nil, nil
	}
	if err != nil {
		return nil, failure(err, "the directory %q cannot be read", dir)
	}
	defer file.Close()
	entries, err := file.ReadDir(-1)
	if err != nil {
		return nil, failure(err, "the directory %q cannot be read", dir)
	}
	var names []string
	for _, e := range entries {
		if keep(e) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// directory looks through one directory for messages that fit.
func (s *search) directory(ctx context.Context, at place) error {
	dir := path.Join(at.mailbox, at.folder, at.sub)
	names, err := s.list(dir, func(e fs.DirEntry) bool {
		return e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".")
	})
	if err != nil {
		s.skip(dir, err)
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.scanned++; s.scanned > s.MaxScan {
			return connector.Errorf(connector.ErrPolicy, "there are more than %d messages to look through (Config.MaxScan); name the mailboxes", s.MaxScan)
		}
		at.name = name
		switch fits, err := s.fits(at, s.request); {
		case err != nil:
			s.skip(at.path(), err)
		case fits:
			s.found = append(s.found, at)
		}
	}
	return nil
}

func (m *responder) fits(at place, r Request) (bool, error) {
	file, err := m.Dir.Open(at.path())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // its reader has just moved or deleted it
	}
	if err != nil {
		return false, failure(err, "the message %s cannot be read", at.path())
	}
	defer file.Close()
	h, err := mail.ReadHeader(file, mail.Options{})
	if errors.Is(err, mail.ErrLimit) {
		return false, nil
	}
	if err != nil {
		return false, failure(err, "the message %s cannot be read", at.path())
	}
	if h.MessageID() != r.MessageID {
		return false, nil
	}
	return r.From == "" || slices.ContainsFunc(h.Addresses("From"), func(a mail.Address) bool { return strings.EqualFold(a.Email, r.From) }), nil
}

// locate finds a quarantined message by the part of its name that stays.
func (m *responder) locate(mailbox, unique string) (place, bool) {
	for _, sub := range []string{"cur", "new"} {
		names, _ := m.list(path.Join(mailbox, quarantine, sub), func(e fs.DirEntry) bool {
			return (place{name: e.Name()}).unique() == unique && e.Type().IsRegular()
		})
		if len(names) > 0 {
			return place{mailbox, quarantine, sub, names[0]}, true
		}
	}
	return place{}, false
}

func (m *responder) exists(p place) bool {
	info, err := m.Dir.Lstat(p.path())
	return err == nil && info.Mode().IsRegular()
}

// reasonOf is why something could not be done, for a person: an error's detail
// with the system's words, and without the paths in them, which the detail has.
func reasonOf(err error) string {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err.Error()
	}
	if cause, ok := errors.AsType[*fs.PathError](e.Err); ok {
		return e.Detail + ": " + cause.Err.Error()
	}
	if cause, ok := errors.AsType[*os.LinkError](e.Err); ok {
		return e.Detail + ": " + cause.Err.Error()
	}
	return e.Detail
}

func failure(err error, format string, args ...any) error {
	kind := connector.ErrPermanent
	if errors.Is(err, fs.ErrPermission) {
		kind = connector.ErrForbidden
	}
	return &connector.Error{Kind: kind, Detail: fmt.Sprintf(format, args...), Err: err}
}
