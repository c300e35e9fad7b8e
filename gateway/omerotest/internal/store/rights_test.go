package store

import (
	"errors"
	"testing"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRightsInGroups tries what members, a leader and administrators may do to
// another's image in each kind of group. The letters: r read, a annotate, l link
// into a dataset, e edit, d delete.
func TestRightsInGroups(t *testing.T) {
	for _, c := range []struct {
		rights              Rights
		member, leader, own string
	}{
		{Private, "", "raled", "raled"},
		{ReadOnly, "r", "raled", "raled"},
		{ReadAnnotate, "ra", "raled", "raled"},
		{ReadWrite, "raled", "raled", "raled"},
	} {
		t.Run(c.rights.String(), func(t *testing.T) {
			l := newLab(t, c.rights)
			lea, err := l.s.NewCaller(t.Context(), l.bob.UserID-2, l.bob.GroupID)
			require.NoError(t, err)
			require.True(t, lea.Leads(l.bob.GroupID))
			root, err := l.s.NewCaller(t.Context(), RootUser, l.bob.GroupID)
			require.NoError(t, err)
			weak := root
			weak.Privileges = []string{"Chown"}
			assert.Equal(t, c.member, l.may(t, l.bob, 5), "a member")
			assert.Equal(t, c.leader, l.may(t, lea, 5), "the leader")
			assert.Equal(t, c.own, l.may(t, l.ann, 5), "the owner")
			assert.Equal(t, "raled", l.may(t, root, 5), "an administrator")
			assert.Equal(t, "r", l.may(t, weak, 5), "an administrator without privileges")
		})
	}
}

var errUndo = errors.New("undo")

// may tries everything with an image, and checks that the flags on it say the same.
func (l *lab) may(t *testing.T, c Caller, id int64) string {
	out := ""
	try := func(letter string, do func(tx *Tx) error) {
		err := l.s.Update(t.Context(), c, func(tx *Tx) error {
			if err := do(tx); err != nil {
				return err
			}
			return errUndo
		})
		if err == errUndo {
			out += letter
			return
		}
		var violation *omero.SecurityViolation
		require.ErrorAs(t, err, &violation, letter)
	}
	var flags *omero.Permissions
	try("r", func(tx *Tx) error {
		img, err := Get[*omero.Image](tx, id)
		if err == nil {
			flags = img.Details.Permissions
		}
		return err
	})
	try("a", func(tx *Tx) error {
		link := omero.NewImageAnnotationLink()
		link.Parent, link.Child = omero.NewImageRef(id), omero.NewTagAnnotation()
		_, err := tx.Save(link)
		return err
	})
	try("l", func(tx *Tx) error {
		d := omero.NewDataset()
		d.Name = omero.NewRString("mine")
		link := omero.NewDatasetImageLink()
		link.Parent, link.Child = d, omero.NewImageRef(id)
		_, err := tx.Save(link)
		return err
	})
	try("e", func(tx *Tx) error {
		v := &omero.Image{IObject: omero.IObject{Id: omero.NewRLong(id), Loaded: true}, Version: omero.NewRInt(0), Name: omero.NewRString("changed")}
		_, err := tx.Save(v)
		return err
	})
	try("d", func(tx *Tx) error {
		links, err := tx.SQL(`SELECT id FROM "ImageAnnotationLink" WHERE "parent" = ?`, id)
		if err != nil {
			return err
		}
		for _, link := range links {
			if err := tx.Delete(schema.Find("ImageAnnotationLink"), link[0].(int64)); err != nil {
				return err
			}
		}
		return tx.Delete(schema.Find("Image"), id)
	})
	if flags != nil {
		said := "r"
		for _, f := range []struct {
			letter string
			can    bool
		}{{"a", flags.CanAnnotate()}, {"l", flags.CanLink()}, {"e", flags.CanEdit()}, {"d", flags.CanDelete()}} {
			if f.can {
				said += f.letter
			}
		}
		assert.Equal(t, out, said, "the flags say what is allowed")
	}
	return out
}

func TestObjectsStayInTheirGroup(t *testing.T) {
	l := newLab(t, ReadWrite)
	other, users := addGroup(t, l.s, "other", ReadWrite, "ann")
	ann := users[0]
	try := func(c Caller, v omero.AnyIObject) error {
		return l.s.Update(t.Context(), c, func(tx *Tx) error { _, err := tx.Save(v); return err })
	}
	link := omero.NewDatasetImageLink()
	d := omero.NewDataset()
	d.Name = omero.NewRString("d")
	link.Parent, link.Child = d, omero.NewImageRef(1)
	var between *omero.GroupSecurityViolation
	assert.ErrorAs(t, try(ann, link), &between)

	moved := image("moved")
	moved.Details = omero.NewDetails()
	moved.Details.Group = omero.NewExperimenterGroupRef(l.bob.GroupID)
	assert.NoError(t, try(ann, moved), "a member may choose another of its groups")
	moved.Details.Group = omero.NewExperimenterGroupRef(SystemGroup)
	var violation *omero.SecurityViolation
	assert.ErrorAs(t, try(ann, moved), &violation)
	given := image("given")
	given.Details = omero.NewDetails()
	given.Details.Owner = omero.NewExperimenterRef(l.bob.UserID)
	assert.ErrorAs(t, try(ann, given), &violation, "nobody makes presents")

	all := ann
	all.GroupID = AllGroups
	assert.ErrorAs(t, try(all, image("nowhere")), &violation)
	tagged := omero.NewImageAnnotationLink()
	tagged.Parent, tagged.Child = omero.NewImageRef(1), omero.NewTagAnnotation()
	require.NoError(t, l.s.Update(t.Context(), all, func(tx *Tx) error {
		saved, err := Save(tx, tagged)
		require.NoError(t, err)
		assert.Equal(t, l.bob.GroupID, saved.Details.Group.Id.Val, "in the group of what it is linked to")
		assert.NotEqual(t, other, saved.Details.Group.Id.Val)
		return nil
	}))
}

func TestSessionsOfOthersHaveNoKey(t *testing.T) {
	l := newLab(t, ReadOnly)
	update(t, l.s, System(), func(tx *Tx) {
		s := omero.NewSession()
		s.Node, s.Uuid, s.Owner = omero.NewNodeRef(0), omero.NewRString("the-key"), omero.NewExperimenterRef(l.ann.UserID)
		s.TimeToIdle, s.TimeToLive, s.Started, s.DefaultEventType = omero.NewRLong(1), omero.NewRLong(1), omero.NewRTime(1), omero.NewRString("User")
		_, err := tx.Save(s)
		require.NoError(t, err)
	})
	const query = "select s.uuid from Session s where s.id > 0"
	assert.Equal(t, [][]omero.AnyRType{{omero.NewRString("the-key")}}, l.project(t, l.ann, query, nil))
	assert.Empty(t, l.project(t, l.bob, query, nil))
	assert.Empty(t, l.project(t, l.bob, "select s.id from Session s where s.uuid like 'the%'", nil))
	assert.Empty(t, l.project(t, l.bob, "select s.uuid from Event e join e.session s where s.id > 0", nil))
	err := l.s.View(t.Context(), l.bob, func(tx *Tx) error { _, err := Get[*omero.Session](tx, 1); return err })
	var violation *omero.SecurityViolation
	assert.ErrorAs(t, err, &violation)
}
