package services

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// Script is a script that is a Go function.
type Script struct {
	// Path is where clients find it: "/omero/util_scripts/Count.py".
	Path string
	// Params describe it: name, version, inputs, outputs.
	Params *omero.GridJobParams
	// Run does it. Its ctx ends when the script is cancelled. An error makes the
	// script end with code 1 and the error as its message.
	Run func(ctx context.Context, call ScriptCall) (omero.RTypeDict, error)
}

// ScriptCall is what a script is run with.
type ScriptCall struct {
	// Inputs are what the client gave, with the defaults of what it did not.
	Inputs omero.RTypeDict
	// User and Group are whose behalf the script runs on.
	User, Group int64
	// SessionKey joins the session that the script was started in.
	SessionKey string
	// Printf leaves a line in what the script printed.
	Printf func(format string, args ...any)
}

const (
	scriptMimetype = "text/x-python"
	// ScriptRepo is the uuid of the repository of the server's own scripts.
	ScriptRepo = "ScriptRepo"
)

// scripts is IScript. Scripts that clients upload are kept, but only those that
// are Go functions can be run.
type scripts struct{ session *Session }

func newScripts(s *Session) *scripts { return &scripts{s} }

// function returns the Go function that is the script with an id, or nil.
func (s *scripts) function(id int64) *Script { return s.session.Server.scripts[id] }

// AddScripts makes scripts known, and gives them a file if they have none yet.
func (s *Server) AddScripts(ctx context.Context, list []Script) error {
	session := &Session{Server: s, UserID: rootID, UserName: roles.RootName, group: systemGroupID, EventType: "Internal"}
	call := (&Call{Session: session}).asServer()
	s.scripts = map[int64]*Script{}
	for i := range list {
		script := &list[i]
		if !strings.HasPrefix(script.Path, "/") || script.Run == nil || script.Params == nil {
			return ApiUsage("the script %q needs a path that begins with /, parameters and a function", script.Path)
		}
		id, err := officialScript(ctx, call, script.Path)
		if err != nil {
			return err
		}
		if id < 0 {
			file := newScriptFile(script.Path, scriptText(script), ScriptRepo)
			details(file).Group = groupRef(userGroupID)
			saved, err := call.save(ctx, file)
			if err != nil {
				return err
			}
			id, _ = idOf(saved[0])
			if err := s.WriteFile(id, []byte(scriptText(script))); err != nil {
				return err
			}
		}
		s.scripts[id] = script
	}
	return nil
}

// scriptText is what clients see that ask for the text of a Go function.
func scriptText(s *Script) string {
	return "# " + s.Params.Name + "\n# " + strings.ReplaceAll(s.Params.Description, "\n", "\n# ") + "\n# This script is part of the server.\n"
}

// newScriptFile makes the file of a script; repo is empty for a user's own.
func newScriptFile(full, text, repo string) *omero.OriginalFile {
	dir, name := path.Split(full)
	sum := sha1.Sum([]byte(text))
	file := omero.NewOriginalFile()
	file.Path, file.Name, file.Mimetype = omero.NewRString(dir), omero.NewRString(name), omero.NewRString(scriptMimetype)
	file.Size, file.Hash = omero.NewRLong(int64(len(text))), omero.NewRString(hex.EncodeToString(sum[:]))
	if repo != "" {
		file.Repo = omero.NewRString(repo)
	}
	return file
}

// officialScript finds the server's script with a path, or returns -1.
func officialScript(ctx context.Context, call *Call, full string) (int64, error) {
	dir, name := path.Split(full)
	ids, err := call.ids(ctx, "select f.id from OriginalFile f where f.path = :path and f.name = :name and f.mimetype = :type and f.repo = :repo order by f.id desc",
		args{"path": dir, "name": name, "type": scriptMimetype, "repo": ScriptRepo})
	if err != nil || len(ids) == 0 {
		return -1, err
	}
	return ids[0], nil
}

// everywhere is the call in all groups: scripts are in the group "user".
func (s *scripts) everywhere(ctx context.Context) (*Call, error) {
	return s.session.Call(ctx).inAllGroups(ctx)
}

func (s *scripts) files(ctx context.Context, condition string, a args) (omero.OriginalFileList, error) {
	call, err := s.everywhere(ctx)
	if err != nil {
		return nil, err
	}
	return findList[*omero.OriginalFile](ctx, call, "select f from OriginalFile f where "+condition+" order by f.id", a.with(nil))
}

