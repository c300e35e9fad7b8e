package services

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// renderingSettings is IRenderingSettings.
type renderingSettings struct{ session *Session }

func newRenderingSettings(s *Session) *renderingSettings { return &renderingSettings{s} }

// sane reports whether settings of some pixels can be used for others: those of
// the same type with the same number of channels, for the same wavelengths.
func sane(from, to *omero.Pixels) bool {
	if from == nil || to == nil || from.PixelsType.GetValue().GetValue() != to.PixelsType.GetValue().GetValue() || from.SizeC.GetValue() != to.SizeC.GetValue() {
		return false
	}
	waves := func(p *omero.Pixels) (all []float64) {
		for _, c := range p.ChannelsSeq {
			if w := c.GetLogicalChannel().GetEmissionWave(); w != nil {
				all = append(all, nanometres(w))
			}
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(waves(from), waves(to))
}

func (r *renderingSettings) SanityCheckPixels(ctx context.Context, from, to *omero.Pixels) (same bool, err error) {
	if from == nil || to == nil {
		return false, nil
	}
	err = r.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		var both [2]*omero.Pixels
		for i, p := range []*omero.Pixels{from, to} {
			id, ok := idOf(p)
			if !ok {
				return ApiUsage("the pixels have no id")
			}
			if both[i], _, err = loadPixels(tx, id); err != nil {
				return err
			}
		}
		same = sane(both[0], both[1])
		return nil
	})
	return same, err
}

func (r *renderingSettings) GetRenderingSettings(ctx context.Context, id int64) (d *omero.RenderingDef, err error) {
	call := r.session.Call(ctx)
	who, err := call.caller(ctx)
	if err != nil {
		return nil, err
	}
	err = call.view(ctx, func(tx *store.Tx) error {
		if _, _, err := loadPixels(tx, id); err != nil {
			return err
		}
		d, err = newestDef(tx, id, who.ID)
		return err
	})
	return d, err
}

func (r *renderingSettings) CreateNewRenderingDef(ctx context.Context, p *omero.Pixels) (d *omero.RenderingDef, err error) {
	id, ok := idOf(p)
	if !ok {
		return nil, ApiUsage("the pixels have no id")
	}
	err = r.session.Call(ctx).view(ctx, func(tx *store.Tx) error {
		loaded, _, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		if d, err = newDef(tx, loaded); err != nil {
			return err
		}
		return defaultsFor(tx, d, loaded, nil, false)
	})
	return d, err
}

// givenDef loads the settings that a client sent: by id if it has one, as it is
// otherwise.
func givenDef(tx *store.Tx, d *omero.RenderingDef, p *omero.Pixels) (*omero.RenderingDef, error) {
	if d == nil {
		return nil, ApiUsage("no rendering settings are given")
	}
	if id, ok := idOf(d); ok {
		return loadDef(tx, id)
	}
	return newDef(tx, p)
}

func (r *renderingSettings) reset(ctx context.Context, given *omero.RenderingDef, p *omero.Pixels, save bool) (d *omero.RenderingDef, err error) {
	id, ok := idOf(p)
	if !ok {
		return nil, ApiUsage("the pixels have no id")
	}
	call := r.session.Call(ctx)
	run := call.view
	if save {
		run = call.change
	}
	err = run(ctx, func(tx *store.Tx) error {
		return r.withPixels(tx, id, func(loaded *omero.Pixels, b *pixels.Buffer) error {
			if d, err = givenDef(tx, given, loaded); err != nil {
				return err
			}
			if err := defaultsFor(tx, d, loaded, b, true); err != nil || !save {
				return err
			}
			d, err = saveDef(tx, d)
			return err
		})
	})
	return d, err
}

