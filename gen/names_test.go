package gen

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExported(t *testing.T) {
	for in, want := range map[string]string{
		"findAllByQuery": "FindAllByQuery", "id": "Id", "SESSIONUUID": "SESSIONUUID", "_x": "X", "__": "X", "_1": "X1", "a_b": "A_b",
	} {
		assert.Equal(t, want, exported(in), in)
	}
}

func TestUnexported(t *testing.T) {
	for in, want := range map[string]string{
		"Image": "image", "URL": "url", "URLName": "urlName", "x": "x", "_Foo": "foo", "IQuery": "iQuery", "_1": "x1", "__": "x",
	} {
		assert.Equal(t, want, unexported(in), in)
	}
}

func TestGoFileName(t *testing.T) {
	for _, c := range []struct{ name, module, prefix, want string }{
		{"omero/api/IQuery.ice", "omero", "", "api_iquery"},
		{"Glacier2/Router.ice", "Glacier2", "", "router"},
		{"Glacier2/Router.ice", "IceMX", "", "glacier2_router"},
		{"Ice/Locator.ice", "Ice", "slice_", "slice_locator"},
		{"a/Windows.ice", "m", "", "a_windows_slice"},
		{"Windows.ice", "m", "", "windows"},
		{"my_Test.ice", "m", "", "my_test_slice"},
		{"_hidden.ice", "m", "", "hidden"},
		{"a b/ü.ice", "m", "", "a_b__"},
		{"_.ice", "m", "", "slice"},
	} {
		assert.Equal(t, c.want, goFileName(c.name, c.module, c.prefix), c.name)
	}
}

func TestPackageName(t *testing.T) {
	for in, want := range map[string]string{
		"omero": "omero", "IceStorm": "icestorm", "example.com/a/v2": "a", "example.com/go-lab": "golab", "Type": "type_",
		"Internal": "internal_", "main": "main_", "_": "pkg", "example.com/9p": "p",
	} {
		assert.Equal(t, want, packageName(in), in)
	}
}

func TestScope(t *testing.T) {
	s := newScope(newScope(nil, "ctx"))
	assert.Equal(t, "ctx_", s.claim("ctx", "a"))
	assert.Equal(t, "ctx__", s.claim("ctx", "b"))
	assert.Equal(t, "range_", s.claim("range", "c"))
	owner, ok := s.owner("ctx__")
	assert.True(t, ok)
	assert.Equal(t, "b", owner)
}
