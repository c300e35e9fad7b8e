package services

import (
	"bytes"
	"context"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/ice"
)

// roiService is IRoi.
type roiService struct{ session *Session }

func newRoiService(s *Session) *roiService { return &roiService{s} }

const roisWithShapes = "select distinct x from Roi x left outer join fetch x.shapes s where "

// rois loads regions with their shapes; condition is about x.
func (r *roiService) rois(ctx context.Context, condition string, a args, opts *omero.RoiOptions) (*omero.RoiResult, error) {
	conditions := []string{condition}
	var p *omero.SysParameters
	if opts != nil {
		f := &omero.SysFilter{OwnerId: opts.UserId, GroupId: opts.GroupId}
		conditions = owned(&omero.SysParameters{TheFilter: f}, conditions, a)
		p = &omero.SysParameters{TheFilter: &omero.SysFilter{Limit: opts.Limit, Offset: opts.Offset}}
	}
	call := r.session.Call(ctx)
	// Paging is by regions and not by rows, of which each shape is one.
	rows, err := call.project(ctx, "select x.id from Roi x"+whereClause(conditions)+"order by x.id", a.with(p))
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, row := range rows {
		id, _ := asLong(row[0])
		ids = append(ids, id)
	}
	result := &omero.RoiResult{Opts: opts, ByZ: omero.IntShapeListMap{}, ByT: omero.IntShapeListMap{}}
	if len(ids) == 0 {
		return result, nil
	}
	found, err := findList[*omero.Roi](ctx, call, roisWithShapes+"x.id in (:ids) order by x.id", args{"ids": ids}.with(nil))
	if err != nil {
		return nil, err
	}
	for _, roi := range found {
		if !addShapes(result, roi, opts) {
			continue
		}
		result.Rois = append(result.Rois, roi)
	}
	return result, nil
}

func (r *roiService) FindByRoi(ctx context.Context, id int64, opts *omero.RoiOptions) (*omero.RoiResult, error) {
	return r.rois(ctx, "x.id = :id", args{"id": id}, opts)
}

func (r *roiService) FindByImage(ctx context.Context, id int64, opts *omero.RoiOptions) (*omero.RoiResult, error) {
	return r.rois(ctx, "x.image.id = :id", args{"id": id}, opts)
}

// FindByPlane finds regions with a shape on a plane. A shape without a Z or a T
// is on all of them.
func (r *roiService) FindByPlane(ctx context.Context, id int64, z, t int32, opts *omero.RoiOptions) (*omero.RoiResult, error) {
	return r.rois(ctx, "x.image.id = :id and x.id in (select s.roi.id from Shape s where (s.theZ is null or s.theZ = :z) and (s.theT is null or s.theT = :t))",
		args{"id": id, "z": z, "t": t}, opts)
}

// shape loads a shape with its region, as far as the caller may see it.
func (r *roiService) shape(ctx context.Context, id int64) (omero.AnyShape, error) {
	s, err := findOne[omero.AnyShape](ctx, r.session.Call(ctx), "select s from Shape s left outer join fetch s.transform join fetch s.roi r where s.id = :id", args{"id": id})
	if err == nil && isNil(s) {
		err = ApiUsage("No such shape: %d", id)
	}
	return s, err
}

// mostPoints bounds what getPoints returns: a shape may be said to be huge.
const mostPoints = 16 << 20

func (r *roiService) GetPoints(ctx context.Context, id int64) (*omero.ShapePoints, error) {
	s, err := r.shape(ctx, id)
	if err != nil {
		return nil, err
	}
	area, err := areaOf(s)
	if err != nil {
		return nil, err
	}
	if area.size() > mostPoints {
		return nil, ApiUsage("the shape %d covers more than %d points", id, mostPoints)
	}
	points := &omero.ShapePoints{}
	area.each(func(x, y int) {
		points.X, points.Y = append(points.X, int32(x)), append(points.Y, int32(y))
	})
	return points, nil
}

func (r *roiService) GetRoiStats(ctx context.Context, id int64) (*omero.RoiStats, error) {
	call := r.session.Call(ctx)
	rows, err := call.project(ctx, "select s.id, s.roi.image.id from Shape s where s.roi.id = :id order by s.id", args{"id": id}.with(nil))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, ApiUsage("No such roi, or it has no shapes: %d", id)
	}
	stats := &omero.RoiStats{RoiId: id}
	var ids omero.LongList
	for _, row := range rows {
		shape, _ := asLong(row[0])
		ids = append(ids, shape)
		stats.ImageId, _ = asLong(row[1])
	}
	pixels, err := r.pixels(ctx, stats.ImageId)
	if err != nil {
		return nil, err
	}
	stats.PixelsId = pixels.Id.GetValue()
	if stats.PerShape, err = r.GetShapeStatsList(ctx, ids); err != nil {
		return nil, err
	}
	stats.Combined = combine(stats.PerShape)
	return stats, nil
}

// pixels are those of an image.
func (r *roiService) pixels(ctx context.Context, image int64) (*omero.Pixels, error) {
	p, err := findOne[*omero.Pixels](ctx, r.session.Call(ctx), "select p from Pixels p where p.image.id = :id order by p.id", args{"id": image})
	if err == nil && p == nil {
		err = ApiUsage("the image %d has no pixels", image)
	}
	return p, err
}