// withPixels opens pixels for fn. The buffer is nil if nobody has written any.
func (r *renderingSettings) withPixels(tx *store.Tx, id int64, fn func(p *omero.Pixels, b *pixels.Buffer) error) error {
	p, shape, err := loadPixels(tx, id)
	if err != nil {
		return err
	}
	b, f, err := r.session.Server.openPixels(id, shape, false)
	if errors.Is(err, fs.ErrNotExist) {
		return fn(p, nil)
	}
	if err != nil {
		return mediaError(err)
	}
	return errors.Join(fn(p, b), f.Close())
}

func (r *renderingSettings) ResetDefaults(ctx context.Context, d *omero.RenderingDef, p *omero.Pixels) error {
	_, err := r.reset(ctx, d, p, true)
	return err
}

func (r *renderingSettings) ResetDefaultsNoSave(ctx context.Context, d *omero.RenderingDef, p *omero.Pixels) (*omero.RenderingDef, error) {
	return r.reset(ctx, d, p, false)
}

// column is a property's in SQL.
func column(class, prop string) string { return sqlName(schema.Find(class).Prop(prop).Column) }

// shownIn are the images in objects, in the order of their ids.
func shownIn(tx *store.Tx, class string, ids []int64) ([]int64, error) {
	from := map[string]string{
		"Image":            `SELECT "id" FROM "Image" WHERE "id"`,
		"Pixels":           `SELECT ` + column("Pixels", "image") + ` FROM "Pixels" WHERE "id"`,
		"Dataset":          `SELECT "child" FROM "DatasetImageLink" WHERE "parent"`,
		"Project":          `SELECT l."child" FROM "DatasetImageLink" AS l, "ProjectDatasetLink" AS p WHERE p."child" = l."parent" AND p."parent"`,
		"Plate":            `SELECT s.` + column("WellSample", "image") + ` FROM "WellSample" AS s, "Well" AS w WHERE s.` + column("WellSample", "well") + ` = w."id" AND w.` + column("Well", "plate"),
		"PlateAcquisition": `SELECT ` + column("WellSample", "image") + ` FROM "WellSample" WHERE ` + column("WellSample", "plateAcquisition"),
		"Screen": `SELECT s.` + column("WellSample", "image") + ` FROM "WellSample" AS s, "Well" AS w, "ScreenPlateLink" AS l WHERE s.` + column("WellSample", "well") +
			` = w."id" AND w.` + column("Well", "plate") + ` = l."child" AND l."parent"`,
	}[class]
	if from == "" {
		return nil, ApiUsage("rendering settings cannot be set in objects of class %q", firstLine(class))
	}
	all := map[int64]bool{}
	err := inChunks(ids, func(list string) error {
		query := `SELECT t."id" FROM "Image" AS t WHERE t."id" IN (` + from + ` IN (` + list + `))`
		if seen := tx.Visible(schema.Find("Image"), "t"); seen != "" {
			query += " AND " + seen
		}
		rows, err := tx.SQL(query)
		for _, row := range rows {
			all[row[0].(int64)] = true
		}
		return err
	})
	return slices.Sorted(maps.Keys(all)), err
}

// primaryPixels is the id of an image's first pixels.
func primaryPixels(tx *store.Tx, image int64) (int64, error) {
	if _, err := store.Get[*omero.Image](tx, image); err != nil {
		return 0, err
	}
	all, err := elements[*omero.Pixels](tx, "Image", "pixels", image)
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, ApiUsage("Image:%d has no pixels", image)
	}
	return all[0].Id.GetValue(), nil
}

// eachImage does something with the settings of the images in objects, each on
// its own. It returns those that it could be done for, and the others.
func (r *renderingSettings) eachImage(ctx context.Context, class string, ids []int64, fn func(tx *store.Tx, image, pixels int64) error) (done, failed omero.SysLongList, err error) {
	class, err = classNamed(class)
	if err != nil {
		return nil, nil, err
	}
	call := r.session.Call(ctx)
	var images []int64
	err = call.view(ctx, func(tx *store.Tx) error {
		images, err = shownIn(tx, class, ids)
		return err
	})
	done, failed = omero.SysLongList{}, omero.SysLongList{}
	for _, image := range images {
		if err != nil {
			return nil, nil, err
		}
		one := call.change(ctx, func(tx *store.Tx) error {
			id, err := primaryPixels(tx, image)
			if err != nil {
				return err
			}
			return fn(tx, image, id)
		})
		if one == nil {
			done = append(done, image)
		} else {
			failed = append(failed, image)
		}
		err = ctx.Err()
	}
	return done, failed, err
}

