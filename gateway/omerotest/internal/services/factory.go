package services

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

type noServiceFactory struct{ omero.ServiceFactory }

// factory is the session object that one client has.
type factory struct {
	noServiceFactory
	session *Session
	client  string // its uuid
	close   bool   // the session when the client leaves; guarded by the session's lock
}

// identity is where the client finds the factory: it reads the session's key
// from it.
func (f *factory) identity() ice.Identity {
	return ice.Identity{Category: "session-" + f.client, Name: f.session.UUID}
}

// Destroy is called when the client leaves.
func (f *factory) Destroy(context.Context) error {
	f.session.Server.leave(f)
	return nil
}

func (f *factory) GetByName(ctx context.Context, name string) (omero.ServiceInterfacePrx, error) {
	p, err := f.stateless(ctx, name)
	return omero.NewServiceInterfacePrx(p), err
}

// stateless returns the client's own servant of a service.
func (f *factory) stateless(_ context.Context, name string) (ice.ObjectPrx, error) {
	if p := f.session.find(name); p != nil {
		return p, nil // a name that activeServices gave
	}
	full := f.client + name
	if p := f.session.find(full); p != nil {
		return p, nil
	}
	return f.make(full, name)
}

// make adds a servant. Interfaces that the server does not offer, but OMERO
// has, can be had as well: their operations say so.
func (f *factory) make(full, name string) (ice.ObjectPrx, error) {
	o := service(name)
	if f.session.guest && (o == nil || !o.guests) {
		return nil, Security("Access denied to guest user: %s", firstLine(name))
	}
	if o != nil {
		return f.session.add(full, o.iface, o.make(f.session), o.stateful)
	}
	in := interfaceNamed(name)
	if in == nil {
		return nil, ApiUsage("there is no service %q", firstLine(name))
	}
	return f.session.add(full, in, nil, false)
}

func (f *factory) CreateByName(ctx context.Context, name string) (omero.StatefulServiceInterfacePrx, error) {
	p, err := f.stateful(ctx, name)
	return omero.NewStatefulServiceInterfacePrx(p), err
}

func (f *factory) stateful(_ context.Context, name string) (ice.ObjectPrx, error) {
	return f.make(uuid.NewString()+name, name)
}

// as gives a proxy the type that an operation returns.
func as[P any](p ice.ObjectPrx, err error, cast func(ice.ObjectPrx) P) (P, error) {
	if err != nil {
		var none P
		return none, err
	}
	return cast(p), nil
}

func (f *factory) Subscribe(ctx context.Context, topic string, prx ice.ObjectPrx) error {
	if !strings.HasPrefix(topic, "/public/") {
		return ApiUsage(`Currently only "/public/" topics allowed.`)
	}
	return f.session.Server.subscribe(topic, prx)
}

func (f *factory) GetSecurityContexts(ctx context.Context) (omero.IObjectList, error) {
	who, err := f.session.Call(ctx).caller(ctx)
	if err != nil {
		return nil, err
	}
	all := make(omero.IObjectList, 0, len(who.Member))
	a := newAdmin(f.session)
	for _, id := range who.Member {
		g, err := a.GetGroup(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// SetSecurityContext changes the group that calls work in which name none. It
// returns the one of before.
func (f *factory) SetSecurityContext(ctx context.Context, o omero.AnyIObject) (omero.AnyIObject, error) {
	g, ok := o.(*omero.ExperimenterGroup)
	if !ok || g == nil || g.Id == nil {
		return nil, ApiUsage("the security context must be a group that has an id")
	}
	who, err := f.session.Call(ctx).caller(ctx)
	if err != nil {
		return nil, err
	}
	id := g.Id.Val
	if _, err := newAdmin(f.session).GetGroup(ctx, id); err != nil {
		return nil, err
	}
	if !who.Admin && !slices.Contains(who.Member, id) {
		return nil, Security("Group %d is not available to user %d", id, who.ID)
	}
	if open := f.session.open(); len(open) > 0 {
		return nil, Security("the group cannot be changed while there are active stateful services: close %s first", strings.Join(open, ", "))
	}
	f.session.mu.Lock()
	old := f.session.group
	f.session.group = id
	f.session.mu.Unlock()
	return groupRef(old), nil
}

// SetSecurityPassword shows the password again, in a session that was joined.
func (f *factory) SetSecurityPassword(ctx context.Context, password string) error {
	accounts := f.session.Server.Accounts
	p, err := accounts.PersonByID(ctx, f.session.UserID)
	if err != nil {
		return err
	}
	ok, err := accounts.CheckPassword(ctx, p, password)
	if err == nil && !ok {
		err = Security("Bad password for %s", p.Name)
	}
	if err == nil {
		f.session.mu.Lock()
		f.session.proven = true
		f.session.mu.Unlock()
	}
	return err
}

// SetCallback forgets the callback, as OMERO does.
func (f *factory) SetCallback(context.Context, omero.ClientCallbackPrx) error { return nil }

func (f *factory) CloseOnDestroy(context.Context) error {
	f.onDestroy(true)
	return nil
}

func (f *factory) DetachOnDestroy(context.Context) error {
	f.onDestroy(false)
	return nil
}

func (f *factory) onDestroy(close bool) {
	f.session.mu.Lock()
	f.close = close
	f.session.mu.Unlock()
}

func (f *factory) ActiveServices(context.Context) (omero.StringSet, error) {
	return f.session.Servants(), nil
}

// KeepAllAlive has a bit for each proxy that is not alive any more, and is -1
// when it was asked about none. Null proxies count as alive.
func (f *factory) KeepAllAlive(_ context.Context, proxies omero.ServiceList) (int64, error) {
	if len(proxies) == 0 {
		return -1, nil
	}
	var dead int64
	for i, p := range proxies {
		if !ice.IsNil(p) && f.session.find(p.IceIdentity().Name) == nil {
			dead |= 1 << (i % 64)
		}
	}
	return dead, nil
}

func (f *factory) KeepAlive(_ context.Context, p omero.ServiceInterfacePrx) (bool, error) {
	return ice.IsNil(p) || f.session.find(p.IceIdentity().Name) != nil, nil
}