func (r *roiService) GetShapeStats(ctx context.Context, id int64) (*omero.ShapeStats, error) {
	list, err := r.GetShapeStatsList(ctx, omero.LongList{id})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func (r *roiService) GetShapeStatsList(ctx context.Context, ids omero.LongList) (omero.ShapeStatsList, error) {
	return r.GetShapeStatsRestricted(ctx, ids, -1, -1, nil)
}

// GetShapeStatsRestricted uses a plane for shapes that are on no particular
// one; -1 stands for all.
func (r *roiService) GetShapeStatsRestricted(ctx context.Context, ids omero.LongList, z, t int32, channels omero.IntegerArray) (omero.ShapeStatsList, error) {
	if len(ids) == 0 {
		return nil, ApiUsage("there are no ids of shapes")
	}
	list := make(omero.ShapeStatsList, 0, len(ids))
	for _, id := range ids {
		s, err := r.shape(ctx, id)
		if err != nil {
			return nil, err
		}
		rows, err := r.session.Call(ctx).ids(ctx, "select s.roi.image.id from Shape s where s.id = :id", args{"id": id})
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, ApiUsage("the shape %d is on no image", id)
		}
		pixels, err := r.pixels(ctx, rows[0])
		if err != nil {
			return nil, err
		}
		stats, err := r.stats(ctx, s, pixels, z, t, channels)
		if err != nil {
			return nil, err
		}
		list = append(list, stats)
	}
	return list, nil
}

// measurements are the condition for annotations of regions of an image that
// hold a table of measurements, as OMERO.insight's namespace marks them.
const measurementNamespace = "openmicroscopy.org/measurement"

func (r *roiService) GetRoiMeasurements(ctx context.Context, image int64, _ *omero.RoiOptions) (omero.AnnotationList, error) {
	return r.session.Call(ctx).annotations(ctx, "FileAnnotation",
		"where x.ns = :ns and x.id in (select l.child.id from RoiAnnotationLink l where l.parent.image.id = :id)", args{"id": image, "ns": measurementNamespace}, nil)
}

func (r *roiService) GetMeasuredRois(ctx context.Context, image, annotation int64, opts *omero.RoiOptions) (*omero.RoiResult, error) {
	return r.rois(ctx, "x.image.id = :id and x.id in (select l.parent.id from RoiAnnotationLink l where l.child.id = :annotation)",
		args{"id": image, "annotation": annotation}, opts)
}

func (r *roiService) GetMeasuredRoisMap(ctx context.Context, image int64, annotations omero.LongList, opts *omero.RoiOptions) (omero.LongRoiResultMap, error) {
	if len(annotations) == 0 {
		found, err := r.GetRoiMeasurements(ctx, image, opts)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			annotations = append(annotations, a.GetId().GetValue())
		}
	}
	all := omero.LongRoiResultMap{}
	for _, id := range annotations {
		result, err := r.GetMeasuredRois(ctx, image, id, opts)
		if err != nil {
			return nil, err
		}
		all[id] = result
	}
	return all, nil
}

// GetTable opens the table in the file of an annotation.
func (r *roiService) GetTable(ctx context.Context, annotation int64) (omero.GridTablePrx, error) {
	a, err := findOne[*omero.FileAnnotation](ctx, r.session.Call(ctx), "select a from FileAnnotation a join fetch a.file f where a.id = :id", args{"id": annotation})
	switch {
	case err != nil:
		return nil, err
	case a == nil || a.File == nil:
		return nil, ApiUsage("there is no file annotation %d", annotation)
	}
	o := service("omero.grid.SharedResources")
	if o == nil {
		return nil, Resource("this server has no tables")
	}
	return o.make(r.session).(omero.GridSharedResources).OpenTable(ctx, a.File)
}

// UploadMask replaces the masks of a region on a plane by one that is drawn in
// a picture of one bit a pixel: every pixel that is not the background belongs
// to it.
func (r *roiService) UploadMask(ctx context.Context, id int64, z, t int32, data ice.ByteSeq) error {
	mask, err := maskOf(bytes.NewReader(data))
	if err != nil {
		return err
	}
	call := r.session.Call(ctx)
	found, err := call.ids(ctx, "select r.id from Roi r where r.id = :id", args{"id": id})
	if err != nil {
		return err
	}
	if !slices.Contains(found, id) {
		return ApiUsage("No such roi: %d", id)
	}
	old, err := call.ids(ctx, "select m.id from Mask m where m.roi.id = :id and m.theZ = :z and m.theT = :t", args{"id": id, "z": z, "t": t})
	if err != nil {
		return err
	}
	for _, m := range old {
		if err := call.remove(ctx, "Mask", m); err != nil {
			return err
		}
	}
	mask.Roi, mask.TheZ, mask.TheT = unloaded(omero.NewRoi(), id), omero.NewRInt(z), omero.NewRInt(t)
	_, err = call.save(ctx, mask)
	return err
}
