package gen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/slice2go/slice2go/slice"
)

// ConfigName is the file that `slice2go generate` looks for when it is given
// neither --config nor inputs.
const ConfigName = "slice2go.yaml"

// Config is a slice2go.yaml: which definitions to read and what their Go looks
// like.
type Config struct {
	// Include are folders to look for included files in, relative to the
	// config file.
	Include []string `yaml:"include,omitempty"`
	// Define are preprocessor definitions, NAME or NAME=VALUE.
	Define []string `yaml:"define,omitempty"`
	// Inputs are Slice files or folders of them, relative to the config file
	// or below an include folder.
	Inputs []string `yaml:"inputs,omitempty"`
	// Output is the folder that --module stands for, relative to the config
	// file; the nearest go.mod's when empty.
	Output string `yaml:"output,omitempty"`
	// Packages says where top-level modules go and how their names are made.
	Packages []Package `yaml:"packages"`
	// Breaking chooses what slice2go breaking reports.
	Breaking Breaking `yaml:"breaking,omitempty"`
}

// Breaking chooses what slice2go breaking reports.
type Breaking struct {
	// Level is "wire", "source" or "safe": the mildest that is reported.
	Level string `yaml:"level,omitempty"`
	// Ignore are ids of rules that report nothing.
	Ignore []string `yaml:"ignore,omitempty"`
}

// Package says how one top-level Slice module becomes a Go package. Scoped
// names are written without the leading colons: "omero::model::Image".
type Package struct {
	// Module is the top-level Slice module.
	Module string `yaml:"module"`
	// Path is the Go import path. Outside of the module that is generated
	// into, the package is only referred to.
	Path string `yaml:"path"`
	// Name is the Go package name; the last part of Path when empty.
	Name string `yaml:"name,omitempty"`
	// Doc is the package's doc comment; a doc.go written by hand wins.
	Doc string `yaml:"doc,omitempty"`
	// Prefixes replace the prefix that definitions of a nested module get.
	Prefixes map[string]string `yaml:"prefixes,omitempty"`
	// Names are the Go names of single definitions and enumerators.
	Names map[string]string `yaml:"names,omitempty"`
	// Concrete are classes that are referred to by plain pointer although
	// others derive from them.
	Concrete []string `yaml:"concrete,omitempty"`
	// Open are classes that are referred to through an interface although
	// nothing in the run derives from them.
	Open []string `yaml:"open,omitempty"`
	// Handwritten are definitions that the package has in Go already.
	Handwritten []string `yaml:"handwritten,omitempty"`
	// ClassOperations says what the operations of classes are: remote, with a
	// proxy and a servant for each class that has any, as ZeroC's compilers do
	// it, or with "local" nothing but what the class does for itself, so that
	// only a class of which a definition uses the proxy C* gets one.
	ClassOperations string `yaml:"classOperations,omitempty"`
	// FilePrefix starts the name of every generated file.
	FilePrefix string `yaml:"filePrefix,omitempty"`
	// Accessors names a family of local class operations to write bodies for:
	// "omero", or nothing.
	Accessors string `yaml:"accessors,omitempty"`
}

// ReadConfig reads a slice2go.yaml. Unknown keys and wrong types are errors
// that show the place.
func ReadConfig(path string) (*Config, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	cfg, err := ParseConfig(data)
	var fault *ConfigError
	if errors.As(err, &fault) {
		fault.Path = path
		return nil, fault
	}
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	dir := filepath.Dir(path)
	for i, inc := range cfg.Include {
		if !filepath.IsAbs(inc) {
			cfg.Include[i] = filepath.Join(dir, inc)
		}
	}
	if cfg.Output != "" && !filepath.IsAbs(cfg.Output) {
		cfg.Output = filepath.Join(dir, cfg.Output)
	}
	return cfg, nil
}

// maxConfigSize bounds a configuration, in bytes.
const maxConfigSize = 1 << 20

// readRegular reads a file that must be a regular one, so that a pipe or a
// device neither blocks nor fills the memory.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxConfigSize:
		return nil, fmt.Errorf("%s is larger than %d KiB", path, maxConfigSize>>10)
	}
	return os.ReadFile(path)
}

// ParseConfig reads the text of a slice2go.yaml.
func ParseConfig(data []byte) (*Config, error) {
	cfg := &Config{}
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := dec.Decode(cfg); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	if err := (configCheck{data}).packages(cfg.Packages); err != nil {
		return nil, err
	}
	return cfg, nil
}

// SetPath gives a top-level module the import path of its package, whatever
// the configuration said. It returns an error if either cannot be.
func (c *Config) SetPath(module, path string) error {
	if !slice.IsIdentifier(module) {
		return fmt.Errorf("%q is not the name of a top-level Slice module", module)
	}
	if err := slice.CheckImportPath(path); err != nil {
		return err
	}
	for i := range c.Packages {
		if c.Packages[i].Module == module {
			c.Packages[i].Path = path
			return nil
		}
	}
	c.Packages = append(c.Packages, Package{Module: module, Path: path})
	return nil
}

// localOperations is the value of Package.ClassOperations that turns proxies and
// servants of classes off.
const localOperations = "local"

// accessorsOMERO is the value of Package.Accessors for OMERO's model.
const accessorsOMERO = "omero"
