package gen_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/runtime/model"
	a "github.com/slice2go/slice2go/testdata/gen/accessors"
)

func TestAccessorsOfNil(t *testing.T) {
	var b *a.Atlas
	assert.Nil(t, b.GetId())
	assert.Equal(t, int64(0), b.GetId().GetValue())
	assert.Equal(t, "", b.GetTitle().GetValue())
	assert.Equal(t, -1, b.SizeOfPages())
	assert.Nil(t, b.CopyPages())
	assert.Nil(t, b.GetPage(0).GetBook())
	assert.Nil(t, b.LinkedTagList())
	assert.False(t, b.IsLoaded())
	assert.Empty(t, b.GetNotesAsMap())
	assert.False(t, b.GetDetails().GetPermissions().IsUserRead())
}

func TestAccessorsOfCollections(t *testing.T) {
	b := a.NewBook()
	assert.True(t, b.IsLoaded() && b.PagesLoaded && b.ShelfLinksLoaded)
	one, two, three := a.NewPage(), a.NewPage(), a.NewPage()
	require.NoError(t, b.AddPage(one))
	require.NoError(t, b.AddAllPageSet(a.BookPagesSeq{two, three}))
	assert.Equal(t, 3, b.SizeOfPages())
	assert.Same(t, b, two.GetBook())
	old, err := b.SetPrimaryPage(three)
	require.NoError(t, err)
	assert.Same(t, one, old)
	assert.Same(t, three, b.GetPrimaryPage())
	require.NoError(t, b.RemovePage(two))
	assert.Nil(t, two.GetBook())
	old, err = b.SetPage(1, two)
	require.NoError(t, err)
	assert.Same(t, one, old)
	assert.Same(t, two, b.GetPage(1))
	assert.Nil(t, b.GetPage(2))
	_, err = b.SetPage(2, one)
	assert.ErrorIs(t, err, model.ErrNoElement)

	other := a.NewBookRef(7)
	assert.Equal(t, []any{int64(7), false, -1}, []any{other.GetId().GetValue(), other.IsLoaded(), other.SizeOfPages()})
	assert.ErrorIs(t, other.AddPage(one), model.ErrUnloaded)
	require.NoError(t, other.ReloadPages(b))
	assert.Equal(t, []int{2, -1}, []int{other.SizeOfPages(), b.SizeOfPages()})
	assert.Same(t, other, two.GetBook())
	assert.ErrorIs(t, other.ReloadPages(b), model.ErrLoaded)
	require.NoError(t, other.ClearPages())
	assert.Nil(t, two.GetBook())
	assert.Equal(t, 0, other.SizeOfPages())
}

func TestAccessorsOfLinks(t *testing.T) {
	b, s := a.NewBook(), a.NewShelf()
	l, err := b.LinkShelf(s)
	require.NoError(t, err)
	assert.Same(t, s, l.GetParent())
	assert.Same(t, b, l.GetChild())
	assert.Equal(t, a.BookLinkedShelfSeq{s}, b.LinkedShelfList())
	assert.Equal(t, a.ShelfLinkedBookSeq{b}, s.LinkedBookList())
	assert.Equal(t, a.LinksSeq{l}, b.FindShelfBookLink(s))
	require.NoError(t, s.UnlinkBook(b))
	assert.Equal(t, []int{0, 0}, []int{b.SizeOfShelfLinks(), s.SizeOfBookLinks()})

	s.UnloadBookLinks()
	_, err = b.LinkShelf(s)
	require.NoError(t, err, "the far end need not be loaded")
	_, err = s.LinkBook(b)
	assert.ErrorIs(t, err, model.ErrUnloaded)

	// A derived object enters itself, not the part that it embeds.
	atlas := a.NewAtlas()
	l, err = atlas.LinkShelf(a.NewShelf())
	require.NoError(t, err)
	assert.Same(t, atlas, l.GetChild())
	tag := &a.TextTag{}
	_, err = atlas.LinkTag(tag)
	require.NoError(t, err)
	assert.Equal(t, a.BookLinkedTagSeq{tag}, atlas.LinkedTagList())
	require.NoError(t, atlas.UnlinkTag(tag))
	assert.Empty(t, atlas.LinkedTagList())
}

func TestAccessorsOfObjects(t *testing.T) {
	atlas := a.NewAtlas()
	atlas.Id, atlas.Scale = a.NewRLong(3), a.NewRLong(4)
	require.NoError(t, atlas.AddPage(a.NewPage()))
	var object a.AnyIObject = atlas
	ref, ok := object.Proxy().(*a.Atlas)
	require.True(t, ok, "the reference is of the same class")
	assert.Equal(t, []any{int64(3), false}, []any{ref.GetId().GetValue(), ref.IsLoaded()})
	c := object.ShallowCopy().(*a.Atlas)
	assert.Equal(t, []any{int64(4), -1, 1}, []any{c.GetScale().GetValue(), c.SizeOfPages(), atlas.SizeOfPages()})
	assert.True(t, object.IsMutable() && object.IsAnnotated())
	assert.True(t, a.NewShelfBookLink().IsLink())
	object.Unload()
	assert.Equal(t, ref, atlas)

	list := a.NewRList(a.NewRLong(1), a.NewRText("two"))
	list.Add(nil)
	assert.Equal(t, []any{3, "two", nil}, []any{list.Size(), list.Get(1).(*a.RText).GetValue(), list.Get(9)})
	var m a.RMap
	m.Put("k", a.NewRLong(5))
	assert.Equal(t, a.NewRLong(5), m.Get("k"))
	p := &a.Permissions{Restrictions: a.Flags{false, true}, ExtendedRestrictions: a.Names{"X"}}
	p.SetUserRead(true)
	p.SetGroupWrite(true)
	p.SetUserRead(false)
	assert.Equal(t, []any{int64(2 << 4), false, true, false, true, true},
		[]any{p.Perm1, p.IsUserRead(), p.IsGroupWrite(), p.CanEdit(), p.IsRestricted("X"), p.IsDisallow(1)})
	length := &a.Length{Value: 2, Unit: a.UnitsLengthMICROMETER}
	assert.Equal(t, "µm", length.Copy().GetSymbol())
	book := &a.Book{Notes: a.NamedValues{{Name: "a", Value: "b"}, nil}}
	assert.Equal(t, a.Pairs{"a": "b"}, book.GetNotesAsMap())
}