func (s *scripts) GetScripts(ctx context.Context) (omero.OriginalFileList, error) {
	return s.GetScriptsByMimetype(ctx, scriptMimetype)
}

func (s *scripts) GetScriptsByMimetype(ctx context.Context, mimetype string) (omero.OriginalFileList, error) {
	return s.files(ctx, "f.mimetype = :type and f.repo = :repo", args{"type": mimetype, "repo": ScriptRepo})
}

// GetUserScripts are those that are not the server's: of the users and groups
// that are asked for, or the caller's own.
func (s *scripts) GetUserScripts(ctx context.Context, accepts omero.IObjectList) (omero.OriginalFileList, error) {
	a := args{"type": scriptMimetype, "repo": ScriptRepo}
	condition := "f.mimetype = :type and (f.repo is null or f.repo != :repo)"
	var users, groups []int64
	for _, o := range accepts {
		id, ok := idOf(o)
		if !ok {
			return nil, ApiUsage("who is to be accepted has no id")
		}
		switch o.(type) {
		case *omero.Experimenter:
			users = append(users, id)
		case *omero.ExperimenterGroup:
			groups = append(groups, id)
		default:
			return nil, ApiUsage("users and groups can be accepted, not a %s", classOf(o))
		}
	}
	if len(accepts) == 0 {
		users = []int64{s.session.UserID}
	}
	if len(users) > 0 {
		condition, a["users"] = condition+" and f.details.owner.id in (:users)", users
	}
	if len(groups) > 0 {
		condition, a["groups"] = condition+" and f.details.group.id in (:groups)", groups
	}
	return s.files(ctx, condition, a)
}

func (s *scripts) GetScriptID(ctx context.Context, full string) (int64, error) {
	call, err := s.everywhere(ctx)
	if err != nil {
		return 0, err
	}
	return officialScript(ctx, call, full)
}

// script loads the file of a script.
func (s *scripts) script(ctx context.Context, id int64) (*omero.OriginalFile, error) {
	found, err := s.files(ctx, "f.id = :id and f.mimetype = :type", args{"id": id, "type": scriptMimetype})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ApiUsage("No script with id %d on server.", id)
	}
	return found[0], nil
}

func (s *scripts) GetScriptText(ctx context.Context, id int64) (string, error) {
	if _, err := s.script(ctx, id); err != nil {
		return "", err
	}
	text, err := s.session.Server.ReadFile(id)
	if err != nil {
		return "", Resource("the script cannot be read: %v", err)
	}
	return string(text), nil
}

func (s *scripts) UploadScript(ctx context.Context, full, text string) (int64, error) {
	return s.upload(ctx, s.session.Call(ctx), full, text, "")
}

func (s *scripts) UploadOfficialScript(ctx context.Context, full, text string) (int64, error) {
	call := s.session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return 0, err
	}
	if !who.may(privWriteScriptRepo) {
		return 0, Security("only administrators with the privilege %s may upload official scripts", privWriteScriptRepo)
	}
	if have, err := officialScript(ctx, call.asServer(), full); err != nil || have >= 0 {
		if err == nil {
			err = ApiUsage("A script with path '%s' exists. If you would like to update it, please use editScript.", firstLine(full))
		}
		return 0, err
	}
	return s.upload(ctx, call.asServer(), full, text, ScriptRepo)
}

func (s *scripts) upload(ctx context.Context, call *Call, full, text, repo string) (int64, error) {
	if path.Base(full) == "/" || path.Base(full) == "." || strings.Contains(full, "..") {
		return 0, ApiUsage("the path %q is not that of a script", firstLine(full))
	}
	file := newScriptFile(full, text, repo)
	if repo != "" {
		details(file).Group = groupRef(userGroupID)
	}
	saved, err := call.save(ctx, file)
	if err != nil {
		return 0, err
	}
	id, _ := idOf(saved[0])
	if err := s.session.Server.WriteFile(id, []byte(text)); err != nil {
		return 0, Resource("the script cannot be kept: %v", err)
	}
	return id, nil
}

