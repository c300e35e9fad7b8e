package sample

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/files"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/pixels"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/services"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// Password is everybody's in the lab.
const Password = "lab"

// People are who works there; the first is who has the project.
var People = []services.Account{
	{Name: "ada", FirstName: "Ada", LastName: "Weber", Groups: []string{"imaging"}, Leads: []string{"imaging"}},
	{Name: "grace", FirstName: "Grace", LastName: "Okafor", Groups: []string{"screening", "imaging"}, Leads: []string{"screening"}},
	{Name: "mary", FirstName: "Mary", LastName: "Lindqvist", Groups: []string{"imaging"}},
}

const (
	mapNamespace    = "openmicroscopy.org/omero/client/mapAnnotation"
	ratingNamespace = "openmicroscopy.org/omero/insight/rating"
	tagSetNamespace = "openmicroscopy.org/omero/insight/tagset"
)

// firstDay is when the first image was taken.
var firstDay = time.Date(2026, time.January, 12, 9, 30, 0, 0, time.UTC)

// lab is what is being made.
type lab struct {
	ctx    context.Context
	server *services.Server
	tx     *store.Tx
}

// Fill makes the lab, unless there is one already.
func Fill(ctx context.Context, s *services.Server) error {
	if have, err := s.Accounts.Person(ctx, People[0].Name); err != nil || have != nil {
		return err
	}
	for _, g := range [][3]string{
		{"imaging", "rwra--", "The microscopy group"}, {"screening", "rwr---", "The screening facility"},
	} {
		if _, err := s.EnsureGroup(ctx, g[0], g[1], g[2]); err != nil {
			return err
		}
	}
	for _, p := range People {
		p.Password = Password
		if _, err := s.EnsureUser(ctx, p); err != nil {
			return err
		}
	}
	l := &lab{ctx: ctx, server: s}
	if err := l.as("ada", "imaging", l.project); err != nil {
		return err
	}
	return l.as("grace", "screening", l.screen)
}

// as runs fn in a transaction of somebody's.
func (l *lab) as(name, group string, fn func() error) error {
	p, err := l.server.Accounts.Person(l.ctx, name)
	if err != nil {
		return err
	}
	g, err := l.server.Accounts.GroupNamed(l.ctx, group)
	if err != nil {
		return err
	}
	caller, err := l.server.Store.NewCaller(l.ctx, p.ID, g.ID)
	if err != nil {
		return err
	}
	return l.server.Store.Update(l.ctx, caller, func(tx *store.Tx) error {
		l.tx = tx
		return fn()
	})
}

func text(s string) *omero.RString { return omero.NewRString(s) }

// enum refers to an entry of an enumeration.
func enum[T omero.AnyIObject](l *lab, class, value string) (T, error) {
	var none T
	found, err := l.tx.FindBy(schema.Find(class), "value", value)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, fmt.Errorf("sample: there is no %s %q", class, value)
	}
	return found[0].(T), nil
}

// newImage makes an image with its channels.
func (l *lab) newImage(name, description string, taken time.Time, c *culture, channels []string) (*omero.Image, error) {
	pixelsType, err := enum[*omero.PixelsType](l, "PixelsType", c.shape.Type.Name)
	if err != nil {
		return nil, err
	}
	order, err := enum[*omero.DimensionOrder](l, "DimensionOrder", "XYZCT")
	if err != nil {
		return nil, err
	}
	i, p := omero.NewImage(), omero.NewPixels()
	i.Name, i.Description, i.AcquisitionDate = text(name), text(description), omero.NewRTime(taken.UnixMilli())
	p.SizeX, p.SizeY, p.SizeZ = omero.NewRInt(int32(c.shape.X)), omero.NewRInt(int32(c.shape.Y)), omero.NewRInt(int32(c.shape.Z))
	p.SizeC, p.SizeT = omero.NewRInt(int32(c.shape.C)), omero.NewRInt(int32(c.shape.T))
	p.PixelsType, p.DimensionOrder, p.Sha1 = pixelsType, order, text("Pending...")
	p.PhysicalSizeX = &omero.Length{Value: 0.32, Unit: omero.UnitsLengthMICROMETER}
	p.PhysicalSizeY = &omero.Length{Value: 0.32, Unit: omero.UnitsLengthMICROMETER}
	for n, label := range channels {
		channel := omero.NewChannel()
		logical := omero.NewLogicalChannel()
		logical.Name = text(label)
		channel.LogicalChannel = logical
		channel.Red, channel.Green, channel.Blue, channel.Alpha = colour(n)
		low, high, err := c.window(n)
		if err != nil {
			return nil, err
		}
		stats := omero.NewStatsInfo()
		stats.GlobalMin, stats.GlobalMax = omero.NewRDouble(low), omero.NewRDouble(high)
		channel.StatsInfo = stats
		if err := p.AddChannel(channel); err != nil {
			return nil, err
		}
	}
	if err := i.AddPixels(p); err != nil {
		return nil, err
	}
	return i, nil
}

