package graph

import (
	"slices"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// kind is what a reference means.
type kind int

const (
	aside kind = iota // neither holds nor is held: set to null when the other goes
	up
	down
	parent // of a link
	child
)

// downward are references to something held although the held thing has a
// collection of what holds it.
var downward = []string{"Channel.logicalChannel", "WellSample.image", "FilesetEntry.originalFile", "PixelsOriginalFileMap.parent"}

// upward are references from parts although they may be null, or have no
// collection at the other side.
var upward = []string{"Roi.image", "Image.fileset", "CodomainMapContext.channelBinding", "ProjectionDef.renderingDef", "MicrobeamManipulation.experiment"}

// loose are references that neither hold nor make a part.
var loose = []string{
	"Pixels.relatedTo", "Folder.parentFolder", "WellSample.plateAcquisition", "Image.experiment", "Roi.source",
	"GenericExcitationSource.instrument",
}

// kindOf says what a reference means.
func kindOf(p *schema.Prop) kind {
	name := p.String()
	switch {
	case p.Target == nil || p.Target.Global || p.Target.Enum || p.Class.Global || p.Class.Enum:
		return aside
	case p.Class.Link && p.Name == "parent" && name != "PixelsOriginalFileMap.parent":
		return parent
	case p.Class.Link && p.Name == "child" && name != "PixelsOriginalFileMap.child":
		return child
	case name == "PixelsOriginalFileMap.child":
		return up
	case slices.Contains(loose, name):
		return aside
	case slices.Contains(downward, name):
		return down
	case slices.Contains(upward, name), p.Many != nil:
		return up
	case p.Name == "instrument" && p.Required:
		return up
	}
	return down
}

// references are the properties of a class that refer to others.
func references(c *schema.Class) []*schema.Prop {
	var list []*schema.Prop
	for _, p := range c.Props {
		if p.Kind == schema.Ref && p.Target != nil {
			list = append(list, p)
		}
	}
	return list
}

// refersTo are the properties that objects of a class, or one that it extends,
// are referred to with, one for each.
func refersTo(c *schema.Class) []*schema.Prop {
	var list []*schema.Prop
	for _, p := range c.Referrers {
		if !p.Class.Global && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}
