package gen

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/slice2go/slice2go/slice"
)

// ConfigError is a setting of a slice2go.yaml that cannot be.
type ConfigError struct {
	Path      string // of the file; empty when only its text was read
	Line, Col int    // from 1; 0 when the place is not known
	Setting   string // where it stands: "packages[0].names"
	Message   string
}

// Error returns path:line:col: setting: message, as far as these are known.
func (e *ConfigError) Error() string {
	place := ""
	if e.Path != "" {
		place = e.Path + ":"
	}
	if e.Line > 0 {
		place += fmt.Sprintf("%d:%d:", e.Line, e.Col)
	}
	if place != "" {
		place += " "
	}
	return place + e.Setting + ": " + e.Message
}

// configCheck checks the settings that reach a path or the text of a Go file.
type configCheck struct{ data []byte }

// packages checks the entries of packages one by one.
func (c configCheck) packages(list []Package) error {
	seen := make(map[string]bool)
	for i := range list {
		if err := c.onePackage(&list[i], i, seen); err != nil {
			return err
		}
	}
	return nil
}

func (c configCheck) onePackage(p *Package, i int, seen map[string]bool) error {
	at := func(keys ...string) []any {
		path := []any{"packages", i}
		for _, k := range keys {
			path = append(path, k)
		}
		return path
	}
	switch {
	case p.Module == "":
		return c.fault(at(), "there is no module; say which top-level Slice module the entry is about")
	case !slice.IsIdentifier(p.Module):
		return c.fault(at("module"), "%q is not the name of a top-level Slice module", p.Module)
	case seen[p.Module]:
		return c.fault(at("module"), "module %s has an entry already; merge the two", p.Module)
	case p.Accessors != "" && p.Accessors != accessorsOMERO:
		return c.fault(at("accessors"), "%q is not known; leave it out or say %q", p.Accessors, accessorsOMERO)
	case p.ClassOperations != "" && p.ClassOperations != localOperations:
		return c.fault(at("classOperations"), "%q is not known; leave it out or say %q", p.ClassOperations, localOperations)
	case p.FilePrefix != "" && !isFilePrefix(p.FilePrefix):
		return c.fault(at("filePrefix"), "%q cannot begin the name of a Go file: use small letters, digits and underscores, and begin with a letter", p.FilePrefix)
	}
	seen[p.Module] = true
	if p.Path != "" {
		if err := slice.CheckImportPath(p.Path); err != nil {
			return c.fault(at("path"), "%w", err)
		}
	}
	if p.Name != "" {
		if err := slice.CheckPackageName(p.Name); err != nil {
			return c.fault(at("name"), "%w", err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Prefixes)) {
		if v := p.Prefixes[key]; v != "" {
			if err := slice.CheckGoIdentifier(v); err != nil {
				return c.fault(at("prefixes", key), "%w", err)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Names)) {
		if err := slice.CheckGoIdentifier(p.Names[key]); err != nil {
			return c.fault(at("names", key), "%w", err)
		}
	}
	return nil
}

// fault makes the error about the setting at path, the keys and indices that
// lead to it.
func (c configCheck) fault(path []any, format string, args ...any) error {
	e := &ConfigError{Message: fmt.Errorf(format, args...).Error()}
	builder := (&yaml.PathBuilder{}).Root()
	for _, step := range path {
		switch step := step.(type) {
		case int:
			e.Setting += fmt.Sprintf("[%d]", step)
			builder = builder.Index(uint(step))
		case string:
			if e.Setting != "" {
				e.Setting += "."
			}
			e.Setting += step
			builder = builder.Child(step)
		}
	}
	if node, err := builder.Build().ReadNode(bytes.NewReader(c.data)); err == nil && node.GetToken() != nil {
		e.Line, e.Col = node.GetToken().Position.Line, node.GetToken().Position.Column
	}
	return e
}

func isFilePrefix(s string) bool {
	return s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
