package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/graph"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// The requests about files and the space that they take.

func init() {
	RegisterCommand(diskUsage2)
	RegisterCommand(diskUsage)
	RegisterCommand(originalMetadata)
	RegisterCommand(usedFiles)
	RegisterCommand(manageBinaries)
	RegisterCommand(findPyramids)
}

// usage is how many files there are and how many bytes, by whose they are and by
// what they are for.
type usage struct {
	count map[omero.LongPair]map[string]int32
	bytes map[omero.LongPair]map[string]int64
}

func (u *usage) add(user, group int64, what string, size int64) {
	key := omero.LongPair{First: user, Second: group}
	if u.count[key] == nil {
		u.count[key], u.bytes[key] = map[string]int32{}, map[string]int64{}
	}
	u.count[key][what]++
	u.bytes[key][what] += size
}

func (u *usage) response() *omero.CmdDiskUsage2Response {
	r := &omero.CmdDiskUsage2Response{
		FileCountByReferer: u.count, BytesUsedByReferer: u.bytes,
		TotalFileCount: omero.LongPairIntMap{}, TotalBytesUsed: omero.LongPairLongMap{},
	}
	for key, by := range u.count {
		for what, n := range by {
			r.TotalFileCount[key] += n
			r.TotalBytesUsed[key] += u.bytes[key][what]
		}
	}
	return r
}

