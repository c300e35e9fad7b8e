package services

import (
	"context"
	"errors"
	"path"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/formats"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// run reads the files that were uploaded and makes images of them. If anything
// fails, nothing is left.
func (p *importProcess) run(ctx context.Context, h *Handle) (response omero.AnyCmdResponse, err error) {
	defer func() {
		p.mu.Lock()
		p.ended = true
		p.remove() // what is left of it
		p.mu.Unlock()
	}()
	h.Steps(4)
	content, main, f, err := p.read()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := h.Step(); err != nil {
		return nil, err
	}
	var images []*imported
	placed := false
	defer func() {
		for _, i := range images {
			err = errors.Join(err, i.file.done(!placed))
		}
	}()
	for n := range content.Images {
		i, err := p.copyPixels(content.Images[n])
		if err != nil {
			return nil, err
		}
		images = append(images, i)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if err := h.Step(); err != nil {
		return nil, err
	}
	made := &omero.GridImportResponse{}
	err = p.call.change(ctx, func(tx *store.Tx) error { return p.save(tx, content, main, images, made) })
	if err != nil {
		return nil, errors.Join(err, p.Session.Server.Files.RemoveAll(path.Join(managedFolder, p.to)))
	}
	placed = true
	return made, h.Step()
}

// read finds the file that has the images: the first of a known format.
func (p *importProcess) read() (content *formats.File, main int, f *files.File, err error) {
	for i, name := range p.names {
		f, err := p.Session.Server.Files.OpenPath(path.Join(p.temp, name), false)
		if err != nil {
			return nil, 0, nil, mediaError(err)
		}
		size, err := f.Size()
		if err == nil {
			content, err = formats.Read(f, size, path.Base(name))
		}
		if err == nil {
			return content, i, f, nil
		}
		if err = errors.Join(err, f.Close()); !errors.Is(err, formats.ErrUnknown) {
			return nil, 0, nil, Validation("%v", err)
		}
	}
	return nil, 0, nil, Validation("%.200q: %v", path.Base(p.names[0]), formats.ErrUnknown)
}

// imported is an image whose pixels are written, and that has no row yet.
type imported struct {
	image  *formats.Image
	file   *pixelsFile
	ranges [][2]float64 // of the channels
}

func (p *importProcess) copyPixels(i *formats.Image) (*imported, error) {
	made := &imported{image: i}
	file, err := p.Session.Server.newPixelsFile(i.Shape, func(b *pixels.Buffer) error {
		if err := i.Copy(b); err != nil {
			return err
		}
		if p.settings.NoStatsInfo.GetValue() {
			return nil
		}
		for c := range b.C {
			low, high, err := b.ChannelMinMax(c)
			if err != nil {
				return err
			}
			made.ranges = append(made.ranges, [2]float64{low, high})
		}
		return nil
	})
	if errors.Is(err, formats.ErrFormat) {
		return nil, Validation("%v", err)
	}
	made.file = file
	return made, mediaError(err)
}

// save makes all rows, and moves the files to where the rows say that they are.
func (p *importProcess) save(tx *store.Tx, content *formats.File, main int, images []*imported, made *omero.GridImportResponse) error {
	fileset, err := p.saveFiles(tx)
	if err != nil {
		return err
	}
	format, err := enumOf[*omero.Format](tx, "Format", content.Format)
	if err != nil {
		return err
	}
	for n, i := range images {
		image, err := p.newImage(tx, i, len(images), n)
		if err != nil {
			return err
		}
		image.Format, image.Fileset = format, unloaded(omero.NewFileset(), fileset)
		image.Series = omero.NewRInt(int32(n))
		saved, err := store.Save(tx, image)
		if err != nil {
			return err
		}
		id := saved.PixelsSeq[0].Id.GetValue()
		if err := i.file.place(id); err != nil {
			return mediaError(err)
		}
		if err := p.link(tx, saved); err != nil {
			return err
		}
		loaded, _, err := loadPixels(tx, id)
		if err != nil {
			return err
		}
		if err := p.firstSettings(tx, loaded); err != nil {
			return err
		}
		made.Pixels = append(made.Pixels, loaded)
		made.Objects = append(made.Objects, saved)
	}
	for n, i := range images {
		if err := p.Session.Server.noteMetadata(tx, made.Objects[n].GetId().Val, content.Metadata, i.image); err != nil {
			return err
		}
	}
	return mediaError(p.Session.Server.Files.Move(p.temp, path.Join(managedFolder, p.to)))
}

// firstSettings makes the rendering settings that new images have.
func (p *importProcess) firstSettings(tx *store.Tx, pix *omero.Pixels) error {
	return newRenderingSettings(p.Session).setDefaults(tx, pix.Id.GetValue(), true)
}

// saveFiles makes the rows of the files and of the fileset.
func (p *importProcess) saveFiles(tx *store.Tx) (int64, error) {
	fileset := omero.NewFileset()
	fileset.TemplatePrefix = omero.NewRString(p.to + "/")
	hasher, err := enumOf[*omero.ChecksumAlgorithm](tx, "ChecksumAlgorithm", p.algorithm)
	if err != nil {
		return 0, err
	}
	for i, name := range p.names {
		row, err := p.repository.register(tx, path.Join(p.to, name), mimeType(name))
		if err != nil {
			return 0, err
		}
		f, err := p.Session.Server.Files.OpenPath(path.Join(p.temp, name), false)
		if err != nil {
			return 0, mediaError(err)
		}
		size, err := f.Size()
		var sum string
		if err == nil {
			sum, err = f.Checksum(p.algorithm)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return 0, mediaError(err)
		}
		row.Size, row.Hash, row.Hasher = omero.NewRLong(size), omero.NewRString(sum), hasher
		if row, err = store.Save(tx, row); err != nil {
			return 0, err
		}
		e := omero.NewFilesetEntry()
		e.OriginalFile, e.ClientPath = unloaded(omero.NewOriginalFile(), row.Id.GetValue()), omero.NewRString(name)
		if p.fileset != nil && i < len(p.fileset.UsedFilesSeq) {
			e.ClientPath = p.fileset.UsedFilesSeq[i].ClientPath
		}
		if err := fileset.AddFilesetEntry(e); err != nil {
			return 0, Internal("%v", err)
		}
	}
	ids, err := tx.SaveIDs(fileset)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// newImage makes the row of an image, with what the file and the settings say.
func (p *importProcess) newImage(tx *store.Tx, i *imported, count, n int) (*omero.Image, error) {
	f := i.image
	rows := newImage{shape: f.Shape}
	for c, from := range f.Channels {
		channel := newChannel(0)
		if c < len(i.ranges) {
			channel.StatsInfo.GlobalMin, channel.StatsInfo.GlobalMax = omero.NewRDouble(i.ranges[c][0]), omero.NewRDouble(i.ranges[c][1])
		}
		if from.Name != "" {
			channel.LogicalChannel.Name = omero.NewRString(from.Name)
		}
		if from.Emission > 0 {
			channel.LogicalChannel.EmissionWave = &omero.Length{Value: from.Emission, Unit: omero.UnitsLengthNANOMETER}
		}
		if from.Excitation > 0 {
			channel.LogicalChannel.ExcitationWave = &omero.Length{Value: from.Excitation, Unit: omero.UnitsLengthNANOMETER}
		}
		if from.HasColor {
			part := func(shift int) *omero.RInt { return omero.NewRInt(int32(uint32(from.Color) >> shift & 255)) }
			channel.Red, channel.Green, channel.Blue, channel.Alpha = part(24), part(16), part(8), part(0)
		}
		rows.channels = append(rows.channels, channel)
	}
	pix, err := rows.pixels(tx)
	if err != nil {
		return nil, err
	}
	sizes := []float64{f.PhysicalX, f.PhysicalY, f.PhysicalZ}
	for k, v := range p.settings.UserSpecifiedPixels {
		if k < len(sizes) && v > 0 {
			sizes[k] = v
		}
	}
	for k, to := range []**omero.Length{&pix.PhysicalSizeX, &pix.PhysicalSizeY, &pix.PhysicalSizeZ} {
		if sizes[k] > 0 {
			*to = &omero.Length{Value: sizes[k], Unit: omero.UnitsLengthMICROMETER}
		}
	}
	if f.Increment > 0 {
		pix.TimeIncrement = &omero.Time{Value: f.Increment, Unit: omero.UnitsTimeSECOND}
	}
	image := omero.NewImage()
	image.Name = omero.NewRString(f.Name)
	if name := p.settings.UserSpecifiedName; name != nil && name.Val != "" {
		image.Name = omero.NewRString(name.Val)
		if count > 1 {
			image.Name.Val += " [" + number(int64(n)) + "]"
		}
	}
	if f.Description != "" {
		image.Description = omero.NewRString(f.Description)
	}
	if d := p.settings.UserSpecifiedDescription; d != nil {
		image.Description = omero.NewRString(d.Val)
	}
	if !f.Acquired.IsZero() {
		image.AcquisitionDate = omero.NewRTime(f.Acquired.UnixMilli())
	}
	if err := image.AddPixels(pix); err != nil {
		return nil, Internal("%v", err)
	}
	return image, nil
}

// link puts the image where the client wants it, with its annotations.
func (p *importProcess) link(tx *store.Tx, image *omero.Image) error {
	ref := unloaded(omero.NewImage(), image.Id.GetValue())
	switch target := p.settings.UserSpecifiedTarget.(type) {
	case nil:
	case *omero.Dataset:
		id, ok := idOf(target)
		if !ok {
			return Validation("the dataset to import into has no id")
		}
		l := omero.NewDatasetImageLink()
		l.Parent, l.Child = unloaded(omero.NewDataset(), id), ref
		if _, err := tx.SaveIDs(l); err != nil {
			return err
		}
	default:
		return Validation("images can be imported into a Dataset, and not into a %s", classOf(target))
	}
	for _, a := range p.settings.UserSpecifiedAnnotationList {
		if isNil(a) {
			continue
		}
		l := omero.NewImageAnnotationLink()
		l.Parent, l.Child = ref, a
		if _, err := tx.SaveIDs(l); err != nil {
			return err
		}
	}
	return nil
}
