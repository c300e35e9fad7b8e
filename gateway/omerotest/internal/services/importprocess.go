package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// importProcess is an import: files are uploaded into a folder of unfinished
// things, then checked and read, and only when all is well do rows appear and
// the files move into the repository.
type importProcess struct {
	Stateful
	repository *repository
	call       *Call // that began it
	settings   *omero.GridImportSettings
	fileset    *omero.Fileset
	names      []string // of the files below the folder
	algorithm  string
	temp       string // the folder of the upload
	to         string // the folder in the repository

	mu     sync.Mutex
	handle ice.ObjectPrx
	ended  bool
}

// mostFiles is how many files one import can have.
const mostFiles = 10_000

// importRequest is what the server submits to itself.
func init() {
	RegisterCommand(func(ctx context.Context, h *Handle, r *omero.GridImportRequest) (omero.AnyCmdResponse, error) {
		var p *importProcess
		if r.Process != nil {
			p, _ = h.call.Session.servant(r.Process.IceIdentity().Name).(*importProcess)
		}
		if p == nil || !p.running() {
			return nil, ApiUsage("imports are begun with ManagedRepository.importFileset")
		}
		return p.run(ctx, h)
	})
}

// servant is the session's servant of a name, or nil.
func (s *Session) servant(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.objects[name]; h != nil {
		return h.impl
	}
	return nil
}

// ImportFileset begins an import of the files that the fileset's entries name.
func (r *repository) ImportFileset(ctx context.Context, f *omero.Fileset, settings *omero.GridImportSettings) (omero.GridImportProcessPrx, error) {
	if f == nil || len(f.UsedFilesSeq) == 0 {
		return nil, ApiUsage("No paths provided")
	}
	if settings == nil {
		settings = &omero.GridImportSettings{}
	}
	var paths []string
	for _, e := range f.UsedFilesSeq {
		paths = append(paths, e.GetClientPath().GetValue())
	}
	return r.begin(ctx, f, paths, settings)
}

// ImportPaths begins an import of files with these paths.
func (r *repository) ImportPaths(ctx context.Context, paths omero.StringSet) (omero.GridImportProcessPrx, error) {
	if len(paths) == 0 {
		return nil, ApiUsage("No paths provided")
	}
	return r.begin(ctx, nil, paths, &omero.GridImportSettings{})
}

func (r *repository) begin(ctx context.Context, f *omero.Fileset, paths []string, settings *omero.GridImportSettings) (omero.GridImportProcessPrx, error) {
	if len(paths) > mostFiles {
		return nil, ApiUsage("%d files are more than %d", len(paths), mostFiles)
	}
	call := r.call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return nil, err
	}
	if who.Group < 0 {
		return nil, ApiUsage("an import needs a group: omero.group is -1")
	}
	p := &importProcess{repository: r, call: call, settings: settings, fileset: f, algorithm: files.Algorithms[0]}
	p.Init(r.session, p)
	p.Release = p.abandon
	if p.names, err = uploadNames(paths); err != nil {
		return nil, err
	}
	if a := settings.ChecksumAlgorithm; a != nil {
		err := call.view(ctx, func(tx *store.Tx) error { return loaded(tx, &a) })
		if err != nil {
			return nil, err
		}
		p.algorithm = a.Value.GetValue()
		if _, err := files.NewHasher(p.algorithm); err != nil {
			return nil, ApiUsage("%v", err)
		}
	}
	now := r.session.Server.Clock()
	p.temp = path.Join("Unfinished", "import-"+uuid.NewString())
	p.to = path.Join(files.SafeName(fmt.Sprintf("%s_%d", who.Name, who.ID)), now.Format("2006-01/02/15-04-05.000")+"-"+uuid.NewString()[:8])
	if err := r.session.Server.Files.MakeDirs(p.temp); err != nil {
		return nil, mediaError(err)
	}
	prx, err := r.session.Add(p)
	if err != nil {
		p.abandon()
		return nil, err
	}
	return omero.NewGridImportProcessPrx(prx), nil
}

// uploadNames are the paths of the files without the folders that all are in.
func uploadNames(paths []string) ([]string, error) {
	var clean []string
	seen := map[string]bool{}
	for _, name := range paths {
		c, err := checked(name)
		if err != nil {
			return nil, err
		}
		if c == "." || seen[c] {
			return nil, Validation("the path %.200q names no file, or one that is there twice", name)
		}
		seen[c] = true
		clean = append(clean, c)
	}
	common := path.Dir(clean[0])
	for _, c := range clean {
		for common != "." && !strings.HasPrefix(c, common+"/") {
			common = path.Dir(common)
		}
	}
	if common != "." {
		for i := range clean {
			clean[i] = strings.TrimPrefix(clean[i], common+"/")
		}
	}
	return clean, nil
}

