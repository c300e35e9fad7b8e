package store

import (
	"fmt"
	"testing"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lab is a small store for queries: ann's project "p" with datasets "d1", "d2",
// images "i0" to "i4" (i0 and i1 in d1, i2 in both, i3 in d2, i4 in none), pixels of
// i0 with two channels, tags and a comment on images.
type lab struct {
	s        *Store
	ann, bob Caller
}

func newLab(t testing.TB, rights Rights) *lab {
	s := open(t)
	_, users := addGroup(t, s, "lab", rights, "lea", "ann", "bob")
	l := &lab{s: s, ann: users[1], bob: users[2]}
	update(t, s, l.ann, func(tx *Tx) {
		p := omero.NewProject()
		p.Name = omero.NewRString("p")
		var images []*omero.Image
		for i := range 5 {
			img := image(fmt.Sprintf("i%d", i))
			img.AcquisitionDate = omero.NewRTime(int64(i) * 86_400_000)
			images = append(images, img)
		}
		for i, members := range [][]int{{0, 1, 2}, {2, 3}} {
			d := omero.NewDataset()
			d.Name = omero.NewRString(fmt.Sprintf("d%d", i+1))
			link := omero.NewProjectDatasetLink()
			link.Parent, link.Child = p, d
			p.DatasetLinksSeq = append(p.DatasetLinksSeq, link)
			for _, m := range members {
				link := omero.NewDatasetImageLink()
				link.Parent, link.Child = d, images[m]
				d.ImageLinksSeq = append(d.ImageLinksSeq, link)
			}
		}
		pixels := omero.NewPixels()
		pixels.SizeX, pixels.SizeY, pixels.SizeZ, pixels.SizeC, pixels.SizeT = omero.NewRInt(4), omero.NewRInt(3), omero.NewRInt(1), omero.NewRInt(2), omero.NewRInt(1)
		pixels.Sha1, pixels.PixelsType, pixels.DimensionOrder = omero.NewRString("x"), omero.NewPixelsTypeRef(6), omero.NewDimensionOrderRef(1)
		pixels.PhysicalSizeX = &omero.Length{Value: 0.5, Unit: omero.UnitsLengthMICROMETER}
		for i := range 2 {
			c := omero.NewChannel()
			c.LogicalChannel = omero.NewLogicalChannel()
			c.LogicalChannel.Name = omero.NewRString(fmt.Sprintf("c%d", i))
			c.Pixels = pixels
			pixels.ChannelsSeq = append(pixels.ChannelsSeq, c)
		}
		pixels.Image = images[0]
		images[0].PixelsSeq = append(images[0].PixelsSeq, pixels)
		tag := omero.NewTagAnnotation()
		tag.TextValue, tag.Ns = omero.NewRString("T"), omero.NewRString("ns.tag")
		comment := omero.NewCommentAnnotation()
		comment.TextValue = omero.NewRString("nice")
		kv := omero.NewMapAnnotation()
		kv.MapValue = []*omero.NamedValue{{Name: "gene", Value: "CDK1"}, {Name: "dose", Value: "5"}}
		number := omero.NewLongAnnotation()
		number.LongValue = omero.NewRLong(7)
		for i, a := range []omero.AnyAnnotation{tag, tag, comment, kv, number} {
			link := omero.NewImageAnnotationLink()
			link.Parent, link.Child = images[i], a
			images[i].AnnotationLinksSeq = append(images[i].AnnotationLinksSeq, link)
		}
		objects := []omero.AnyIObject{p}
		for _, img := range images {
			objects = append(objects, img)
		}
		_, err := tx.Save(objects...)
		require.NoError(t, err)
	})
	return l
}

func params(pairs ...any) *omero.SysParameters {
	p := &omero.SysParameters{Map: omero.SysParamMap{}}
	for i := 0; i < len(pairs); i += 2 {
		p.Map[pairs[i].(string)] = pairs[i+1].(omero.AnyRType)
	}
	return p
}

func (l *lab) names(t testing.TB, c Caller, query string, p *omero.SysParameters) []string {
	t.Helper()
	out := []string{}
	require.NoError(t, l.s.View(t.Context(), c, func(tx *Tx) error {
		found, err := tx.Query(query, p)
		for _, v := range found {
			out = append(out, v.(interface{ GetName() *omero.RString }).GetName().Val)
		}
		return err
	}), query)
	return out
}

func (l *lab) project(t testing.TB, c Caller, query string, p *omero.SysParameters) [][]omero.AnyRType {
	t.Helper()
	var out [][]omero.AnyRType
	require.NoError(t, l.s.View(t.Context(), c, func(tx *Tx) (err error) {
		out, err = tx.Projection(query, p)
		return err
	}), query)
	return out
}

func TestQueriesForObjects(t *testing.T) {
	l := newLab(t, Private)
	ids := omero.NewRList(omero.NewRLong(1), omero.NewRLong(3))
	for query, want := range map[string][]string{
		"from Image i order by i.id":                   {"i0", "i1", "i2", "i3", "i4"},
		"select i from Image as i where i.name = 'i1'": {"i1"},
		"SELECT i FROM Image i WHERE i.name LIKE 'i%' AND NOT i.name IN ('i0', 'i1') ORDER BY i.name DESC":                                      {"i4", "i3", "i2"},
		"from Image i where i.id in (:ids) order by id":                                                                                         {"i0", "i2"},
		"from Image i where i.id in :ids order by i.id":                                                                                         {"i0", "i2"},
		"select d from Dataset d join d.imageLinks l join l.child i where i.name = 'i2' order by d.name":                                        {"d1", "d2"},
		"select distinct i from Image i left outer join fetch i.datasetLinks l join fetch l.parent where l.parent.name like 'd_' order by i.id": {"i0", "i1", "i2", "i3"},
		"select i from Image i where i.datasetLinks is empty":                                                                                   {"i4"},
		"select i from Image i where size(i.datasetLinks) = 2":                                                                                  {"i2"},
		"select i from Image i where exists (select l from DatasetImageLink l where l.child = i and l.parent.name = 'd2') order by i.id":        {"i2", "i3"},
		"select i from Image i where i.id not in (select l.child.id from DatasetImageLink l)":                                                   {"i4"},
		"select l.child from DatasetImageLink l where l.parent.name = 'd2' order by l.child.name":                                               {"i2", "i3"},
		"select i from Image i join i.annotationLinks l join l.child a where a.textValue = 'T' order by i.id":                                   {"i0", "i1"},
		"select i from Image i join i.annotationLinks l join l.child a where a.class = TagAnnotation order by i.id":                             {"i0", "i1"},
		"select i from Image i join i.annotationLinks l join l.child a where a.class = 'ome.model.annotations.CommentAnnotation'":               {"i2"},
		"select i from Image i join i.annotationLinks l join l.child a join a.mapValue m where m.name = 'gene' and m.value = 'CDK1'":            {"i3"},
		"select i from Image i where i.acquisitionDate > '1970-01-04' or i.acquisitionDate is null":                                             {"i4"},
		"select i from Image i where i.acquisitionDate between '1970-01-02' and '1970-01-03' order by i.id":                                     {"i1", "i2"},
		"select i from Image i where year(i.acquisitionDate) = 1970 and day(i.acquisitionDate) = 3":                                             {"i2"},
		"select i from Image i where lower(i.name) = lower('I3')":                                                                               {"i3"},
		"select i from Image i where i.details.owner.omeName = 'ann' and i.id < 2":                                                              {"i0"},
		"select i from Image i where i.details.creationEvent.time > 0 and i.id = 1":                                                             {"i0"},
		"select i from Image i where i.id >= all (select j.id from Image j)":                                                                    {"i4"},
		"select i from Image i where i.id = any (select l.child.id from DatasetImageLink l where l.parent.name = 'd1') order by i.id":           {"i0", "i1", "i2"},
		"select i from Image i join i.pixels p with p.sizeX = 4 where p.physicalSizeX.value < 1 and p.physicalSizeX.unit = 'µm'":                {"i0"},
		"from Dataset where name = 'd1'":                                         {"d1"},
		"select p from Project p join p.datasetLinks as l where l.child.id = :d": {"p"},
	} {
		assert.Equal(t, want, l.names(t, l.ann, query, params("ids", ids, "d", omero.NewRLong(1))), query)
	}
}

func TestProjections(t *testing.T) {
	l := newLab(t, Private)
	one := func(v omero.AnyRType) [][]omero.AnyRType { return [][]omero.AnyRType{{v}} }
	for query, want := range map[string][][]omero.AnyRType{
		"select count(*) from Image":                                                                                                       one(omero.NewRLong(5)),
		"select count(distinct l.child.id) from DatasetImageLink l":                                                                        one(omero.NewRLong(4)),
		"select i.name, i.id from Image i where i.id = 2":                                                                                  {{omero.NewRString("i1"), omero.NewRLong(2)}},
		"select sum(p.sizeX * p.sizeY), max(p.sizeC), avg(p.sizeX) from Pixels p":                                                          {{omero.NewRLong(12), omero.NewRInt(2), omero.NewRDouble(4)}},
		"select d.name, count(l.id) from Dataset d left join d.imageLinks l group by d.name having count(l.id) > 2":                        {{omero.NewRString("d1"), omero.NewRLong(3)}},
		"select case when i.id > 3 then 'big' else 'small' end from Image i where i.id in (3, 4) order by i.id":                            {{omero.NewRString("small")}, {omero.NewRString("big")}},
		"select cast(i.id as string) || '-' || i.name from Image i where i.id = 1":                                                         one(omero.NewRString("1-i0")),
		"select p.physicalSizeX from Pixels p":                                                                                             one(omero.NewRMap(omero.RTypeDict{"value": omero.NewRDouble(0.5), "unit": omero.NewRString("MICROMETER"), "symbol": omero.NewRString("µm")})),
		"select distinct a.class from Annotation a where a.textValue is not null and a.ns is null":                                         one(omero.NewRString("ome.model.annotations.CommentAnnotation")),
		"select new map(p.name as name, (select count(l.id) from ProjectDatasetLink l where l.parent = p.id) as n) from Project p":         one(omero.NewRMap(omero.RTypeDict{"name": omero.NewRString("p"), "n": omero.NewRLong(2)})),
		"select max(i.acquisitionDate) from Image i":                                                                                       one(omero.NewRTime(4 * 86_400_000)),
		"select i.archived from Image i where i.id = 1":                                                                                    {{nil}},
		"select p.pixelsType.value from Pixels p":                                                                                          one(omero.NewRString("uint16")),
		"select index(c), c.logicalChannel.name from Pixels p join p.channels c order by index(c) desc":                                    {{omero.NewRInt(1), omero.NewRString("c1")}, {omero.NewRInt(0), omero.NewRString("c0")}},
		"select substring(i.name, 2, 1), length(i.name), locate('0', i.name), coalesce(i.description, 'none') from Image i where i.id = 1": {{omero.NewRString("0"), omero.NewRInt(2), omero.NewRInt(2), omero.NewRString("none")}},
		"select new list(i.id, true) from Image i where i.id = 1":                                                                          one(omero.NewRList(omero.NewRLong(1), omero.NewRBool(true))),
	} {
		assert.Equal(t, want, l.project(t, l.ann, query, nil), query)
	}
	rows := l.project(t, l.ann, "select new map(p as p_details_permissions, p.id as id) from Project p", nil)
	perms := rows[0][0].(*omero.RMap).Val["p_details_permissions"].(*omero.RMap).Val
	assert.Equal(t, omero.NewRBool(true), perms["canEdit"])
	assert.Equal(t, omero.NewRString("rw----"), perms["perm"])
}

func TestWhatIsFetchedIsLoaded(t *testing.T) {
	l := newLab(t, Private)
	require.NoError(t, l.s.View(t.Context(), l.ann, func(tx *Tx) error {
		found, err := tx.Query("select i from Image i left outer join fetch i.pixels p left outer join fetch p.channels c "+
			"left outer join fetch c.logicalChannel join fetch i.details.owner left outer join fetch i.annotationLinksCountPerOwner where i.id = 1", nil)
		require.NoError(t, err)
		require.Len(t, found, 4-2, "a row for each channel, as Hibernate gives it")
		img := found[0].(*omero.Image)
		assert.Same(t, img, found[1])
		assert.True(t, img.Loaded)
		require.True(t, img.PixelsLoaded)
		p := img.PixelsSeq[0]
		assert.Same(t, img, p.Image, "the way back leads to the same object")
		require.Len(t, p.ChannelsSeq, 2)
		assert.Equal(t, "c0", p.ChannelsSeq[0].LogicalChannel.Name.Val)
		assert.Equal(t, "c1", p.ChannelsSeq[1].LogicalChannel.Name.Val)
		assert.False(t, p.PixelsType.Loaded, "not fetched, not loaded")
		assert.False(t, img.AnnotationLinksLoaded)
		assert.Nil(t, img.AnnotationLinksSeq)
		assert.Equal(t, omero.SysCountMap{l.ann.UserID: 1}, img.AnnotationLinksCountPerOwner)
		assert.Equal(t, "ann", img.Details.Owner.OmeName.Val)
		assert.False(t, img.Details.Group.Loaded)

		found, err = tx.Query("select i from Image i left outer join fetch i.pixels where i.id = 2", nil)
		require.NoError(t, err)
		assert.True(t, found[0].(*omero.Image).PixelsLoaded, "an empty collection is loaded too")

		links, err := tx.Query("select l from ImageAnnotationLink l where l.parent.id = 3", nil)
		require.NoError(t, err)
		assert.IsType(t, &omero.CommentAnnotation{}, links[0].(*omero.ImageAnnotationLink).Child, "an unloaded object has its true class")
		return nil
	}))
}

func TestPaging(t *testing.T) {
	l := newLab(t, Private)
	page := func(offset, limit int32) *omero.SysParameters {
		return &omero.SysParameters{TheFilter: &omero.SysFilter{Offset: omero.NewRInt(offset), Limit: omero.NewRInt(limit)}}
	}
	assert.Equal(t, []string{"i1", "i2"}, l.names(t, l.ann, "from Image i order by i.id", page(1, 2)))
	assert.Equal(t, []string{"i2", "i3"}, l.names(t, l.ann, "select i from Image i left outer join fetch i.datasetLinks l left join fetch l.parent order by i.id", page(2, 2)),
		"objects are counted, not rows")
	assert.Equal(t, []string{"i3", "i2"}, l.names(t, l.ann, "select distinct i from Image i join i.datasetLinks l order by i.name desc", page(0, 2)))
	owner := &omero.SysParameters{TheFilter: &omero.SysFilter{OwnerId: omero.NewRLong(l.bob.UserID)}}
	assert.Empty(t, l.names(t, l.ann, "from Image", owner))
}

func TestQueriesThatAreRefused(t *testing.T) {
	l := newLab(t, Private)
	for query, want := range map[string]string{
		"from Imag": "Imag is not mapped near line 1, column 6",
		"select i from Image i where i.nam = 'x'":        "could not resolve property: nam of: ome.model.core.Image near line 1, column 29",
		"select x from Image i":                          "Invalid path: 'x'",
		"select i from Image i where i.id = :missing":    "[missing]",
		"select i.pixels.id from Image i":                "illegal attempt to dereference collection",
		"select i from Image i where foo(i.id) = 1":      "the function foo is not offered here",
		"select i.name from Image i join fetch i.pixels": "owner of the fetched association",
		"from Image i right join i.pixels":               "a right join is not offered here",
		"select i from Image i where":                    "near line 1",
		"delete Image":                                   "near line 1, column 1",
		"select i, from Image i":                         "near line 1",
	} {
		err := l.s.View(t.Context(), l.ann, func(tx *Tx) error { _, err := tx.Query(query, nil); return err })
		var e *omero.ApiUsageException
		require.ErrorAs(t, err, &e, query)
		assert.ErrorContains(t, err, want, query)
	}
}

func TestPrivateGroupsDoNotLeak(t *testing.T) {
	l := newLab(t, Private)
	for _, query := range []string{
		"select count(*) from Image", "select count(l) from DatasetImageLink l", "select count(a) from Annotation a",
		"select count(p) from Pixels p", "select count(e) from Experimenter e where e.id in (select i.details.owner.id from Image i where i.name = 'i0')",
		"select count(l) from EventLog l where l.entityType = 'ome.model.core.Image'",
	} {
		assert.Equal(t, [][]omero.AnyRType{{omero.NewRLong(0)}}, l.project(t, l.bob, query, nil), query)
	}
	bob := l.bob
	bob.GroupID = AllGroups
	assert.Empty(t, l.names(t, bob, "from Image", nil))
	err := l.s.View(t.Context(), l.bob, func(tx *Tx) error { _, err := Get[*omero.Image](tx, 1); return err })
	var violation *omero.SecurityViolation
	assert.ErrorAs(t, err, &violation)
}
