package services

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/google/uuid"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

func init() {
	Register(
		Object[omero.GridManagedRepository, *repository](omero.NewGridManagedRepositoryServant),
		Object[omero.GridImportProcess, *importProcess](omero.NewGridImportProcessServant),
	)
}

// managedFolder is where the managed repository's files are.
const managedFolder = "ManagedRepository"

// directoryMimeType marks the rows of folders.
const directoryMimeType = "Directory"

// repository is the managed repository, as a session has it. Its files are rows
// with its UUID, a path that begins and ends with a slash, and a name.
type repository struct {
	session *Session
	uuid    string
}

// managedUUID is made once, with the row that describes the repository.
func (s *Server) managedUUID(ctx context.Context) (id string, err error) {
	const name = "repository/managed"
	read := func(tx *store.Tx) error {
		value, err := tx.Value(name)
		id = string(value)
		return err
	}
	if err := s.Store.View(ctx, store.System(), read); err != nil || id != "" {
		return id, err
	}
	who := store.System()
	who.GroupID = store.UserGroup // where all may read it
	err = s.Store.Update(ctx, who, func(tx *store.Tx) error {
		if err := read(tx); err != nil || id != "" {
			return err
		}
		id = uuid.NewString()
		f := omero.NewOriginalFile()
		f.Path, f.Name, f.Hash = omero.NewRString("/"), omero.NewRString(managedFolder), omero.NewRString(id)
		f.Mimetype, f.Size = omero.NewRString("Repository"), omero.NewRLong(0)
		if _, err := tx.SaveIDs(f); err != nil {
			return err
		}
		return tx.SetValue(name, []byte(id))
	})
	return id, err
}

// managed is the session's proxy of the managed repository.
func (s *Session) managed(ctx context.Context) (*repository, ice.ObjectPrx, error) {
	id, err := s.Server.managedUUID(ctx)
	if err != nil {
		return nil, nil, err
	}
	r := &repository{session: s, uuid: id}
	p, err := s.add("omero.grid.ManagedRepository-"+id, interfaceNamed("omero.grid.ManagedRepository"), r, false)
	return r, p, err
}

// Repositories has the managed repository.
func (r *sharedResources) Repositories(ctx context.Context) (omero.GridRepositoryMap, error) {
	m, p, err := r.session.managed(ctx)
	if err != nil {
		return omero.GridRepositoryMap{}, err
	}
	root, err := m.Root(ctx)
	if err != nil {
		return omero.GridRepositoryMap{}, err
	}
	return repositoryMap([]*omero.OriginalFile{root}, []ice.ObjectPrx{p}), nil
}

// GetScriptRepository is null: scripts here are Go functions, not files.
func (r *sharedResources) GetScriptRepository(context.Context) (omero.GridRepositoryPrx, error) {
	return nil, nil
}

// checked checks a path that a client sent.
func checked(name string) (string, error) {
	clean, err := files.CheckPath(name)
	if naming, ok := errors.AsType[*files.NamingError](err); ok {
		e := &omero.FilePathNamingException{IllegalFilePath: naming.Path, IllegalCodePoints: naming.CodePoints, IllegalPrefixes: naming.Prefixes, IllegalNames: naming.Names}
		e.ServerError = serverError("FilePathNamingException", "%v", err)
		return "", e
	}
	if err != nil {
		return "", Validation("%v", err)
	}
	return clean, nil
}

// split is a path as rows have it: the folder with slashes, and the name.
func split(clean string) (dir, name string) {
	if clean == "." {
		return "/", ""
	}
	dir, name = path.Split("/" + clean)
	return dir, name
}

