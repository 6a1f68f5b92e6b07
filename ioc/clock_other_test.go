//go:build !unix

package ioc_test

import "time"

var processStart = time.Now()

// processorTime returns the time since the process began, for want of better.
func processorTime() time.Duration { return time.Since(processStart) }
