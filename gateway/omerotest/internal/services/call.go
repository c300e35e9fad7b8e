package services

import (
	"context"
	"errors"
	"reflect"
	"runtime/debug"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
	"github.com/slice2go/slice2go/runtime/wire"
)

// Call is one call of an operation, as its servant sees it.
type Call struct {
	*Session
	// Current is what Ice knows of the call. Its context has the keys omero.group,
	// omero.user and omero.client.uuid.
	Current *ice.Current

	who *Caller // once it is known
}

// Call returns what is known of the call that ctx is of.
func (s *Session) Call(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{Session: s, Current: &ice.Current{}}
}

// Callback returns a proxy of the client's object that the server can call, or
// nil if the client is not there any more.
func (c *Call) Callback(p ice.ObjectPrx) ice.ObjectPrx { return c.Server.Front.Callback(p) }

func typeOf(impl any) reflect.Type { return reflect.TypeOf(impl) }

func stack() string { return trimStack(string(debug.Stack())) }

// isSliceError reports whether an error is one that Ice sends as it is.
func isSliceError(err error) bool {
	if _, ok := errors.AsType[wire.UserException](err); ok {
		return true
	}
	if _, ok := errors.AsType[*ice.RequestFailedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*ice.MarshalError](err)
	return ok
}

// EventContext says who calls and where.
func (c *Call) EventContext(ctx context.Context) (*omero.SysEventContext, error) {
	who, err := c.caller(ctx)
	if err != nil {
		return nil, err
	}
	e := &omero.SysEventContext{
		ShareId: -1, SessionId: c.ID, SessionUuid: c.UUID, UserId: who.ID, UserName: who.Name, GroupId: who.Group,
		IsAdmin: who.Admin, EventId: -1, EventType: c.EventType, MemberOfGroups: who.Member, LeaderOfGroups: who.Leader,
		AdminPrivileges: who.Privileges,
	}
	if c.SudoerName != "" {
		e.SudoerId, e.SudoerName = omero.NewRLong(c.SudoerID), omero.NewRString(c.SudoerName)
	}
	if who.Group != AllGroups {
		g, err := c.Server.Accounts.Group(ctx, who.Group)
		if err != nil {
			return nil, err
		}
		if g != nil {
			e.GroupName, e.GroupPermissions = g.Name, &omero.Permissions{Perm1: g.Permissions}
		}
	}
	return e, nil
}
