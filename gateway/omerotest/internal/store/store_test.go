package store

import (
	"context"
	"testing"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), "")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func update(t testing.TB, s *Store, c Caller, do func(tx *Tx)) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), c, func(tx *Tx) error { do(tx); return nil }))
}

// addGroup makes a group with rights, and users that are its members, the first of them its leader.
func addGroup(t testing.TB, s *Store, name string, rights Rights, users ...string) (group int64, callers []Caller) {
	t.Helper()
	var ids []int64
	update(t, s, System(), func(tx *Tx) {
		g := omero.NewExperimenterGroup()
		g.Name, g.Ldap = omero.NewRString(name), omero.NewRBool(false)
		g.Details = omero.NewDetails()
		g.Details.Permissions = &omero.Permissions{Perm1: int64(rights)}
		saved, err := Save(tx, g)
		require.NoError(t, err)
		group = saved.Id.Val
		for i, user := range users {
			var e *omero.Experimenter
			found, err := tx.FindBy(schema.Find("Experimenter"), "omeName", user)
			require.NoError(t, err)
			if len(found) > 0 {
				e = omero.NewExperimenterRef(found[0].GetId().Val)
			} else {
				e = omero.NewExperimenter()
				e.OmeName, e.FirstName, e.LastName, e.Ldap = omero.NewRString(user), omero.NewRString(user), omero.NewRString("X"), omero.NewRBool(false)
			}
			m := omero.NewGroupExperimenterMap()
			m.Parent, m.Child, m.Owner = omero.NewExperimenterGroupRef(group), e, omero.NewRBool(i == 0)
			m, err = Save(tx, m)
			require.NoError(t, err)
			ids = append(ids, m.Child.Id.Val)
		}
	})
	for _, id := range ids {
		c, err := s.NewCaller(t.Context(), id, group)
		require.NoError(t, err)
		callers = append(callers, c)
	}
	return group, callers
}

func image(name string) *omero.Image {
	v := omero.NewImage()
	v.Name = omero.NewRString(name)
	return v
}

func TestNewStoreHasWhatEveryOmeroHas(t *testing.T) {
	s := open(t)
	require.NoError(t, s.View(t.Context(), System(), func(tx *Tx) error {
		root, err := Get[*omero.Experimenter](tx, RootUser)
		require.NoError(t, err)
		assert.Equal(t, "root", root.OmeName.Val)
		users, err := tx.FindBy(schema.Find("ExperimenterGroup"), "name", "user")
		require.NoError(t, err)
		require.Len(t, users, 1)
		assert.Equal(t, UserGroup, users[0].GetId().Val)
		assert.True(t, users[0].GetDetails().Permissions.IsWorldRead())
		return nil
	}))
	c, err := s.NewCaller(context.Background(), RootUser, SystemGroup)
	require.NoError(t, err)
	assert.True(t, c.Admin)
	assert.True(t, c.Can("Sudo"))
	assert.Equal(t, []int64{SystemGroup, UserGroup}, c.MemberOf)
}

func TestSaveGraph(t *testing.T) {
	s := open(t)
	group, users := addGroup(t, s, "lab", Private, "ann")
	pixels := omero.NewPixels()
	pixels.SizeX, pixels.SizeY, pixels.SizeZ, pixels.SizeC, pixels.SizeT = omero.NewRInt(4), omero.NewRInt(3), omero.NewRInt(1), omero.NewRInt(2), omero.NewRInt(1)
	pixels.Sha1, pixels.PixelsType, pixels.DimensionOrder = omero.NewRString("x"), omero.NewPixelsTypeRef(1), omero.NewDimensionOrderRef(1)
	pixels.PhysicalSizeX = &omero.Length{Value: 0.5, Unit: omero.UnitsLengthMICROMETER}
	for range 2 {
		c := omero.NewChannel()
		c.LogicalChannel = omero.NewLogicalChannel()
		pixels.ChannelsSeq = append(pixels.ChannelsSeq, c)
	}
	img := image("cell")
	img.PixelsSeq = append(img.PixelsSeq, pixels)
	pixels.Image = img

	var saved *omero.Image
	update(t, s, users[0], func(tx *Tx) {
		var err error
		saved, err = Save(tx, img)
		require.NoError(t, err)
	})
	assert.Nil(t, img.Id, "the given graph is left as it is")
	assert.Same(t, saved, saved.PixelsSeq[0].Image, "the copy is a graph with the same cycles")
	assert.Equal(t, int32(0), saved.Version.Val)
	assert.Equal(t, users[0].UserID, saved.Details.Owner.Id.Val)
	assert.Equal(t, group, saved.Details.Group.Id.Val)

	require.NoError(t, s.View(t.Context(), users[0], func(tx *Tx) error {
		p, err := Get[*omero.Pixels](tx, saved.PixelsSeq[0].Id.Val)
		require.NoError(t, err)
		assert.Equal(t, &omero.Length{Value: 0.5, Unit: omero.UnitsLengthMICROMETER}, p.PhysicalSizeX)
		assert.Equal(t, saved.Id.Val, p.Image.Id.Val)
		assert.False(t, p.Image.Loaded)
		assert.False(t, p.ChannelsLoaded)
		assert.Nil(t, p.ChannelsSeq)
		rows, err := tx.SQL(`SELECT "pixels_index" FROM "Channel" ORDER BY id`)
		require.NoError(t, err)
		assert.Equal(t, [][]any{{int64(0)}, {int64(1)}}, rows)
		return nil
	}))
}