// row finds the row of a path, as far as the caller may see it. It is nil if there
// is none.
func (r *repository) row(tx *store.Tx, clean string) (*omero.OriginalFile, error) {
	dir, name := split(clean)
	rows, err := r.rows(tx, dir, name)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// rows are the rows of a folder with a name; any if it is empty.
func (r *repository) rows(tx *store.Tx, dir, name string) ([]*omero.OriginalFile, error) {
	c := schema.Find("OriginalFile")
	query := `SELECT t."id" FROM "OriginalFile" AS t WHERE t.` + column("OriginalFile", "repo") + ` = ? AND t.` + column("OriginalFile", "path") + ` = ?`
	values := []any{r.uuid, dir}
	if name != "" {
		query, values = query+` AND t.`+column("OriginalFile", "name")+` = ?`, append(values, name)
	}
	if seen := tx.Visible(c, "t"); seen != "" {
		query += " AND " + seen
	}
	found, err := tx.SQL(query+` ORDER BY t."id"`, values...)
	if err != nil {
		return nil, err
	}
	var all []*omero.OriginalFile
	for _, row := range found {
		f, err := store.Get[*omero.OriginalFile](tx, row[0].(int64))
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (r *repository) call(ctx context.Context) *Call { return r.session.Call(ctx) }

// find is row for one call.
func (r *repository) find(ctx context.Context, name string) (f *omero.OriginalFile, clean string, err error) {
	if clean, err = checked(name); err != nil {
		return nil, "", err
	}
	err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
		f, err = r.row(tx, clean)
		return err
	})
	return f, clean, err
}

// Root describes the repository.
func (r *repository) Root(ctx context.Context) (root *omero.OriginalFile, err error) {
	err = r.session.Server.Store.View(ctx, store.System(), func(tx *store.Tx) error {
		found, err := tx.FindBy(schema.Find("OriginalFile"), "hash", r.uuid)
		if err == nil && len(found) > 0 {
			root, _ = found[0].(*omero.OriginalFile)
		}
		return err
	})
	return root, err
}

var mimeTypes = map[string]string{
	".tif": "image/tiff", ".tiff": "image/tiff", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".txt": "text/plain", ".csv": "text/csv", ".xml": "application/xml", ".py": "text/x-python", ".pdf": "application/pdf", ".lut": "text/x-lut",
}

func mimeType(name string) string {
	if m := mimeTypes[strings.ToLower(path.Ext(name))]; m != "" {
		return m
	}
	return "application/octet-stream"
}

func (r *repository) Mimetype(_ context.Context, name string) (string, error) {
	clean, err := checked(name)
	return mimeType(clean), err
}

func (r *repository) ListFiles(ctx context.Context, name string) (all omero.OriginalFileList, err error) {
	clean, err := checked(name)
	if err != nil {
		return nil, err
	}
	dir := "/"
	if clean != "." {
		dir += clean + "/"
	}
	err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
		all, err = r.rows(tx, dir, "")
		return err
	})
	return all, err
}

func (r *repository) List(ctx context.Context, name string) (omero.StringSet, error) {
	rows, err := r.ListFiles(ctx, name)
	var all omero.StringSet
	for _, f := range rows {
		all = append(all, f.Path.GetValue()+f.Name.GetValue())
	}
	return all, err
}

// register makes the row of a path, and those of the folders that it is in.
func (r *repository) register(tx *store.Tx, clean, mime string) (*omero.OriginalFile, error) {
	dir, name := split(clean)
	if name == "" {
		return nil, ApiUsage("the repository itself is registered already")
	}
	if parent := strings.Trim(dir, "/"); parent != "" {
		have, err := r.row(tx, parent)
		if err != nil {
			return nil, err
		}
		if have == nil {
			if _, err := r.register(tx, parent, directoryMimeType); err != nil {
				return nil, err
			}
		}
	}
	f := omero.NewOriginalFile()
	f.Repo, f.Path, f.Name = omero.NewRString(r.uuid), omero.NewRString(dir), omero.NewRString(name)
	f.Mimetype, f.Size, f.Mtime = omero.NewRString(mime), omero.NewRLong(0), omero.NewRTime(r.session.Server.Clock().UnixMilli())
	if mime != directoryMimeType {
		var err error
		if f.Hasher, err = enumOf[*omero.ChecksumAlgorithm](tx, "ChecksumAlgorithm", files.Algorithms[0]); err != nil {
			return nil, err
		}
	}
	saved, err := store.Save(tx, f)
	if err != nil {
		return nil, err
	}
	return saved, tx.SetValue(repoKey(saved.Id.GetValue()), []byte(path.Join(managedFolder, clean)))
}

