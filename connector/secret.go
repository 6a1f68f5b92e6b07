package connector

import "log/slog"

// Redacted is what a [Secret] shows of itself.
const Redacted = "[redacted]"

// A Secret is a credential. It holds a pointer to its text, so that printing a
// struct that contains it, however deep, shows an address and never the text.
// Every usual way to print, log or encode it yields [Redacted]; only
// [Secret.Reveal] gives the text. The zero value is "no secret".
type Secret struct{ text *string }

// NewSecret returns a Secret with the given text. An empty text gives the zero
// value.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text. Call it where the text is put to use, not earlier.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns [Redacted], or "" for the zero value.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return Redacted
}

// GoString returns what String does, for %#v.
func (s Secret) GoString() string { return "connector.Secret(" + s.String() + ")" }

// LogValue returns what String does, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String does, for encoding/json and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is, for configuration files. A text that
// was redacted is refused: it is an output that came back as input.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == Redacted {
		return Errorf(ErrInvalid, "a secret reads %q: it was redacted before it came here", Redacted)
	}
	*s = NewSecret(string(text))
	return nil
}
