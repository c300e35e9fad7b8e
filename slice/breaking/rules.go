package breaking

import (
	"fmt"
	"slices"
	"strings"
)

// Level says what a change breaks.
type Level int

// The levels, the mildest first.
const (
	Safe Level = iota
	Source
	Wire
)

// String returns the word that reports use.
func (l Level) String() string { return [...]string{"safe", "source", "wire"}[l] }

// MarshalText writes the level as String does.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ParseLevel reads what String returns.
func ParseLevel(text string) (Level, error) {
	for _, l := range []Level{Safe, Source, Wire} {
		if l.String() == text {
			return l, nil
		}
	}
	return 0, fmt.Errorf("%q is not a level: use wire, source or safe", text)
}

// Rule is one kind of change.
type Rule struct {
	ID     string
	Level  Level
	Reason string // why it has this level
}

// The rules, by their ids. The wire rules are proved by a test that lets
// ZeroC's programs of both versions talk to each other.
var rules = []Rule{
	{"interface-removed", Wire, "old clients call objects of this type, and a checked cast to it fails"},
	{"class-removed", Wire, "an instance of it has a type that the new version does not know"},
	{"exception-removed", Wire, "a program that still gets it does not know its type"},
	{"definition-removed", Source, "Go code that names it no longer compiles"},
	{"definition-added", Safe, "nobody uses it yet"},
	{"kind-changed", Wire, "the two kinds have different forms on the wire"},

	{"operation-removed", Wire, "old clients that call it get OperationNotExist"},
	{"operation-added", Source, "servants have to implement it; only new clients call it, and old servers answer OperationNotExist"},
	{"mode-changed", Wire, "servers refuse a call whose mode, idempotent or not, is not the one that they expect"},
	{"parameter-added", Wire, "the parameters are encoded one after the other, without names or counts"},
	{"parameter-removed", Wire, "the parameters are encoded one after the other, without names or counts"},
	{"parameter-type-changed", Wire, "the other side decodes it as another type"},
	{"parameter-order-changed", Wire, "the parameters are encoded in their order, without names"},
	{"parameter-renamed", Source, "only the names in generated code change"},
	{"return-type-changed", Wire, "the other side decodes it as another type"},
	{"exception-dropped", Source, "clients no longer have to expect it; an old server may still throw it, which a new client sees as an unknown user exception"},
	{"exception-added", Wire, "old clients that get it see an unknown user exception"},
	{"exception-refined", Safe, "it derives from one that old clients expect already"},
	{"base-removed", Wire, "its operations and ice_isA of the base are gone"},
	{"base-added", Source, "servants have to implement the base's operations too"},

	{"optional-added", Source, "old programs skip an optional value that they do not know; encoding 1.0 has none"},
	{"optional-removed", Source, "old programs that still send it have it skipped; encoding 1.0 has none"},
	{"optional-changed", Wire, "a required value is encoded in its place, an optional one behind the others with its tag"},
	{"tag-changed", Wire, "the value has another tag than the other side looks for"},
	{"tag-reused", Wire, "the tag now belongs to another value, which old programs decode as what it was"},

	{"member-added", Wire, "members are encoded one after the other, without names or counts"},
	{"member-removed", Wire, "members are encoded one after the other, without names or counts"},
	{"member-type-changed", Wire, "the other side decodes it as another type"},
	{"member-order-changed", Wire, "members are encoded in their order, without names"},
	{"member-renamed", Source, "only the name in generated code changes"},
	{"class-base-changed", Wire, "an instance is encoded as one slice for each class of its chain of bases"},
	{"exception-base-changed", Wire, "an exception is encoded as one slice for each exception of its chain of bases"},
	{"compact-id-changed", Wire, "encoding 1.1 has the number in place of the type id"},
	{"preserve-slice-removed", Wire, "what a program does not know of an instance is lost when it passes that on"},

	{"enumerator-removed", Wire, "a program that still gets it refuses it as out of range"},
	{"enumerator-added", Wire, "old programs that get it refuse it as out of range"},
	{"enumerator-value-changed", Wire, "the value is what is encoded"},
	{"enumerator-renamed", Source, "only the name in generated code changes"},
	{"enum-size-changed", Wire, "encoding 1.0 has one, two or four bytes for a value, by the largest one"},

	{"element-type-changed", Wire, "the other side decodes the elements as another type"},
	{"key-type-changed", Wire, "the other side decodes the keys as another type"},
	{"value-type-changed", Wire, "the other side decodes the values as another type"},

	{"constant-changed", Source, "the value is compiled into programs: old and new ones differ about it"},
	{"default-changed", Source, "programs start from another value; nothing else changes on the wire"},
	{"type-renamed", Source, "both types have the same form on the wire, but Go takes them for different ones"},
	{"go-name-changed", Source, "metadata gives it another name or package in Go"},
	{"deprecated", Safe, "programs are warned where they are compiled"},
}

// Rules returns all rules in the order of the documentation.
func Rules() []Rule { return slices.Clone(rules) }

func rule(id string) Rule {
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	panic("breaking: no rule " + id)
}

// Options choose rules.
type Options struct {
	// Ignore are ids of rules that report nothing.
	Ignore []string
}

// Validate returns an error for an id that no rule has.
func (o Options) Validate() error {
	for _, id := range o.Ignore {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) {
			var ids []string
			for _, r := range rules {
				ids = append(ids, r.ID)
			}
			return fmt.Errorf("there is no rule %q; the rules are %s", id, strings.Join(ids, ", "))
		}
	}
	return nil
}