func TestUpdateAndLock(t *testing.T) {
	s := open(t)
	_, users := addGroup(t, s, "lab", Private, "ann")
	ann := users[0]
	var first *omero.Image
	update(t, s, ann, func(tx *Tx) { first, _ = Save(tx, image("a")) })
	update(t, s, ann, func(tx *Tx) {
		same, err := Save(tx, first)
		require.NoError(t, err)
		assert.Equal(t, int32(0), same.Version.Val, "nothing changed, no new version")
		first.Name = omero.NewRString("b")
		changed, err := Save(tx, first)
		require.NoError(t, err)
		assert.Equal(t, int32(1), changed.Version.Val)
		assert.NotEqual(t, changed.Details.CreationEvent.Id.Val, changed.Details.UpdateEvent.Id.Val)
	})
	err := s.Update(t.Context(), ann, func(tx *Tx) error { _, err := tx.Save(first); return err })
	var lock *omero.OptimisticLockException
	require.ErrorAs(t, err, &lock)
	assert.Contains(t, lock.Message, "version 1")
}

func TestWhatIsNotSaved(t *testing.T) {
	s := open(t)
	_, users := addGroup(t, s, "lab", Private, "ann")
	badPixels := omero.NewPixels()
	badPixels.Image = omero.NewImageRef(99)
	enum := omero.NewFormat()
	enum.Value = omero.NewRString("new")
	link := omero.NewDatasetImageLink()
	link.Parent, link.Child = omero.NewDatasetRef(5), image("x")
	for _, c := range []struct {
		name string
		v    omero.AnyIObject
		want any
		text string
	}{
		{"required", omero.NewImage(), new(*omero.ValidationException), "ome.model.core.Image.name"},
		{"reference", link, new(*omero.ValidationException), "Dataset:5"},
		{"missing reference", badPixels, new(*omero.ValidationException), "Image:99"},
		{"enumeration", enum, new(*omero.SecurityViolation), "system type"},
		{"unknown id", &omero.Image{IObject: omero.IObject{Id: omero.NewRLong(7), Loaded: true}, Name: omero.NewRString("x")}, new(*omero.ValidationException), "Image:7"},
		{"unloaded without id", &omero.Image{}, new(*omero.ApiUsageException), "without an id"},
		{"no table", omero.NewIObject(), new(*omero.ApiUsageException), "IObject"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := s.Update(t.Context(), users[0], func(tx *Tx) error { _, err := tx.Save(c.v); return err })
			require.ErrorAs(t, err, c.want)
			assert.ErrorContains(t, err, c.text)
		})
	}
	require.NoError(t, s.View(t.Context(), System(), func(tx *Tx) error {
		n, err := tx.sqlInt(`SELECT count(*) FROM "Image"`)
		assert.Zero(t, n, "what failed left nothing")
		return err
	}))
}

func TestFolderKeepsWhatWasSaved(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir)
	require.NoError(t, err)
	var id int64
	update(t, s, System(), func(tx *Tx) {
		ids, err := tx.SaveIDs(image("kept"))
		require.NoError(t, err)
		id = ids[0]
		require.NoError(t, tx.SetValue("password", []byte("x")))
	})
	require.NoError(t, s.Close())
	s, err = Open(t.Context(), dir)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	require.NoError(t, s.Update(t.Context(), System(), func(tx *Tx) error {
		v, err := Get[*omero.Image](tx, id)
		require.NoError(t, err)
		assert.Equal(t, "kept", v.Name.Val)
		value, err := tx.Value("password")
		require.NoError(t, err)
		assert.Equal(t, "x", string(value))
		require.NoError(t, tx.Delete(schema.Find("Image"), id))
		ids, err := tx.SaveIDs(image("next"))
		require.NoError(t, err)
		assert.Equal(t, id+1, ids[0], "ids are not used twice")
		return nil
	}))
}

func TestRightsText(t *testing.T) {
	for text, r := range map[string]Rights{"rw----": Private, "rwr---": ReadOnly, "rwra--": ReadAnnotate, "rwrw--": ReadWrite, "rwr-r-": 0x644} {
		assert.Equal(t, text, r.String())
		back, err := RightsFrom(text)
		require.NoError(t, err)
		assert.Equal(t, r, back)
	}
	_, err := RightsFrom("rwx")
	assert.Error(t, err)
}
