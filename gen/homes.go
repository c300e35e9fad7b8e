package gen

import (
	_ "embed"
	"sync"
)

// homesYAML describes the packages of our own module that hold Slice modules,
// so that other modules' definitions can refer to them: what their
// slice2go.yaml says, and which classes are open.
//
//go:embed homes.yaml
var homesYAML []byte

// homes are the built-in packages by Slice module.
var homes = sync.OnceValue(func() map[string]Package {
	cfg, err := ParseConfig(homesYAML)
	if err != nil {
		panic("gen: homes.yaml: " + err.Error())
	}
	m := make(map[string]Package)
	for _, p := range cfg.Packages {
		m[p.Module] = p
	}
	return m
})