// ownDef are the caller's settings for pixels, new ones if there are none.
func ownDef(tx *store.Tx, p *omero.Pixels) (*omero.RenderingDef, error) {
	d, err := newestDef(tx, p.Id.GetValue(), tx.Caller.UserID)
	if err != nil || d != nil {
		return d, err
	}
	return newDef(tx, p)
}

// setDefaults gives pixels the settings that they have when nobody has set any.
func (r *renderingSettings) setDefaults(tx *store.Tx, id int64, look bool) error {
	return r.withPixels(tx, id, func(p *omero.Pixels, b *pixels.Buffer) error {
		d, err := ownDef(tx, p)
		if err != nil {
			return err
		}
		if err := dropMaps(tx, d); err != nil {
			return err
		}
		if err := defaultsFor(tx, d, p, b, look); err != nil {
			return err
		}
		_, err = tx.SaveIDs(d)
		return err
	})
}

func (r *renderingSettings) resetIn(ctx context.Context, class string, ids []int64, look bool) (omero.SysLongList, error) {
	done, _, err := r.eachImage(ctx, class, ids, func(tx *store.Tx, _, id int64) error { return r.setDefaults(tx, id, look) })
	return done, err
}

func (r *renderingSettings) ResetDefaultsInImage(ctx context.Context, id int64) error {
	return r.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		p, err := primaryPixels(tx, id)
		if err != nil {
			return err
		}
		return r.setDefaults(tx, p, true)
	})
}

func (r *renderingSettings) ResetDefaultsForPixels(ctx context.Context, id int64) error {
	return r.session.Call(ctx).change(ctx, func(tx *store.Tx) error { return r.setDefaults(tx, id, true) })
}

func (r *renderingSettings) ResetDefaultsInDataset(ctx context.Context, id int64) (omero.SysLongList, error) {
	return r.resetIn(ctx, "Dataset", []int64{id}, true)
}

func (r *renderingSettings) ResetDefaultsInSet(ctx context.Context, class string, ids omero.SysLongList) (omero.SysLongList, error) {
	return r.resetIn(ctx, class, ids, true)
}

// ResetDefaultsByOwnerInSet takes over the settings of each image's owner.
func (r *renderingSettings) ResetDefaultsByOwnerInSet(ctx context.Context, class string, ids omero.SysLongList) (omero.SysLongList, error) {
	done, _, err := r.eachImage(ctx, class, ids, func(tx *store.Tx, _, id int64) error {
		p, _, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		owner, _ := ownerOf(p)
		from, err := newestDef(tx, id, owner)
		if err != nil {
			return err
		}
		if from == nil {
			return ApiUsage("the owner of Pixels:%d has no rendering settings for them", id)
		}
		return applyDef(tx, from, p)
	})
	return done, err
}

// ResetMinMaxInSet makes the windows the channels' ranges.
func (r *renderingSettings) ResetMinMaxInSet(ctx context.Context, class string, ids omero.SysLongList) (omero.SysLongList, error) {
	done, _, err := r.eachImage(ctx, class, ids, func(tx *store.Tx, _, id int64) error {
		return r.withPixels(tx, id, func(p *omero.Pixels, b *pixels.Buffer) error {
			d, err := ownDef(tx, p)
			if err != nil {
				return err
			}
			if d.Id == nil {
				if err := defaultsFor(tx, d, p, b, false); err != nil {
					return err
				}
			}
			for c, w := range d.WaveRenderingSeq {
				low, high, err := windowOf(p, b, c, false)
				if err != nil {
					return mediaError(err)
				}
				w.InputStart, w.InputEnd = omero.NewRDouble(low), omero.NewRDouble(high)
			}
			_, err = tx.SaveIDs(d)
			return err
		})
	})
	return done, err
}

