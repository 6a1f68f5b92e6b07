package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/soarkit/soarkit/ioc"
)

// The kinds of error of this package.
var (
	ErrKey        = errors.New("not a usable key")
	ErrEnumerable = errors.New("the values of this type can be listed")
	ErrPseudonym  = errors.New("not a pseudonym")
)

// Sizes of keys and pseudonyms, in bytes.
const (
	MinSecret     = 32 // what a caller must bring, from a random source
	PseudonymSize = 20 // of the 32 bytes that HMAC-SHA-256 yields
	MaxKeyID      = 64
)

// A Key makes pseudonyms. Its id is public and goes with every pseudonym, so
// that a key can be rotated: pseudonyms of different keys never compare equal.
// The secret never shows in any formatted output. A Key is safe for concurrent
// use; the zero value is invalid and makes no pseudonym.
type Key struct {
	id     string
	secret *[sha256.Size]byte // behind a pointer, so that %+v of a struct around it shows no byte
}

// NewKey returns the key of a secret of at least [MinSecret] random bytes, which
// are not kept. The id has 1 to [MaxKeyID] letters, digits, dots, hyphens or
// underscores. Anything else is an [ErrKey].
func NewKey(id string, secret []byte) (Key, error) {
	if err := checkKeyID(id); err != nil {
		return Key{}, err
	}
	if len(secret) < MinSecret {
		return Key{}, fmt.Errorf("privacy: key %q: the secret has %d bytes; bring at least %d from a random source: %w", id, len(secret), MinSecret, ErrKey)
	}
	return derive(id, secret, "soarkit pseudonym key v1"), nil
}

// For returns the key for one recipient. Keys of different recipients cannot be
// told from unrelated ones, so what two recipients were given cannot be joined.
// The recipient's name follows the rules of a key's id.
func (k Key) For(recipient string) (Key, error) {
	if k.secret == nil {
		return Key{}, fmt.Errorf("privacy: key for %q: the parent is the zero Key: %w", recipient, ErrKey)
	}
	if err := checkKeyID(recipient); err != nil {
		return Key{}, err
	}
	id := k.id + "/" + recipient
	return derive(id, k.secret[:], "soarkit recipient key v1\x00"+recipient), nil
}

func derive(id string, secret []byte, purpose string) Key {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(purpose))
	return Key{id: id, secret: (*[sha256.Size]byte)(mac.Sum(nil))}
}

func checkKeyID(id string) error {
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", rune(c)) {
			return fmt.Errorf("privacy: key id %q: want letters, digits, dots, hyphens and underscores: %w", id, ErrKey)
		}
	}
	if id == "" || len(id) > MaxKeyID {
		return fmt.Errorf("privacy: key id has %d characters, want 1 to %d: %w", len(id), MaxKeyID, ErrKey)
	}
	return nil
}

// ID returns the key's public id; a recipient's follows its parent's and a slash.
func (k Key) ID() string { return k.id }

// String, GoString and LogValue show the id and never the secret.
func (k Key) String() string       { return "privacy.Key(" + k.id + ")" }
func (k Key) GoString() string     { return k.String() }
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText refuses, so that a key cannot slip into a JSON document.
func (k Key) MarshalText() ([]byte, error) {
	return nil, fmt.Errorf("privacy: key %q: a key is not written out; store its secret where secrets are stored", k.id)
}

// Pseudonym returns the stand-in for an indicator: HMAC-SHA-256 over the name of
// its type, a zero byte and its canonical value, cut to [PseudonymSize] bytes.
// The same value as another type gives another pseudonym. An invalid indicator
// or the zero Key is an error.
func (k Key) Pseudonym(i ioc.Indicator) (Pseudonym, error) {
	if k.secret == nil {
		return Pseudonym{}, fmt.Errorf("privacy: pseudonym: the key is the zero Key: %w", ErrKey)
	}
	if !i.IsValid() {
		return Pseudonym{}, fmt.Errorf("privacy: pseudonym: the indicator is not valid: %w", ErrPseudonym)
	}
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write([]byte(i.Type().String()))
	mac.Write([]byte{0})
	mac.Write([]byte(i.Value()))
	p := Pseudonym{keyID: k.id, typ: i.Type()}
	copy(p.token[:], mac.Sum(nil))
	return p, nil
}

// A Pseudonym stands for an indicator whose value must not be told. It is
// comparable and can be a map key: equal pseudonyms mean the same key and the
// same indicator. The zero value is invalid.
type Pseudonym struct {
	keyID string
	typ   ioc.Type
	token [PseudonymSize]byte
}

// KeyID returns the public id of the key that made p.
func (p Pseudonym) KeyID() string { return p.keyID }

// Type returns the type of the indicator behind p.
func (p Pseudonym) Type() ioc.Type { return p.typ }

// IsValid tells whether p was made by a key or read by [ParsePseudonym].
func (p Pseudonym) IsValid() bool { return p.keyID != "" }

// String returns "pseudonym:KEYID:TYPE:HEX", or "" for the zero value.
func (p Pseudonym) String() string {
	if !p.IsValid() {
		return ""
	}
	return "pseudonym:" + p.keyID + ":" + p.typ.String() + ":" + hex.EncodeToString(p.token[:])
}

// MarshalText returns [Pseudonym.String]; the zero value is an [ErrPseudonym].
func (p Pseudonym) MarshalText() ([]byte, error) {
	if !p.IsValid() {
		return nil, fmt.Errorf("privacy: the zero Pseudonym has no text: %w", ErrPseudonym)
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads what MarshalText wrote; see [ParsePseudonym].
func (p *Pseudonym) UnmarshalText(text []byte) error {
	parsed, err := ParsePseudonym(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}

// ParsePseudonym reads the form of [Pseudonym.String]. Anything else is an
// [ErrPseudonym].
func ParsePseudonym(s string) (Pseudonym, error) {
	bad := func(why string) (Pseudonym, error) {
		return Pseudonym{}, fmt.Errorf("privacy: %.80q: %s; want pseudonym:KEYID:TYPE:HEX: %w", s, why, ErrPseudonym)
	}
	part := strings.Split(s, ":")
	if len(part) != 4 || part[0] != "pseudonym" {
		return bad("it has not the four parts")
	}
	for id := range strings.SplitSeq(part[1], "/") {
		if err := checkKeyID(id); err != nil {
			return bad(err.Error())
		}
	}
	typ, err := ioc.ParseType(part[2])
	if err != nil {
		return bad(err.Error())
	}
	p := Pseudonym{keyID: part[1], typ: typ}
	if len(part[3]) != hex.EncodedLen(PseudonymSize) || part[3] != strings.ToLower(part[3]) {
		return bad(fmt.Sprintf("the last part is not %d lower-case hexadecimal digits", hex.EncodedLen(PseudonymSize)))
	}
	if _, err := hex.Decode(p.token[:], []byte(part[3])); err != nil {
		return bad("the last part is not hexadecimal")
	}
	return p, nil
}
