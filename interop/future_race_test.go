//go:build race

package interop_test

// raceEnabled tells the tests that measure memory that the race detector keeps its own notes in it.
const raceEnabled = true
