package services

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
)

// The requests that are not about graphs of objects.

func init() {
	RegisterCommand(timing)
	RegisterCommand(doAll)
	RegisterCommand(listRequests)
	RegisterCommand(popStatus)
	RegisterCommand(findHandles)
	RegisterCommand(currentSessions)
	RegisterCommand(updateSessionTimeout)
	RegisterCommand(resetPassword)
	RegisterCommand(sendEmail)
}

// timing does nothing for a while.
func timing(ctx context.Context, h *Handle, r *omero.CmdTiming) (omero.AnyCmdResponse, error) {
	// OMERO's limits, so that nobody keeps a thread of it for long.
	const mostSteps, longest = 100000, 5 * time.Minute
	pause := time.Duration(r.MillisPerStep) * time.Millisecond
	if r.Steps < 0 || r.MillisPerStep < 0 || r.Steps > mostSteps || pause*time.Duration(r.Steps) > longest {
		return nil, ApiUsage("steps and milliseconds per step must be positive and come to %v at most", longest)
	}
	h.Steps(int(r.Steps))
	for range r.Steps {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, errCancelled
		}
		if err := h.Step(); err != nil {
			return nil, err
		}
	}
	return omero.NewCmdOK(), nil
}

// doAll does requests one after the other. The first that fails ends it.
func doAll(ctx context.Context, h *Handle, r *omero.CmdDoAll) (omero.AnyCmdResponse, error) {
	h.Steps(len(r.Requests))
	all := omero.NewCmdDoAllRsp()
	for i, part := range r.Requests {
		run := commandFor(part)
		if run == nil {
			return nil, ApiUsage("request %d of the DoAll is not known", i)
		}
		call := *h.call
		if i < len(r.Contexts) && len(r.Contexts[i]) > 0 {
			current := *h.call.Current
			current.Context = maps.Clone(current.Context)
			if current.Context == nil {
				current.Context = map[string]string{}
			}
			maps.Copy(current.Context, r.Contexts[i])
			call.Current, call.who = &current, nil
		}
		inner := &Handle{call: &call, request: part, stop: func() {}, done: make(chan struct{}), parent: h}
		inner.status = omero.CmdStatus{Category: h.call.UUID, Name: part.IceTypeID(), StartTime: call.Server.Clock().UnixMilli(), Steps: 1}
		response, err := inner.try(context.WithValue(ctx, callKey{}, &call), run)
		inner.finish(response, err)
		all.Responses, all.Status = append(all.Responses, inner.response), append(all.Status, &inner.status)
		if err != nil {
			return nil, err
		}
		if slices.Contains(inner.status.Flags, omero.CmdStateFAILURE) {
			return nil, &responseError{inner.response}
		}
		if err := h.Step(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func listRequests(context.Context, *Handle, *omero.CmdListRequests) (omero.AnyCmdResponse, error) {
	all := omero.NewCmdListRequestsRsp()
	types := slices.Collect(maps.Keys(commands))
	slices.SortFunc(types, func(a, b reflect.Type) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	for _, t := range types {
		all.List = append(all.List, reflect.New(t.Elem()).Interface().(omero.AnyCmdRequest))
	}
	return all, nil
}

// handles are the session's, oldest first, without h itself.
func (h *Handle) others() []*Handle {
	s := h.call.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*Handle
	for _, held := range s.objects {
		if other, ok := held.impl.(*Handle); ok && other != h {
			list = append(list, other)
		}
	}
	slices.SortFunc(list, func(a, b *Handle) int { return int(a.status.StartTime - b.status.StartTime) })
	return list
}

// inState reports whether a handle is in a state that is asked for.
func (h *Handle) inState(include, exclude []omero.CmdState) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	is := func(state omero.CmdState) bool {
		switch state {
		case omero.CmdStateALL:
			return true
		case omero.CmdStateACTIVE:
			return h.response == nil
		case omero.CmdStateINACTIVE:
			return h.response != nil
		}
		return slices.Contains(h.status.Flags, state)
	}
	return (len(include) == 0 || slices.ContainsFunc(include, is)) && !slices.ContainsFunc(exclude, is)
}

func popStatus(_ context.Context, h *Handle, r *omero.CmdPopStatus) (omero.AnyCmdResponse, error) {
	all := omero.NewCmdPopStatusRsp()
	for _, other := range h.others() {
		if other.inState(r.Include, r.Exclude) && (r.Limit <= 0 || len(all.List) < int(r.Limit)) {
			other.mu.Lock()
			all.List = append(all.List, other.copyStatus())
			other.mu.Unlock()
		}
	}
	return all, nil
}

func findHandles(_ context.Context, h *Handle, r *omero.CmdFindHandles) (omero.AnyCmdResponse, error) {
	all := omero.NewCmdFindHandlesRsp()
	for _, other := range h.others() {
		if other.inState(r.Include, r.Exclude) && (r.Limit <= 0 || len(all.Handles) < int(r.Limit)) {
			all.Handles = append(all.Handles, omero.NewCmdHandlePrx(h.call.Session.proxyOf(other)))
		}
	}
	return all, nil
}

// currentSessions tells of all sessions. The keys of others' are for
// administrators who may read them.
func currentSessions(ctx context.Context, h *Handle, _ *omero.CmdCurrentSessionsRequest) (omero.AnyCmdResponse, error) {
	who, err := h.call.caller(ctx)
	if err != nil {
		return nil, err
	}
	all := omero.NewCmdCurrentSessionsResponse()
	sessions := h.call.Server.Sessions()
	slices.SortFunc(sessions, func(a, b *Session) int { return int(a.ID - b.ID) })
	for _, s := range sessions {
		open := s.UserID == who.ID || who.may(privReadSession)
		if !open && !who.Admin {
			continue
		}
		row := s.Row()
		context := &omero.SysEventContext{
			ShareId: -1, SessionId: s.ID, SessionUuid: s.UUID, UserId: s.UserID, UserName: s.UserName, GroupId: s.DefaultGroup(), EventType: s.EventType,
		}
		if !open {
			row.Uuid, context.SessionUuid = nil, ""
		}
		all.Sessions, all.Contexts = append(all.Sessions, row), append(all.Contexts, context)
		all.Data = append(all.Data, omero.RTypeDict{})
	}
	return all, nil
}

func updateSessionTimeout(ctx context.Context, h *Handle, r *omero.CmdUpdateSessionTimeoutRequest) (omero.AnyCmdResponse, error) {
	service := newSessionService(h.call.Session)
	s, err := service.named(ctx, r.Session)
	if err != nil {
		return nil, err
	}
	who, err := h.call.caller(ctx)
	if err != nil {
		return nil, err
	}
	idle, live := s.Timeouts()
	asked := Request{}
	if err := service.times(&asked, r.TimeToLive.GetValue(), r.TimeToIdle.GetValue(), who.Admin); err != nil {
		return nil, err
	}
	if r.TimeToLive != nil && !who.Admin && (asked.Live == 0 && live != 0 || live != 0 && asked.Live > live) {
		return nil, Security("only administrators may have a session live longer")
	}
	if r.TimeToIdle != nil && !who.Admin && asked.Idle == 0 && idle != 0 {
		return nil, Security("only administrators may have a session that is never idle for too long")
	}
	s.mu.Lock()
	if r.TimeToLive != nil {
		s.live = asked.Live
	}
	if r.TimeToIdle != nil {
		s.idle = asked.Idle
	}
	s.mu.Unlock()
	return omero.NewCmdOK(), nil
}

// noMail answers requests that would send mail, as a server does that has not
// been told how.
func noMail(name string) (omero.AnyCmdResponse, error) {
	return nil, &responseError{&omero.CmdERR{
		Category: "::omero::cmd::" + name, Name: "no-mail",
		Parameters: omero.CmdStringMap{"message": "this server sends no mail (omero.mail.config is false)"},
	}}
}

func resetPassword(context.Context, *Handle, *omero.CmdResetPasswordRequest) (omero.AnyCmdResponse, error) {
	return noMail("ResetPasswordRequest")
}

func sendEmail(context.Context, *Handle, *omero.CmdSendEmailRequest) (omero.AnyCmdResponse, error) {
	return noMail("SendEmailRequest")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