// applyDef gives the caller the same settings for pixels as others are.
func applyDef(tx *store.Tx, from *omero.RenderingDef, to *omero.Pixels) error {
	d, err := ownDef(tx, to)
	if err != nil {
		return err
	}
	if d.Id != nil && from.Id != nil && d.Id.Val == from.Id.Val {
		return nil
	}
	if err := dropMaps(tx, d); err != nil {
		return err
	}
	z, t := d.DefaultZ, d.DefaultT
	if err := copySettings(tx, from, d); err != nil {
		return err
	}
	if z == nil {
		z, t = omero.NewRInt(to.SizeZ.GetValue()/2), omero.NewRInt(0)
	}
	d.DefaultZ, d.DefaultT = z, t
	_, err = tx.SaveIDs(d)
	return err
}

// copySettings copies all that says how pixels look. What is unloaded in from is
// loaded.
func copySettings(tx *store.Tx, from, to *omero.RenderingDef) error {
	if len(from.WaveRenderingSeq) != len(to.WaveRenderingSeq) {
		return Validation("the rendering settings have %d channels and the others %d", len(from.WaveRenderingSeq), len(to.WaveRenderingSeq))
	}
	model, quantum := from.Model, from.Quantization
	if err := errors.Join(loaded(tx, &model), loaded(tx, &quantum)); err != nil {
		return err
	}
	if model == nil || quantum == nil {
		return Validation("the rendering settings lack a model or a quantization")
	}
	to.Model, to.DefaultZ, to.DefaultT, to.Compression = model, from.DefaultZ, from.DefaultT, from.Compression
	to.Quantization.CdStart, to.Quantization.CdEnd, to.Quantization.BitResolution = quantum.CdStart, quantum.CdEnd, quantum.BitResolution
	for i, w := range from.WaveRenderingSeq {
		if w == nil || !w.Loaded {
			return Validation("the rendering settings lack the channel %d", i)
		}
		family := w.Family
		if err := loaded(tx, &family); err != nil {
			return err
		}
		c := to.WaveRenderingSeq[i]
		c.Family, c.Coefficient, c.InputStart, c.InputEnd = family, w.Coefficient, w.InputStart, w.InputEnd
		c.Active, c.NoiseReduction, c.LookupTable = w.Active, w.NoiseReduction, w.LookupTable
		c.Red, c.Green, c.Blue, c.Alpha = w.Red, w.Green, w.Blue, w.Alpha
		c.SpatialDomainEnhancementSeq, c.SpatialDomainEnhancementLoaded = nil, true
		for range w.SpatialDomainEnhancementSeq {
			if err := c.AddCodomainMapContext(omero.NewReverseIntensityContext()); err != nil {
				return Internal("%v", err)
			}
		}
	}
	return nil
}

