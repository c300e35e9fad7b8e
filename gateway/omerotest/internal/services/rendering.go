package services

import (
	"errors"
	"io/fs"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/render"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// How pixels are shown: RenderingDef objects, and what package render makes of
// them.

// loadDef loads rendering settings with all that belongs to them.
func loadDef(tx *store.Tx, id int64) (*omero.RenderingDef, error) {
	d, err := store.Get[*omero.RenderingDef](tx, id)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(loaded(tx, &d.Model), loaded(tx, &d.Quantization)); err != nil {
		return nil, err
	}
	bindings, err := elements[*omero.ChannelBinding](tx, "RenderingDef", "waveRendering", id)
	if err != nil {
		return nil, err
	}
	for _, b := range bindings {
		if err := loaded(tx, &b.Family); err != nil {
			return nil, err
		}
		maps, err := elements[omero.AnyCodomainMapContext](tx, "ChannelBinding", "spatialDomainEnhancement", b.Id.GetValue())
		if err != nil {
			return nil, err
		}
		b.SpatialDomainEnhancementSeq, b.SpatialDomainEnhancementLoaded = maps, true
	}
	d.WaveRenderingSeq, d.WaveRenderingLoaded = bindings, true
	return d, nil
}

// defsOf are the ids of the settings of pixels, the newest last: those of a user,
// or of everybody if user is negative.
func defsOf(tx *store.Tx, id, user int64) ([]int64, error) {
	c := schema.Find("RenderingDef")
	query := `SELECT "t"."id" FROM ` + sqlName(c.Table()) + ` AS "t" WHERE "t".` + sqlName(c.Prop("pixels").Column) + ` = ?`
	values := []any{id}
	if user >= 0 {
		query, values = query+` AND "t".`+sqlName(schema.OwnerColumn)+` = ?`, append(values, user)
	}
	if seen := tx.Visible(c, "t"); seen != "" {
		query += " AND " + seen
	}
	rows, err := tx.SQL(query+` ORDER BY "t"."id"`, values...)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, row := range rows {
		ids = append(ids, row[0].(int64))
	}
	return ids, nil
}

// newestDef loads a user's settings for pixels, or returns nil.
func newestDef(tx *store.Tx, id, user int64) (*omero.RenderingDef, error) {
	ids, err := defsOf(tx, id, user)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return loadDef(tx, ids[len(ids)-1])
}

// defFor loads the settings that somebody sees pixels with: their own, or else
// those of the pixels' owner. It returns nil if there are none.
func defFor(tx *store.Tx, p *omero.Pixels, user int64) (*omero.RenderingDef, error) {
	d, err := newestDef(tx, p.Id.GetValue(), user)
	if err != nil || d != nil {
		return d, err
	}
	if owner, ok := ownerOf(p); ok && owner != user {
		return newestDef(tx, p.Id.GetValue(), owner)
	}
	return nil, nil
}

func ownerOf(o omero.AnyIObject) (int64, bool) {
	d := o.AsIObject().Details
	if d == nil {
		return 0, false
	}
	return idOf(d.Owner)
}

// newDef makes settings that are not saved: for a channel each, with nothing but
// what must be there.
func newDef(tx *store.Tx, p *omero.Pixels) (*omero.RenderingDef, error) {
	d := omero.NewRenderingDef()
	d.Pixels = unloaded(omero.NewPixels(), p.Id.GetValue())
	for range p.SizeC.GetValue() {
		b := omero.NewChannelBinding()
		if err := d.AddChannelBinding(b); err != nil {
			return nil, Internal("%v", err)
		}
		b.SpatialDomainEnhancementLoaded = true
	}
	d.Quantization = omero.NewQuantumDef()
	return d, nil
}

// defaultsFor fills settings in as OMERO does for pixels that are new. With
// look, the windows come from the plane in the middle; otherwise they are the
// channels' ranges. b may be nil if there are no pixels yet.
func defaultsFor(tx *store.Tx, d *omero.RenderingDef, p *omero.Pixels, b *pixels.Buffer, look bool) error {
	if len(d.WaveRenderingSeq) != int(p.SizeC.GetValue()) {
		return Validation("the rendering settings have %d channels and the pixels %d", len(d.WaveRenderingSeq), p.SizeC.GetValue())
	}
	d.DefaultZ, d.DefaultT = omero.NewRInt(p.SizeZ.GetValue()/2), omero.NewRInt(0)
	model := render.Greyscale
	if len(d.WaveRenderingSeq) > 1 {
		model = render.RGB
	}
	var err error
	if d.Model, err = enumOf[*omero.RenderingModel](tx, "RenderingModel", model); err != nil {
		return err
	}
	linear, err := enumOf[*omero.Family](tx, "Family", render.Linear)
	if err != nil {
		return err
	}
	q := d.Quantization
	q.CdStart, q.CdEnd, q.BitResolution = omero.NewRInt(0), omero.NewRInt(255), omero.NewRInt(render.Depth8)
	for c, w := range d.WaveRenderingSeq {
		w.Family, w.Coefficient, w.NoiseReduction = linear, omero.NewRDouble(1), omero.NewRBool(false)
		w.Active = omero.NewRBool(c < 3)
		red, green, blue, alpha := colorOf(p, c)
		w.Red, w.Green, w.Blue, w.Alpha = omero.NewRInt(red), omero.NewRInt(green), omero.NewRInt(blue), omero.NewRInt(alpha)
		w.LookupTable = nil
		if c < len(p.ChannelsSeq) {
			w.LookupTable = p.ChannelsSeq[c].LookupTable
		}
		start, end, err := windowOf(p, b, c, look)
		if err != nil {
			return mediaError(err)
		}
		w.InputStart, w.InputEnd = omero.NewRDouble(start), omero.NewRDouble(end)
	}
	return nil
}

// windowOf is a channel's window when nobody has set one.
func windowOf(p *omero.Pixels, b *pixels.Buffer, c int, look bool) (start, end float64, err error) {
	low, high, known := channelStats(p, c)
	if b == nil {
		if !known {
			low, high = 0, 1
		}
		return low, high, nil
	}
	z, t := b.Z/2, 0
	if !known {
		if low, high, err = b.PlaneMinMax(z, c, t); err != nil {
			return 0, 0, err
		}
	}
	if !look || b.Large() {
		return low, high, nil
	}
	return render.Window(b, z, c, t, low, high)
}

// colorOf is a channel's colour: its own, or that of its light, or one by its
// number.
func colorOf(p *omero.Pixels, c int) (red, green, blue, alpha int32) {
	r, g, b := render.DefaultColor(c, int(p.SizeC.GetValue()))
	if c < len(p.ChannelsSeq) {
		channel := p.ChannelsSeq[c]
		if channel.Red != nil && channel.Green != nil && channel.Blue != nil {
			alpha := int32(255)
			if channel.Alpha != nil {
				alpha = channel.Alpha.Val
			}
			return channel.Red.Val, channel.Green.Val, channel.Blue.Val, alpha
		}
		if l := channel.LogicalChannel; l != nil && l.EmissionWave != nil {
			if wr, wg, wb, ok := render.WavelengthColor(nanometres(l.EmissionWave)); ok {
				r, g, b = wr, wg, wb
			}
		}
	}
	return int32(r), int32(g), int32(b), 255
}

func nanometres(l *omero.Length) float64 {
	switch l.Unit {
	case omero.UnitsLengthMICROMETER:
		return 1000 * l.Value
	case omero.UnitsLengthNANOMETER:
		return l.Value
	}
	return 0
}

// settingsOf makes what package render takes of settings.
func (s *Server) settingsOf(tx *store.Tx, d *omero.RenderingDef, p *omero.Pixels) (*render.Settings, error) {
	q := d.Quantization
	r := &render.Settings{
		Model: d.Model.GetValue().GetValue(), CodomainStart: int(q.GetCdStart().GetValue()), CodomainEnd: int(q.GetCdEnd().GetValue()),
		BitResolution: int(q.GetBitResolution().GetValue()),
	}
	for i, w := range d.WaveRenderingSeq {
		if w == nil {
			return nil, Validation("the rendering settings lack the channel %d", i)
		}
		c := render.Channel{
			Active: w.Active.GetValue(), Red: int(w.Red.GetValue()), Green: int(w.Green.GetValue()), Blue: int(w.Blue.GetValue()), Alpha: int(w.Alpha.GetValue()),
			Start: w.InputStart.GetValue(), End: w.InputEnd.GetValue(), Family: w.Family.GetValue().GetValue(), Coefficient: w.Coefficient.GetValue(),
			NoiseReduction: w.NoiseReduction.GetValue(),
		}
		c.Min, c.Max, _ = channelStats(p, i)
		for _, m := range w.SpatialDomainEnhancementSeq {
			if _, ok := m.(*omero.ReverseIntensityContext); ok {
				c.Reverse = true
			}
		}
		if name := w.LookupTable.GetValue(); name != "" {
			table, err := s.lookupTable(tx, name)
			if err != nil {
				return nil, err
			}
			c.Table = table
		}
		r.Channels = append(r.Channels, c)
	}
	return r, nil
}

// lookupTable finds a lookup table by the name of its file: one that every server
// has, or one among the scripts. Unknown ones are none, as in OMERO.
func (s *Server) lookupTable(tx *store.Tx, name string) (*render.Table, error) {
	if t := render.Tables[name]; t != nil {
		return t, nil
	}
	found, err := tx.FindBy(schema.Find("OriginalFile"), "name", name)
	if err != nil {
		return nil, err
	}
	for _, o := range found {
		f := o.(*omero.OriginalFile)
		if f.Mimetype.GetValue() != "text/x-lut" {
			continue
		}
		content, err := s.ReadFile(f.Id.GetValue())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, mediaError(err)
		}
		t, err := render.ParseTable(content)
		if err != nil {
			return nil, Validation("%.100s: %v", name, err)
		}
		return t, nil
	}
	return nil, nil
}

// saveDef saves settings and loads them again.
func saveDef(tx *store.Tx, d *omero.RenderingDef) (*omero.RenderingDef, error) {
	ids, err := tx.SaveIDs(d)
	if err != nil {
		return nil, err
	}
	return loadDef(tx, ids[0])
}