// used measures what is below objects. Files are counted once for each class
// that refers to them, and once in all: by the first of their classes.
func (w *graphWork) used(targets graph.Set) (*usage, error) {
	walk := graph.Walk{Source: w.source}
	found, err := walk.From(w.ctx, targets)
	if err != nil {
		return nil, err
	}
	for root, ids := range targets {
		for id := range ids {
			found.Add(graph.Node{Class: root, ID: id})
		}
	}
	u := &usage{map[omero.LongPair]map[string]int32{}, map[omero.LongPair]map[string]int64{}}
	files := found.IDs(schema.Find("OriginalFile"))
	referers := map[int64]string{}
	for _, name := range []string{"FilesetEntry.originalFile", "FileAnnotation.file", "PixelsOriginalFileMap.parent", "JobOriginalFileLink.child", "Roi.source"} {
		class, prop, _ := cut(name)
		p := schema.Find(class).Prop(prop)
		edges, err := w.source.Referrers(w.ctx, p, files)
		if err != nil {
			return nil, err
		}
		for _, e := range edges {
			if referers[e.To] == "" && found.Has(graph.Node{Class: p.Class.Root, ID: e.From}) {
				referers[e.To] = class
			}
		}
	}
	err = inChunks(files, func(list string) error {
		rows, err := w.tx.SQL(`SELECT "id", "_owner", "_group", "size" FROM "OriginalFile" WHERE "id" IN (` + list + `)`)
		for _, row := range rows {
			id, _ := row[0].(int64)
			owner, _ := row[1].(int64)
			group, _ := row[2].(int64)
			size, _ := row[3].(int64)
			what := referers[id]
			if what == "" {
				what = "OriginalFile"
			}
			u.add(owner, group, what, size)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, inChunks(found.IDs(schema.Find("Pixels")), func(list string) error { return w.pixelBytes(u, list) })
}

func cut(name string) (class, prop string, ok bool) {
	for i := range name {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}

// pixelBytes adds the pixels that were not imported with files.
func (w *graphWork) pixelBytes(u *usage, list string) error {
	rows, err := w.tx.SQL(`SELECT p."_owner", p."_group", p."sizeX" * p."sizeY" * p."sizeZ" * p."sizeC" * p."sizeT" * (t."bitSize" / 8) ` +
		`FROM "Pixels" AS p JOIN "Image" AS i ON i."id" = p."image" JOIN "PixelsType" AS t ON t."id" = p."pixelsType" ` +
		`WHERE p."id" IN (` + list + `) AND i."fileset" IS NULL`)
	for _, row := range rows {
		owner, _ := row[0].(int64)
		group, _ := row[1].(int64)
		size, _ := row[2].(int64)
		u.add(owner, group, "Pixels", size)
	}
	return err
}

func (w *graphWork) allOf(names []string, set graph.Set) error {
	for _, name := range names {
		c := schema.Find(name)
		if c == nil {
			return ApiUsage("unknown model object class: %s", firstLine(name))
		}
		condition := w.tx.Visible(c.Root, "t")
		if condition != "" {
			condition = " WHERE " + condition
		}
		rows, err := w.tx.SQL(`SELECT t."id" FROM ` + sqlName(c.Root.Table()) + ` AS "t"` + condition)
		if err != nil {
			return err
		}
		for _, row := range rows {
			id, _ := row[0].(int64)
			set.Add(graph.Node{Class: c.Root, ID: id})
		}
	}
	return nil
}

func usageOf(ctx context.Context, h *Handle, r omero.AnyCmdRequest, objects omero.StringLongListMap, classes []string) (u *usage, err error) {
	_, err = inGraph(ctx, h, r, true, func(w *graphWork) (omero.AnyCmdResponse, error) {
		targets := graph.Set{}
		if len(objects) > 0 {
			if targets, err = w.targets(objects); err != nil {
				return nil, err
			}
		}
		if err := w.allOf(classes, targets); err != nil {
			return nil, err
		}
		u, err = w.used(targets)
		return omero.NewCmdOK(), err
	})
	return u, err
}

func diskUsage2(ctx context.Context, h *Handle, r *omero.CmdDiskUsage2) (omero.AnyCmdResponse, error) {
	u, err := usageOf(ctx, h, r, r.TargetObjects, r.TargetClasses)
	if err != nil {
		return nil, err
	}
	return u.response(), nil
}

//lint:ignore SA1019 deprecated in OMERO, whose clients still submit it
func diskUsage(ctx context.Context, h *Handle, r *omero.CmdDiskUsage) (omero.AnyCmdResponse, error) {
	u, err := usageOf(ctx, h, r, r.Objects, r.Classes)
	if err != nil {
		return nil, err
	}
	all := u.response()
	//lint:ignore SA1019 deprecated in OMERO, whose clients still submit it
	return &omero.CmdDiskUsageResponse{
		FileCountByReferer: all.FileCountByReferer, BytesUsedByReferer: all.BytesUsedByReferer,
		TotalFileCount: all.TotalFileCount, TotalBytesUsed: all.TotalBytesUsed,
	}, nil
}

// seen fails for an image that the caller does not see.
func seen(ctx context.Context, h *Handle, image int64) error {
	ids, err := h.call.ids(ctx, "select i.id from Image i where i.id = :id", args{"id": image})
	if err == nil && len(ids) == 0 {
		err = ApiUsage("No such image: %d", image)
	}
	return err
}

// filesetOf is the fileset of an image, or 0.
func filesetOf(ctx context.Context, h *Handle, image int64) (int64, error) {
	if err := seen(ctx, h, image); err != nil {
		return 0, err
	}
	ids, err := h.call.ids(ctx, "select i.fileset.id from Image i where i.id = :id", args{"id": image})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// originalMetadata tells what the image's file said of itself: what the import
// kept, which is the file's name and size and what the format has of the image.
func originalMetadata(ctx context.Context, h *Handle, r *omero.CmdOriginalMetadataRequest) (omero.AnyCmdResponse, error) {
	fileset, err := filesetOf(ctx, h, r.ImageId)
	if err != nil {
		return nil, err
	}
	response := &omero.CmdOriginalMetadataResponse{GlobalMetadata: omero.RTypeDict{}, SeriesMetadata: omero.RTypeDict{}}
	if fileset == 0 {
		files, err := h.call.ids(ctx, "select a.id from ImageAnnotationLink l, FileAnnotation a where l.child.id = a.id and l.parent.id = :id and a.ns = :ns",
			args{"id": r.ImageId, "ns": "openmicroscopy.org/omero/import/companionFile"})
		if err == nil && len(files) > 0 {
			response.FileAnnotationId = omero.NewRLong(files[0])
		}
		return response, err
	}
	response.FilesetId = omero.NewRLong(fileset)
	if source := h.call.Server.Metadata; source != nil {
		response.GlobalMetadata, response.SeriesMetadata, err = source.Metadata(ctx, r.ImageId, fileset)
	}
	return response, err
}

// usedFiles sorts the files of an image's fileset. Each of our formats has its
// pixels in all of its files.
func usedFiles(ctx context.Context, h *Handle, r *omero.CmdUsedFilesRequest) (omero.AnyCmdResponse, error) {
	fileset, err := filesetOf(ctx, h, r.ImageId)
	if err != nil {
		return nil, err
	}
	if fileset == 0 {
		archived, err := h.call.ids(ctx, "select m.parent.id from PixelsOriginalFileMap m where m.child.image.id = :id order by m.parent.id", args{"id": r.ImageId})
		return &omero.CmdUsedFilesResponsePreFs{ArchivedFiles: archived}, err
	}
	files, err := h.call.ids(ctx, "select e.originalFile.id from FilesetEntry e where e.fileset.id = :id order by e.originalFile.id", args{"id": fileset})
	return &omero.CmdUsedFilesResponse{BinaryFilesThisSeries: files}, err
}

// manageBinaries tells what there is of an image. Nothing can be switched off:
// pixels, pyramids and thumbnails are made when they are asked for.
func manageBinaries(ctx context.Context, h *Handle, r *omero.CmdManageImageBinaries) (omero.AnyCmdResponse, error) {
	if r.TogglePixels || r.DeletePyramid || r.DeleteThumbnails {
		return nil, NotOffered("ManageImageBinaries to change something")
	}
	fileset, err := filesetOf(ctx, h, r.ImageId)
	if err != nil {
		return nil, err
	}
	response := &omero.CmdManageImageBinariesResponse{PixelsPresent: true}
	if fileset != 0 {
		response.FilesetId = omero.NewRLong(fileset)
	}
	rows, err := h.call.project(ctx, "select p.sizeX, p.sizeY, p.sizeZ, p.sizeC, p.sizeT, t.bitSize from Pixels p join p.pixelsType t where p.image.id = :id", args{"id": r.ImageId}.with(nil))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		size := int64(1)
		for _, v := range row {
			n, _ := asLong(v)
			size *= n
		}
		response.PixelSize += size / 8
	}
	archived, err := h.call.project(ctx, "select f.id, f.size from PixelsOriginalFileMap m join m.parent f where m.child.image.id = :id", args{"id": r.ImageId}.with(nil))
	for _, row := range archived {
		id, _ := asLong(row[0])
		size, _ := asLong(row[1])
		response.ArchivedFiles, response.ArchivedSize = append(response.ArchivedFiles, id), response.ArchivedSize+size
	}
	return response, err
}

// findPyramids finds none: pyramids are not kept in files.
func findPyramids(ctx context.Context, h *Handle, _ *omero.CmdFindPyramids) (omero.AnyCmdResponse, error) {
	who, err := h.call.caller(ctx)
	if err == nil && !who.Admin {
		err = Security("only administrators may look for pyramids")
	}
	if err != nil {
		return nil, err
	}
	return omero.NewCmdFindPyramidsResponse(), nil
}
