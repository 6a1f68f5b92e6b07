package journal_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// full tells whether tests run with their full counts.
func full() bool { return os.Getenv("SOARKIT_FULL") == "1" }