// dropMaps deletes the codomain maps that saved settings have and the new ones
// do not keep.
func dropMaps(tx *store.Tx, d *omero.RenderingDef) error {
	if d.Id == nil {
		return nil
	}
	for _, w := range d.WaveRenderingSeq {
		if w.Id == nil {
			continue
		}
		saved, err := elements[omero.AnyCodomainMapContext](tx, "ChannelBinding", "spatialDomainEnhancement", w.Id.Val)
		if err != nil {
			return err
		}
		for _, m := range saved {
			id, _ := idOf(m)
			kept := slices.ContainsFunc(w.SpatialDomainEnhancementSeq, func(k omero.AnyCodomainMapContext) bool {
				have, ok := idOf(k)
				return ok && have == id
			})
			if !kept {
				if err := tx.Delete(schema.Of(m), id); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// apply gives images the settings that the caller, or their owner, has for some
// pixels.
func (r *renderingSettings) apply(ctx context.Context, from int64, class string, ids []int64) (omero.BooleanIdListMap, error) {
	done, failed, err := r.eachImage(ctx, class, ids, func(tx *store.Tx, _, id int64) error { return r.applyTo(tx, from, id) })
	if err != nil {
		return nil, err
	}
	if len(done)+len(failed) == 0 {
		return nil, Validation("Target does not contain any Images.")
	}
	return omero.BooleanIdListMap{true: done, false: failed}, nil
}

// errUnlike says that pixels are not like those that settings are of.
var errUnlike = errors.New("the pixels are not alike")

func (r *renderingSettings) applyTo(tx *store.Tx, from, to int64) error {
	p, _, err := loadPixels(tx, from)
	if err != nil {
		return err
	}
	target, _, err := loadPixels(tx, to)
	if err != nil {
		return err
	}
	if !sane(p, target) {
		return errUnlike
	}
	d, err := defFor(tx, p, tx.Caller.UserID)
	if err != nil {
		return err
	}
	if d == nil {
		return ApiUsage("there are no rendering settings for Pixels:%d", from)
	}
	return applyDef(tx, d, target)
}

func (r *renderingSettings) ApplySettingsToSet(ctx context.Context, from int64, class string, ids omero.SysLongList) (omero.BooleanIdListMap, error) {
	return r.apply(ctx, from, class, ids)
}

func (r *renderingSettings) ApplySettingsToProject(ctx context.Context, from, to int64) (omero.BooleanIdListMap, error) {
	return r.apply(ctx, from, "Project", []int64{to})
}

func (r *renderingSettings) ApplySettingsToDataset(ctx context.Context, from, to int64) (omero.BooleanIdListMap, error) {
	return r.apply(ctx, from, "Dataset", []int64{to})
}

func (r *renderingSettings) ApplySettingsToImages(ctx context.Context, from int64, to omero.SysLongList) (omero.BooleanIdListMap, error) {
	return r.apply(ctx, from, "Image", to)
}

func (r *renderingSettings) ApplySettingsToImage(ctx context.Context, from, to int64) (bool, error) {
	return r.applied(r.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		id, err := primaryPixels(tx, to)
		if err != nil {
			return err
		}
		return r.applyTo(tx, from, id)
	}))
}

func (r *renderingSettings) ApplySettingsToPixels(ctx context.Context, from, to int64) (bool, error) {
	return r.applied(r.session.Call(ctx).change(ctx, func(tx *store.Tx) error { return r.applyTo(tx, from, to) }))
}

func (r *renderingSettings) applied(err error) (bool, error) {
	if errors.Is(err, errUnlike) {
		return false, nil
	}
	return err == nil, err
}

// SetOriginalSettingsInImage and the others make settings of the channels' ranges.
func (r *renderingSettings) SetOriginalSettingsInImage(ctx context.Context, id int64) error {
	return r.session.Call(ctx).change(ctx, func(tx *store.Tx) error {
		p, err := primaryPixels(tx, id)
		if err != nil {
			return err
		}
		return r.setDefaults(tx, p, false)
	})
}

func (r *renderingSettings) SetOriginalSettingsForPixels(ctx context.Context, id int64) error {
	return r.session.Call(ctx).change(ctx, func(tx *store.Tx) error { return r.setDefaults(tx, id, false) })
}

func (r *renderingSettings) SetOriginalSettingsInDataset(ctx context.Context, id int64) (omero.SysLongList, error) {
	return r.resetIn(ctx, "Dataset", []int64{id}, false)
}

func (r *renderingSettings) SetOriginalSettingsInSet(ctx context.Context, class string, ids omero.SysLongList) (omero.SysLongList, error) {
	return r.resetIn(ctx, class, ids, false)
}
