package connector

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Secrets gives the credential of a name, from wherever the host keeps them. It
// fails with ErrUnauthorised if there is none.
type Secrets func(ctx context.Context, name string) (Secret, error)

// MaxSecret is the greatest length of a credential in a file, in bytes.
const MaxSecret = 64 << 10

// SecretsFrom asks a function such as [os.LookupEnv], with prefix before the name.
// The environment is read only if the host passes that function.
func SecretsFrom(lookup func(string) (string, bool), prefix string) Secrets {
	return func(_ context.Context, name string) (Secret, error) {
		text, ok := lookup(prefix + name)
		if !ok || text == "" {
			return Secret{}, Errorf(ErrUnauthorised, "there is no credential %s%s", prefix, name)
		}
		return NewSecret(text), nil
	}
}

// SecretFiles reads credentials from files of a folder, one a file, as container
// platforms mount them. Blank space and line ends around it are cut off.
func SecretFiles(dir *os.Root) Secrets {
	return func(_ context.Context, name string) (Secret, error) {
		f, err := dir.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return Secret{}, Errorf(ErrUnauthorised, "there is no credential file %s", name)
		}
		if err != nil {
			return Secret{}, &Error{Kind: ErrUnauthorised, Detail: "the credential file " + name + " cannot be opened", Err: err}
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, MaxSecret+1))
		switch {
		case err != nil:
			return Secret{}, &Error{Kind: ErrUnauthorised, Detail: "the credential file " + name + " cannot be read", Err: err}
		case len(b) > MaxSecret:
			return Secret{}, Errorf(ErrInvalid, "the credential file %s is longer than %d bytes", name, MaxSecret)
		}
		text := strings.TrimSpace(string(b))
		if text == "" {
			return Secret{}, Errorf(ErrUnauthorised, "the credential file %s is empty", name)
		}
		return NewSecret(text), nil
	}
}
