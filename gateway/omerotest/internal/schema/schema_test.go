package schema

import (
	"testing"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWholeModelIsMapped(t *testing.T) {
	assert.Len(t, Classes(), 171)
	for _, c := range Classes() {
		assert.NotEmpty(t, c.JavaName, c.Name)
		assert.Same(t, c, Find(c.JavaName))
		for _, p := range c.Props {
			if p.Kind == Many {
				require.NotNil(t, p.Inverse, p)
			}
			if p.Kind == Counts {
				require.NotNil(t, p.Of, p)
			}
		}
	}
}

func TestFindTakesEveryForm(t *testing.T) {
	for _, name := range []string{"Image", "ImageI", "ome.model.core.Image", "omero.model.Image", "omero.model.ImageI", "::omero::model::Image"} {
		require.NotNil(t, Find(name), name)
		assert.Equal(t, "Image", Find(name).Name)
	}
	for _, name := range []string{"", "I", "Images", "ome.model.meta.Image", "image", "Details", "Length"} {
		assert.Nil(t, Find(name), name)
	}
}

func TestSidesOfCollections(t *testing.T) {
	for prop, inverse := range map[string]string{
		"Image.pixels": "Pixels.image", "Pixels.channels": "Channel.pixels", "Image.datasetLinks": "DatasetImageLink.child",
		"Dataset.imageLinks": "DatasetImageLink.parent", "Annotation.annotationLinks": "AnnotationAnnotationLink.parent",
		"Annotation.imageLinks": "ImageAnnotationLink.child", "Folder.childFolders": "Folder.parentFolder",
		"Roi.shapes": "Shape.roi", "Session.events": "Event.session", "Experimenter.groupExperimenterMap": "GroupExperimenterMap.child",
		"Job.originalFileLinks": "JobOriginalFileLink.parent", "LogicalChannel.channels": "Channel.logicalChannel",
	} {
		class, name, _ := cut(prop)
		assert.Equal(t, inverse, Find(class).Prop(name).Inverse.String(), prop)
	}
	assert.True(t, Find("Pixels").Prop("channels").Ordered)
	assert.False(t, Find("Dataset").Prop("imageLinks").Ordered)
}

func cut(s string) (string, string, bool) {
	for i := range s {
		if s[i] == '.' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func TestHierarchies(t *testing.T) {
	tag := Of(omero.NewTagAnnotation())
	assert.Equal(t, "Annotation", tag.Table())
	assert.True(t, tag.Is(Find("TextAnnotation")))
	assert.NotNil(t, tag.Prop("ns"))
	assert.NotNil(t, tag.Prop("textValue"))
	assert.Nil(t, Find("LongAnnotation").Prop("textValue"))
	assert.Len(t, Find("TextAnnotation").Concrete(), 3)
	assert.True(t, Find("Annotation").Abstract)
	assert.True(t, Find("Family").Global)
	assert.True(t, Find("Experimenter").Global)
	assert.False(t, Find("Image").Global)
	assert.True(t, Find("Event").Immutable)
	assert.Nil(t, Of(nil))
	assert.Nil(t, Of((*omero.Image)(nil)))
}

func TestUnitsHaveSymbolsOfTheirOwn(t *testing.T) {
	for _, c := range Classes() {
		for _, p := range c.Props {
			if p.Kind != Unit {
				continue
			}
			seen := map[string]bool{}
			for n, symbol := range p.units.symbols {
				assert.False(t, seen[symbol], "%v: %s", p, symbol)
				seen[symbol] = true
				back, ok := p.UnitNamed(symbol)
				assert.True(t, ok)
				assert.Equal(t, n, back)
			}
		}
	}
}