// repoKey is where the path of a repository's file is kept for the time when the
// row is gone.
func repoKey(id int64) string { return "repository/file/" + number(id) }

// Register makes a row for a file that is there without.
func (r *repository) Register(ctx context.Context, name string, mime *omero.RString) (made *omero.OriginalFile, err error) {
	have, clean, err := r.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if have != nil {
		return nil, Validation("%.200q is registered already", clean)
	}
	kind := mimeType(clean)
	if mime != nil {
		kind = mime.Val
	}
	if _, err := r.session.Server.Files.Stat(path.Join(managedFolder, clean)); err != nil {
		return nil, Resource("there is no file %.200q to be registered", clean)
	}
	err = r.call(ctx).change(ctx, func(tx *store.Tx) error {
		made, err = r.register(tx, clean, kind)
		return err
	})
	return made, err
}

// store makes a RawFileStore of a row.
func (r *repository) store(ctx context.Context, f *omero.OriginalFile, mode string) (omero.RawFileStorePrx, error) {
	var edit bool
	id := f.Id.GetValue()
	err := r.call(ctx).view(ctx, func(tx *store.Tx) (err error) {
		edit, err = mayEdit(tx, "OriginalFile", id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if mode != "r" && !edit {
		return nil, Security("requiresWrite is true but cannot modify")
	}
	where, err := pathOfFile(f)
	if err != nil {
		return nil, err
	}
	s := newRawFile(r.session)
	s.id, s.path, s.fixed, s.mayEdit = &id, where, true, mode != "r"
	p, err := r.session.Add(s)
	return as(p, err, omero.NewRawFileStorePrx)
}

// File opens a file, to be read with the mode "r" and else to be written. One
// that does not exist is made unless it is only to be read.
func (r *repository) File(ctx context.Context, name, mode string) (omero.RawFileStorePrx, error) {
	if mode != "r" && mode != "rw" {
		return nil, ApiUsage("the mode is %.20q and must be r or rw", mode)
	}
	f, clean, err := r.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if f == nil {
		if _, err := r.session.Server.Files.Stat(path.Join(managedFolder, clean)); err == nil {
			return nil, Security("%.200q is not yours, or not registered", clean)
		}
		if mode == "r" {
			return nil, Resource("there is no file %.200q", clean)
		}
		err := r.call(ctx).change(ctx, func(tx *store.Tx) error {
			f, err = r.register(tx, clean, mimeType(clean))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if f.Mimetype.GetValue() == directoryMimeType {
		return nil, ApiUsage("%.200q is a folder", clean)
	}
	return r.store(ctx, f, mode)
}

// FileById opens a file to be read.
func (r *repository) FileById(ctx context.Context, id int64) (omero.RawFileStorePrx, error) {
	var f *omero.OriginalFile
	err := r.call(ctx).view(ctx, func(tx *store.Tx) (err error) {
		f, err = store.Get[*omero.OriginalFile](tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if f.Repo.GetValue() != r.uuid {
		return nil, Validation("OriginalFile:%d is not in this repository", id)
	}
	return r.store(ctx, f, "r")
}

// FileExists reports whether the caller can see a file.
func (r *repository) FileExists(ctx context.Context, name string) (bool, error) {
	f, clean, err := r.find(ctx, name)
	return f != nil || err == nil && clean == ".", err
}

// MakeDir makes a folder. With parents, it makes those that it is in, and a
// folder that is there is no error.
func (r *repository) MakeDir(ctx context.Context, name string, parents bool) error {
	f, clean, err := r.find(ctx, name)
	if err != nil {
		return err
	}
	switch {
	case clean == "." && parents:
		return Resource("Cannot re-create root!")
	case clean == ".":
		return nil
	case f != nil && f.Mimetype.GetValue() != directoryMimeType:
		return Resource("Path is not a directory.")
	case f != nil && parents:
		return nil
	case f != nil:
		return Resource("Path exists on disk:%s", clean)
	}
	where := path.Join(managedFolder, clean)
	if _, err := r.session.Server.Files.Stat(where); err == nil {
		return Security("%.200q is not yours, or not registered", clean)
	}
	if !parents {
		if dir := path.Dir(clean); dir != "." {
			parent, _, err := r.find(ctx, dir)
			if err != nil {
				return err
			}
			if parent == nil {
				return Resource("the folder %.200q does not exist", dir)
			}
		}
	}
	return r.call(ctx).change(ctx, func(tx *store.Tx) error {
		if _, err := r.register(tx, clean, directoryMimeType); err != nil {
			return err
		}
		return mediaError(r.session.Server.Files.MakeDirs(where))
	})
}

// mostTree bounds what treeList returns.
const mostTree = 100_000

// TreeList has an entry for what is at a path, and, if that is a folder, for all
// below it.
func (r *repository) TreeList(ctx context.Context, name string) (*omero.RMap, error) {
	clean, err := checked(name)
	if err != nil {
		return nil, err
	}
	tree := omero.NewRMap(omero.RTypeDict{})
	count := 0
	err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
		if clean == "." {
			return r.tree(tx, "/", tree, &count)
		}
		f, err := r.row(tx, clean)
		if err != nil || f == nil {
			return err
		}
		return r.leaf(tx, f, tree, &count)
	})
	return tree, err
}

func (r *repository) tree(tx *store.Tx, dir string, into *omero.RMap, count *int) error {
	rows, err := r.rows(tx, dir, "")
	for _, f := range rows {
		if err := r.leaf(tx, f, into, count); err != nil {
			return err
		}
	}
	return err
}

func (r *repository) leaf(tx *store.Tx, f *omero.OriginalFile, into *omero.RMap, count *int) error {
	if *count++; *count > mostTree {
		return ApiUsage("there are more than %d files; list a folder below", mostTree)
	}
	e := omero.NewRMap(omero.RTypeDict{"id": f.Id, "mimetype": omero.NewRString(f.Mimetype.GetValue()), "size": omero.NewRLong(f.Size.GetValue())})
	into.Val[f.Name.GetValue()] = e
	if f.Mimetype.GetValue() != directoryMimeType {
		return nil
	}
	below := omero.NewRMap(omero.RTypeDict{})
	e.Val["files"] = below
	return r.tree(tx, f.Path.GetValue()+f.Name.GetValue()+"/", below, count)
}

// DeletePaths deletes files, and folders with all that is in them if it is to be
// recursive.
func (r *repository) DeletePaths(ctx context.Context, paths omero.StringArray, recursively, _ bool) (omero.CmdHandlePrx, error) {
	var ids []int64
	err := r.call(ctx).view(ctx, func(tx *store.Tx) error {
		for _, name := range paths {
			clean, err := checked(name)
			if err != nil {
				return err
			}
			f, err := r.row(tx, clean)
			if err != nil {
				return err
			}
			if f == nil {
				return Resource("there is no file %.200q", clean)
			}
			if err := r.below(tx, f, recursively, &ids); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, p, err := r.session.Submit(r.call(ctx), &omero.CmdDelete2{CmdGraphModify2: omero.CmdGraphModify2{CmdGraphQuery: omero.CmdGraphQuery{TargetObjects: omero.StringLongListMap{"OriginalFile": ids}}}})
	if err == nil && p == nil {
		err = Internal("this server does not know how to delete")
	}
	return as(p, err, omero.NewCmdHandlePrx)
}

// below collects a file and, of a folder, all below it.
func (r *repository) below(tx *store.Tx, f *omero.OriginalFile, recursively bool, ids *[]int64) error {
	if f.Mimetype.GetValue() == directoryMimeType {
		rows, err := r.rows(tx, f.Path.GetValue()+f.Name.GetValue()+"/", "")
		if err != nil {
			return err
		}
		if len(rows) > 0 && !recursively {
			return ApiUsage("the folder %.200q is not empty", f.Name.GetValue())
		}
		for _, row := range rows {
			if err := r.below(tx, row, true, ids); err != nil {
				return err
			}
		}
	}
	if *ids = append(*ids, f.Id.GetValue()); len(*ids) > mostTree {
		return ApiUsage("there are more than %d files to delete", mostTree)
	}
	return nil
}

func (r *repository) ListChecksumAlgorithms(ctx context.Context) (all omero.ChecksumAlgorithmList, err error) {
	err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
		for _, name := range files.Algorithms {
			a, err := enumOf[*omero.ChecksumAlgorithm](tx, "ChecksumAlgorithm", name)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// SuggestChecksumAlgorithm is the best that both know; null if there is none.
func (r *repository) SuggestChecksumAlgorithm(ctx context.Context, supported omero.ChecksumAlgorithmList) (*omero.ChecksumAlgorithm, error) {
	all, err := r.ListChecksumAlgorithms(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		for _, s := range supported {
			if s.GetValue().GetValue() == a.Value.GetValue() {
				return a, nil
			}
		}
	}
	return nil, nil
}

// VerifyChecksums returns the ids of files whose bytes are not those that their
// rows tell of.
func (r *repository) VerifyChecksums(ctx context.Context, ids omero.LongList) (omero.LongList, error) {
	wrong := omero.LongList{}
	for _, id := range ids {
		f, algorithm, err := r.hashed(ctx, id)
		if err != nil {
			return nil, err
		}
		sum, err := r.sum(f, algorithm)
		if err != nil {
			return nil, err
		}
		if sum != f.Hash.GetValue() {
			wrong = append(wrong, id)
		}
	}
	return wrong, nil
}

// hashed loads a file's row, and the name of its algorithm.
func (r *repository) hashed(ctx context.Context, id int64) (f *omero.OriginalFile, algorithm string, err error) {
	err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
		if f, err = store.Get[*omero.OriginalFile](tx, id); err != nil {
			return err
		}
		if f.Repo.GetValue() != r.uuid {
			return Validation("OriginalFile:%d is not in this repository", id)
		}
		return loaded(tx, &f.Hasher)
	})
	return f, f.GetHasher().GetValue().GetValue(), err
}

func (r *repository) sum(f *omero.OriginalFile, algorithm string) (string, error) {
	if algorithm == "" {
		return f.Hash.GetValue(), nil
	}
	where, err := pathOfFile(f)
	if err != nil {
		return "", err
	}
	file, err := r.session.Server.Files.OpenPath(where, false)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", mediaError(err)
	}
	defer file.Close()
	sum, err := file.Checksum(algorithm)
	return sum, mediaError(err)
}

// SetChecksumAlgorithm has files checked with another algorithm from now on, and
// returns the ids of those that had another.
func (r *repository) SetChecksumAlgorithm(ctx context.Context, hasher *omero.ChecksumAlgorithm, ids omero.LongList) (omero.LongList, error) {
	if hasher == nil {
		return nil, ApiUsage("no algorithm is given")
	}
	changed := omero.LongList{}
	for _, id := range ids {
		f, algorithm, err := r.hashed(ctx, id)
		if err != nil {
			return nil, err
		}
		var to *omero.ChecksumAlgorithm
		err = r.call(ctx).view(ctx, func(tx *store.Tx) error {
			to = hasher
			return loaded(tx, &to)
		})
		if err != nil {
			return nil, err
		}
		if to.Value.GetValue() == algorithm {
			continue
		}
		sum, err := r.sum(f, to.Value.GetValue())
		if err != nil {
			return nil, err
		}
		err = r.call(ctx).change(ctx, func(tx *store.Tx) error {
			if f.Hasher, err = enumOf[*omero.ChecksumAlgorithm](tx, "ChecksumAlgorithm", to.Value.GetValue()); err != nil {
				return err
			}
			f.Hash = omero.NewRString(sum)
			_, err = tx.SaveIDs(f)
			return err
		})
		if err != nil {
			return nil, err
		}
		changed = append(changed, id)
	}
	return changed, nil
}
