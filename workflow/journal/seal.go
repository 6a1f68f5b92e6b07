package journal

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// A sealer encrypts payloads. Each is bound to the journal and to the other
// fields of its record, not to its place, so that compaction can move it
// without the plain text being at hand.
type sealer struct {
	aead    cipher.AEAD
	journal [16]byte
}

// newSealer returns nil if there is no AEAD.
func newSealer(aead cipher.AEAD, journal [16]byte) *sealer {
	if aead == nil {
		return nil
	}
	return &sealer{aead, journal}
}

func (s *sealer) bound(head []byte) []byte {
	return append(append(make([]byte, 0, len(s.journal)+len(head)), s.journal[:]...), head...)
}

// seal appends a nonce and the sealed payload to b. head is the part of b that
// is authenticated along with it.
func (s *sealer) seal(b, head, payload []byte) []byte {
	bound := s.bound(head)
	at, n := len(b), s.aead.NonceSize()
	b = append(b, make([]byte, n)...)
	rand.Read(b[at:]) // never fails: it ends the process if the system has no randomness
	return s.aead.Seal(b, b[at:at+n], payload, bound)
}

var errSealed = errors.New("the record does not open under the key")

// reveal decrypts the payload of a record in place; body is what it was decoded from.
func (s *sealer) reveal(r *Record, body []byte) (err error) {
	if s == nil {
		return nil
	}
	r.Payload, err = s.open(body[:len(body)-1-len(r.Payload)], r.Payload)
	return err
}

func (s *sealer) open(head, sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n+s.aead.Overhead() {
		return nil, errSealed
	}
	plain, err := s.aead.Open(sealed[n:n], sealed[:n], sealed[n:], s.bound(head))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// What the key check of a segment is bound to. It says, for who has the key,
// what else to expect there.
const (
	keyCheckText  = "key check, drop records are sealed"
	keyCheckEarly = "key check" // drop records may be plain
)

// keyCheck returns what a header keeps so that a wrong key is told from damage.
func (s *sealer) keyCheck() []byte {
	if s == nil {
		return nil
	}
	return s.seal(nil, []byte(keyCheckText), nil)
}

func (s *sealer) checks(h *header, text string) bool {
	_, err := s.open([]byte(text), append([]byte(nil), h.keyCheck...))
	return err == nil
}

// checkKey tells whether the header was written under the sealer's key, and
// whether the segment's drop records may be plain.
func checkKey(s *sealer, h *header) (plainDrops bool, e *Error) {
	encrypted := h.flags&headEncrypted != 0
	switch {
	case s == nil && encrypted:
		return false, &Error{Kind: ErrKey, Offset: 10, Detail: "the journal is encrypted", Advice: "open it with the AEAD it was written with"}
	case s != nil && !encrypted:
		return false, &Error{Kind: ErrKey, Offset: 10, Detail: "the journal is not encrypted", Advice: "open it without an AEAD, or begin a new one"}
	case s == nil, s.checks(h, keyCheckText):
		return false, nil
	case s.checks(h, keyCheckEarly):
		return true, nil
	}
	return false, &Error{Kind: ErrKey, Offset: 88, Detail: "the journal was written under another key", Advice: "open it with the AEAD it was written with"}
}

// KeepsSecrets tells whether the payloads are sealed: see [Options].AEAD.
func (f *File) KeepsSecrets() bool { return f.opt.AEAD != nil }