// colour is a channel's: blue nuclei, and green around them.
func colour(n int) (r, g, b, a *omero.RInt) {
	c := [][3]int32{{0, 0, 255}, {0, 255, 0}, {255, 0, 0}}[n%3]
	return omero.NewRInt(c[0]), omero.NewRInt(c[1]), omero.NewRInt(c[2]), omero.NewRInt(255)
}

// keep writes an image's pixels to its file.
func (l *lab) keep(saved *omero.Image, c *culture) error {
	id := saved.GetPixels(0).Id.GetValue()
	var all bytes.Buffer
	for _, plane := range c.planes {
		all.Write(plane)
	}
	return l.server.Files.ReplaceNumbered(files.Pixels, id, all.Bytes())
}

// project is Ada's: two datasets of movies.
func (l *lab) project() error {
	p := omero.NewProject()
	p.Name, p.Description = text("Mitosis"), text("How long HeLa cells take to divide, with and without nocodazole")
	uint16, err := pixels.TypeNamed("uint16")
	if err != nil {
		return err
	}
	tags := map[string]*omero.TagAnnotation{}
	for _, name := range []string{"control", "treated", "mitotic"} {
		tags[name] = omero.NewTagAnnotation()
		tags[name].TextValue = text(name)
	}
	set := omero.NewTagAnnotation()
	set.TextValue, set.Ns = text("Mitosis project"), text(tagSetNamespace)
	for _, name := range []string{"control", "treated", "mitotic"} {
		if _, err := set.LinkAnnotation(tags[name]); err != nil {
			return err
		}
	}
	var cultures []*culture
	var images []*omero.Image
	for d, treatment := range []string{"control", "treated"} {
		dataset := omero.NewDataset()
		dataset.Name = text([]string{"HeLa controls", "HeLa nocodazole"}[d])
		dataset.Description = text([]string{"Cells in medium only", "Cells in 100 nM nocodazole"}[d])
		for n := range 4 {
			c := newCulture(uint64(100*d+n+1), pixels.Shape{X: 128, Y: 128, Z: 3, C: 2, T: 4, Type: uint16}, 6+n)
			c.paint()
			i, err := l.newImage(fmt.Sprintf("%s %02d", treatment, n+1), "Movie of "+treatment+" cells, every ten minutes",
				firstDay.AddDate(0, 0, 7*d).Add(time.Duration(n)*time.Hour), c, []string{"DAPI", "Tubulin"})
			if err == nil {
				err = l.describe(i, c, treatment, tags, n)
			}
			if err != nil {
				return err
			}
			if _, err := dataset.LinkImage(i); err != nil {
				return err
			}
			cultures, images = append(cultures, c), append(images, i)
		}
		if _, err := p.LinkDataset(dataset); err != nil {
			return err
		}
	}
	saved, err := l.tx.Save(p, set)
	if err != nil {
		return err
	}
	n := 0
	for _, dataset := range saved[0].(*omero.Project).LinkedDatasetList() {
		for _, i := range dataset.LinkedImageList() {
			if err := l.keep(i, cultures[n]); err != nil {
				return err
			}
			if err := l.regions(i, cultures[n]); err != nil {
				return err
			}
			n++
		}
	}
	if n != len(images) {
		return fmt.Errorf("sample: %d images were saved of %d", n, len(images))
	}
	return nil
}

