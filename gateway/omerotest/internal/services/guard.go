package services

import (
	"context"
	"fmt"

	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/generated/omero"
)

// guard stands between clients and a servant of a session: it sees that the
// session lives, makes the call known to the servant, refuses what is not
// offered and does the faults that tests asked for.
type guard struct {
	ice.Servant
	session *Session
	name    string // of the interface, short: "IQuery"
	impl    any
	ops     map[string]bool // of OMERO; the others are Ice's own
}

// newGuard wraps a servant. o may be nil for one that offers nothing.
func newGuard(s *Session, in *iface, impl any) *guard {
	g := &guard{Servant: in.servant(impl), session: s, name: shortName(in.name), impl: impl, ops: map[string]bool{}}
	for i := range interfaces {
		parent := &interfaces[i]
		if in.goType.Implements(parent.goType) {
			for _, m := range ice.MethodsOf(parent.servant(nil)) {
				g.ops[m.Name] = true
			}
		}
	}
	return g
}

func (g *guard) IceDispatch(ctx context.Context, r *ice.IncomingRequest) error {
	current := r.Current()
	if !g.ops[current.Operation] {
		return g.Servant.IceDispatch(ctx, r) // ice_ping and the like; those do not keep a session
	}
	call, err := g.session.enter(current)
	if err != nil {
		return err
	}
	defer g.session.leave()
	name := g.name + "." + current.Operation
	if !g.offers(current.Operation) {
		return NotOffered(name)
	}
	server := g.session.Server
	return server.Faults.Run(ctx, name, current.Connection.Abort, func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				server.Log.Error("omerotest: an operation failed", "operation", name, "panic", p, "stack", stack())
				err = Internal("%s failed: %v", name, p)
			}
		}()
		return omeroError(name, g.Servant.IceDispatch(context.WithValue(ctx, callKey{}, call), r))
	})
}

func (g *guard) offers(operation string) bool {
	return g.impl != nil && has(typeOf(g.impl), operation)
}

// omeroError makes an OMERO exception of any error, as real servers do.
func omeroError(name string, err error) error {
	switch {
	case err == nil, isServerError(err), isSliceError(err):
		return err
	}
	return &omero.InternalException{ServerError: serverError("InternalException", "%s failed: %v", name, err)}
}

type callKey struct{}

func shortName(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}

func (g *guard) String() string { return fmt.Sprintf("%s of session %d", g.name, g.session.ID) }
