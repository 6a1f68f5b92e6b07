//go:build !race

package ioc_test

const raceEnabled = false