// writable loads a script that the caller may change.
func (s *scripts) writable(ctx context.Context, id int64) (*Call, *omero.OriginalFile, error) {
	file, err := s.script(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if s.function(id) != nil {
		return nil, nil, Security("the script %d is part of the server", id)
	}
	call := s.session.Call(ctx)
	who, err := call.caller(ctx)
	switch {
	case err != nil:
		return nil, nil, err
	case file.Repo.GetValue() == ScriptRepo && !who.may(privWriteScriptRepo):
		return nil, nil, Security("only administrators with the privilege %s may change official scripts", privWriteScriptRepo)
	}
	owner, _ := idOf(file.GetDetails().GetOwner())
	if owner != who.ID && !who.Admin {
		return nil, nil, Security("the script %d is another user's", id)
	}
	return call.asServer(), file, nil
}

func (s *scripts) EditScript(ctx context.Context, f *omero.OriginalFile, text string) error {
	id, ok := idOf(f)
	if !ok || f == nil {
		return ApiUsage("the script has no id")
	}
	call, file, err := s.writable(ctx, id)
	if err != nil {
		return err
	}
	changed := newScriptFile(file.Path.GetValue()+file.Name.GetValue(), text, file.Repo.GetValue())
	file.Size, file.Hash = changed.Size, changed.Hash
	if _, err := call.save(ctx, file); err != nil {
		return err
	}
	if err := s.session.Server.WriteFile(id, []byte(text)); err != nil {
		return Resource("the script cannot be kept: %v", err)
	}
	return nil
}

func (s *scripts) DeleteScript(ctx context.Context, id int64) error {
	call, _, err := s.writable(ctx, id)
	if err != nil {
		return err
	}
	if err := call.remove(ctx, "OriginalFile", id); err != nil {
		return err
	}
	return s.session.Server.RemoveFile(id)
}

// GetScriptWithDetails has the file of the script by its text.
func (s *scripts) GetScriptWithDetails(ctx context.Context, id int64) (omero.RTypeDict, error) {
	file, err := s.script(ctx, id)
	if err != nil {
		return nil, err
	}
	text, err := s.GetScriptText(ctx, id)
	if err != nil {
		return nil, err
	}
	return omero.RTypeDict{text: &omero.RObject{Val: file}}, nil
}

// noProcessor is what OMERO says when nobody runs scripts.
func noProcessor(id int64) error {
	e := &omero.NoProcessorAvailable{}
	e.ServerError = serverError("NoProcessorAvailable", "No processor available for the script %d: this server runs only scripts that are Go functions", id)
	return e
}

func (s *scripts) GetParams(ctx context.Context, id int64) (*omero.GridJobParams, error) {
	if _, err := s.script(ctx, id); err != nil {
		return nil, err
	}
	if f := s.function(id); f != nil {
		return f.Params, nil
	}
	return nil, noProcessor(id)
}

func (s *scripts) CanRunScript(ctx context.Context, id int64) (bool, error) {
	if _, err := s.script(ctx, id); err != nil {
		return false, err
	}
	return s.function(id) != nil, nil
}

func (s *scripts) RunScript(ctx context.Context, id int64, inputs omero.RTypeDict, _ *omero.RInt) (omero.GridScriptProcessPrx, error) {
	if _, err := s.script(ctx, id); err != nil {
		return nil, err
	}
	f := s.function(id)
	if f == nil {
		return nil, noProcessor(id)
	}
	p, err := startProcess(ctx, s.session.Call(ctx), id, f, inputs)
	if err != nil {
		return nil, err
	}
	prx, err := s.session.Add(p)
	if err != nil {
		return nil, err
	}
	p.start()
	return omero.NewGridScriptProcessPrx(prx), nil
}

// ValidateScript returns the script of a job if it is one of those that are
// accepted: the server's own, or of a user or a group in the list.
func (s *scripts) ValidateScript(ctx context.Context, job omero.AnyJob, accepts omero.IObjectList) (*omero.OriginalFile, error) {
	id, ok := idOf(job)
	if !ok {
		return nil, ApiUsage("the job has no id")
	}
	files, err := s.files(ctx, "f.mimetype = :type and f.id in (select l.child.id from JobOriginalFileLink l where l.parent.id = :job)", args{"job": id, "type": scriptMimetype})
	if err != nil || len(files) != 1 {
		return nil, err
	}
	if files[0].Repo.GetValue() == ScriptRepo {
		return files[0], nil
	}
	accepted, err := s.GetUserScripts(ctx, accepts)
	if err != nil || !slices.ContainsFunc(accepted, func(f *omero.OriginalFile) bool { return f.Id.GetValue() == files[0].Id.GetValue() }) {
		return nil, err
	}
	return files[0], nil
}
