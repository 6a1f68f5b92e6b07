//go:build !unix

package blocklist

import (
	"context"
	"os"
)

// lock does nothing: on this system one process at a time must use a folder.
func lock(context.Context, *os.Root, string) (unlock func() error, err error) {
	return func() error { return nil }, nil
}
