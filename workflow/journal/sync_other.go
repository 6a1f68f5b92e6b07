//go:build !linux

package journal

import "os"

// dataSync forces the file to the disk; on Apple systems os.File.Sync asks the
// drive to empty its cache as well.
func dataSync(f *os.File) error { return f.Sync() }