// describe tags an image and notes how it was made.
func (l *lab) describe(i *omero.Image, c *culture, treatment string, tags map[string]*omero.TagAnnotation, n int) error {
	pairs := omero.NewMapAnnotation()
	pairs.Ns = text(mapNamespace)
	concentration := map[string]string{"control": "0 nM", "treated": "100 nM"}[treatment]
	pairs.MapValue = omero.NamedValueList{
		{Name: "Cell line", Value: "HeLa"}, {Name: "Nocodazole", Value: concentration},
		{Name: "Cells", Value: fmt.Sprint(len(c.cells))}, {Name: "Temperature", Value: "37 °C"},
	}
	all := []omero.AnyAnnotation{pairs, tags[treatment]}
	if n%2 == 0 {
		all = append(all, tags["mitotic"])
	}
	if n == 0 {
		rating := omero.NewLongAnnotation()
		rating.Ns, rating.LongValue = text(ratingNamespace), omero.NewRLong(5)
		comment := omero.NewCommentAnnotation()
		comment.TextValue = text("The best of the day: use it for the figure")
		all = append(all, rating, comment)
	}
	for _, a := range all {
		if _, err := i.LinkAnnotation(a); err != nil {
			return err
		}
	}
	return nil
}

// regions marks each cell with an ellipse, and all of the first with a mask.
func (l *lab) regions(i *omero.Image, c *culture) error {
	var all []omero.AnyIObject
	for n, one := range c.cells {
		roi := omero.NewRoi()
		roi.Name, roi.Image = text(fmt.Sprintf("cell %d", n+1)), i.Proxy().(*omero.Image)
		for t := range c.shape.T {
			at := one.at(t)[0]
			e := omero.NewEllipse()
			e.X, e.Y = omero.NewRDouble(at[0]), omero.NewRDouble(at[1])
			e.RadiusX, e.RadiusY = omero.NewRDouble(1.5*one.radius), omero.NewRDouble(1.5*one.radius)
			e.TheZ, e.TheT = omero.NewRInt(int32(c.shape.Z/2)), omero.NewRInt(int32(t))
			e.TextValue = text(fmt.Sprintf("cell %d", n+1))
			if err := roi.AddShape(e); err != nil {
				return err
			}
		}
		all = append(all, roi)
	}
	roi := omero.NewRoi()
	roi.Name, roi.Image = text("nuclei"), i.Proxy().(*omero.Image)
	if err := roi.AddShape(c.mask()); err != nil {
		return err
	}
	_, err := l.tx.SaveIDs(append(all, roi)...)
	return err
}

// screen is Grace's: two plates of three rows and four columns.
func (l *lab) screen() error {
	uint8, err := pixels.TypeNamed("uint8")
	if err != nil {
		return err
	}
	s := omero.NewScreen()
	s.Name, s.Description = text("Kinase siRNA screen"), text("Cell counts after knock-down of kinases")
	var cultures []*culture
	for n := range 2 {
		plate := omero.NewPlate()
		plate.Name, plate.Status = text(fmt.Sprintf("Plate %d", n+1)), text("imaged")
		plate.ColumnNamingConvention, plate.RowNamingConvention = text("number"), text("letter")
		plate.Rows, plate.Columns = omero.NewRInt(3), omero.NewRInt(4)
		run := omero.NewPlateAcquisition()
		run.Name = text("Run 1")
		if err := plate.AddPlateAcquisition(run); err != nil {
			return err
		}
		for place := range 12 {
			c := newCulture(uint64(1000*(n+1)+place), pixels.Shape{X: 64, Y: 64, Z: 1, C: 2, T: 1, Type: uint8}, 2+(place*5+n)%7)
			c.paint()
			row, column := place/4, place%4
			i, err := l.newImage(fmt.Sprintf("Plate %d, well %c%d", n+1, 'A'+row, column+1), "", firstDay.AddDate(0, 1, n).Add(time.Duration(place)*time.Minute), c, []string{"DAPI", "Actin"})
			if err != nil {
				return err
			}
			well, sample := omero.NewWell(), omero.NewWellSample()
			well.Row, well.Column = omero.NewRInt(int32(row)), omero.NewRInt(int32(column))
			well.Type = text([]string{"negative control", "sample", "sample", "positive control"}[column])
			sample.Image, sample.PlateAcquisition = i, run
			if err := well.AddWellSample(sample); err != nil {
				return err
			}
			if err := plate.AddWell(well); err != nil {
				return err
			}
			cultures = append(cultures, c)
		}
		if _, err := s.LinkPlate(plate); err != nil {
			return err
		}
	}
	saved, err := l.tx.Save(s)
	if err != nil {
		return err
	}
	n := 0
	for _, plate := range saved[0].(*omero.Screen).LinkedPlateList() {
		for _, well := range plate.CopyWells() {
			if err := l.keep(well.GetWellSample(0).Image, cultures[n]); err != nil {
				return err
			}
			n++
		}
	}
	return nil
}
