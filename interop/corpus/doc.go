// Package corpus reads the corpus of small Slice files in testdata/corpus and
// what ZeroC's slice2cpp says of each of them.
//
// Files in one folder are about one kind of check: right*.ice is accepted,
// warn*.ice is accepted with a warning, wrong*.ice is refused, and twice*.ice
// has the same mistake two times. Two folders stand apart: extensions holds
// what we accept and slice2cpp does not, stricter holds what slice2cpp lets
// pass and we refuse, each with the reason at its top. The folder included is
// the include folder of all of them.
//
// The verdicts are recorded in testdata/corpus/verdicts.jsonl, so that our own
// front end can be held against them on a machine without slice2cpp. The test
// of this package holds the record against slice2cpp itself;
//
//	go test ./interop/corpus -update
//
// records anew.
package corpus