func (p *importProcess) running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.ended
}

// abandon removes what was uploaded, unless the import is under way: it does so
// itself then.
func (p *importProcess) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle == nil {
		p.remove()
	}
	p.ended = p.ended || p.handle == nil
}

func (p *importProcess) remove() {
	if err := p.Session.Server.Files.RemoveAll(p.temp); err != nil {
		p.Session.Server.Log.Warn("omerotest: cannot remove an upload", "error", err) // it goes at the next start
	}
}

func (p *importProcess) file(i int32) (string, error) {
	if i < 0 || int(i) >= len(p.names) {
		return "", ApiUsage("there is no file %d: there are %d", i, len(p.names))
	}
	return path.Join(p.temp, p.names[i]), nil
}

// GetUploader is where the bytes of a file are written to.
func (p *importProcess) GetUploader(_ context.Context, i int32) (omero.RawFileStorePrx, error) {
	name, err := p.file(i)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle != nil || p.ended {
		return nil, ApiUsage("the upload has been verified")
	}
	s := newRawFile(p.Session)
	none := int64(-1)
	s.id, s.path, s.fixed, s.mayEdit, s.upload = &none, name, true, true, true
	prx, err := p.Session.Add(s)
	return as(prx, err, omero.NewRawFileStorePrx)
}

func (p *importProcess) GetUploadOffset(_ context.Context, i int32) (int64, error) {
	name, err := p.file(i)
	if err != nil {
		return 0, err
	}
	info, err := p.Session.Server.Files.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, mediaError(err)
	}
	return info.Size(), nil
}

// VerifyUpload compares checksums with those that the client has, and begins to
// read the files.
func (p *importProcess) VerifyUpload(ctx context.Context, sums omero.StringSet) (omero.CmdHandlePrx, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.handle != nil {
		return nil, ApiUsage("the upload has been verified already")
	}
	if len(sums) != len(p.names) {
		return nil, ApiUsage("there are %d checksums for %d files", len(sums), len(p.names))
	}
	failing := omero.IntStringMap{}
	for i, want := range sums {
		got, err := p.sum(int32(i))
		if err != nil {
			return nil, err
		}
		if !strings.EqualFold(got, want) {
			failing[int32(i)] = got
		}
	}
	if len(failing) > 0 {
		e := &omero.ChecksumValidationException{FailingChecksums: maps.Clone(failing)}
		e.ServerError = serverError("ChecksumValidationException", "A checksum mismatch has occured: %d of %d files", len(failing), len(p.names))
		return nil, e
	}
	self := p.Session.proxyOf(p)
	if self == nil {
		return nil, ApiUsage("the service is closed")
	}
	_, h, err := p.Session.Submit(p.call, &omero.GridImportRequest{
		ClientUuid: p.call.Current.Context[omero.ConstantsCLIENTUUID], RepoUuid: p.repository.uuid,
		Process: omero.NewGridImportProcessPrx(self), Settings: p.settings,
		Location: &omero.GridImportLocation{SharedPath: p.to, UsedFiles: p.names},
	})
	if err != nil {
		return nil, err
	}
	p.handle = h
	return omero.NewCmdHandlePrx(h), nil
}

func (p *importProcess) sum(i int32) (string, error) {
	name, err := p.file(i)
	if err != nil {
		return "", err
	}
	f, err := p.Session.Server.Files.OpenPath(name, true) // one that nobody wrote to is empty
	if err != nil {
		return "", mediaError(err)
	}
	defer f.Close()
	sum, err := f.Checksum(p.algorithm)
	return sum, mediaError(err)
}

// GetHandle is null before the upload is verified.
func (p *importProcess) GetHandle(context.Context) (omero.CmdHandlePrx, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handle == nil {
		return nil, nil
	}
	return omero.NewCmdHandlePrx(p.handle), nil
}

func (p *importProcess) GetImportSettings(context.Context) (*omero.GridImportSettings, error) {
	return p.settings, nil
}

// ListImports are the session's imports that are not closed.
func (r *repository) ListImports(context.Context) (omero.GridImportProcessList, error) {
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	var all omero.GridImportProcessList
	for _, h := range r.session.objects {
		if _, ok := h.impl.(*importProcess); ok {
			all = append(all, omero.NewGridImportProcessPrx(h.prx))
		}
	}
	return all, nil
}
