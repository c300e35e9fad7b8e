package schema

import "github.com/slice2go/slice2go/generated/omero"

// details are the properties that every object has in its details, by their names there.
var details = map[string]*Prop{}

// Details gives a property of the class's details that refers to an object:
// owner, group, creationEvent, updateEvent or externalInfo. It is nil if objects
// of the class have none of it.
func (c *Class) Details(name string) *Prop {
	p := details[name]
	if p == nil || name == "externalInfo" && c.Enum || name != "externalInfo" && c.Global {
		return nil
	}
	return p
}

func addDetails() {
	for name, p := range map[string]*Prop{
		"owner":         {Column: OwnerColumn, Target: byName["Experimenter"]},
		"group":         {Column: GroupColumn, Target: byName["ExperimenterGroup"]},
		"creationEvent": {Column: CreationColumn, Target: byName["Event"]},
		"updateEvent":   {Column: UpdateColumn, Target: byName["Event"]},
		"externalInfo":  {Column: ExternalColumn, Target: byName["ExternalInfo"]},
	} {
		p.Name, p.Kind, p.inDetails = "details."+name, Ref, true
		p.Class = &Class{Name: "IObject", Root: &Class{Name: "IObject"}}
		details[name] = p
	}
}

// InDetails says whether the property is one of those that [Class.Details] gives.
func (p *Prop) InDetails() bool { return p.inDetails }

func (p *Prop) setDetail(v, to omero.AnyIObject) {
	d := v.GetDetails()
	if d == nil {
		return
	}
	switch to := to.(type) {
	case *omero.Experimenter:
		d.Owner = to
	case *omero.ExperimenterGroup:
		d.Group = to
	case *omero.ExternalInfo:
		d.ExternalInfo = to
	case *omero.Event:
		if p.Column == CreationColumn {
			d.CreationEvent = to
		} else {
			d.UpdateEvent = to
		}
	}
}

func (p *Prop) detail(v omero.AnyIObject) omero.AnyIObject {
	d := v.GetDetails()
	if d == nil {
		return nil
	}
	var o omero.AnyIObject
	switch p.Column {
	case OwnerColumn:
		o = d.Owner
	case GroupColumn:
		o = d.Group
	case CreationColumn:
		o = d.CreationEvent
	case UpdateColumn:
		o = d.UpdateEvent
	case ExternalColumn:
		o = d.ExternalInfo
	}
	if IsNil(o) {
		return nil
	}
	return o
}

// Find gives a property of the class, or of a class that extends it: HQL lets
// queries name what only some of the objects have. It is nil if there is none
// of the name, or if the sub classes that have one disagree.
func (c *Class) Find(name string) *Prop {
	if p := c.props[name]; p != nil {
		return p
	}
	var found *Prop
	for _, sub := range c.concrete {
		p := sub.props[name]
		switch {
		case p == nil || found == p:
		case found == nil:
			found = p
		case found.Kind != p.Kind || found.Target != p.Target || found.Column != p.Column:
			return nil
		}
	}
	return found
}

// Columns gives the names of all columns of a root class's table, in the order in
// which all statements name them: first id, then _kind if there are several classes.
func Columns(root *Class) []string { return columns[root] }

var columns = map[*Class][]string{}

func nameColumns() {
	for _, root := range Roots() {
		list := []string{IDColumn}
		if root.Mixed() {
			list = append(list, KindColumn)
		}
		if !root.Global {
			list = append(list, OwnerColumn, GroupColumn, CreationColumn, UpdateColumn)
		}
		if !root.Enum {
			list = append(list, ExternalColumn)
		}
		if root.Name == "ExperimenterGroup" {
			list = append(list, PermsColumn)
		}
		for _, p := range root.Columns {
			list = append(list, p.Column)
			if p.Kind == Unit {
				list = append(list, p.UnitColumn())
			}
		}
		for _, c := range classes {
			for _, p := range c.Props {
				if p.Kind == Many && p.Ordered && p.Class == c && p.Target.Root == root {
					list = append(list, p.OrderColumn())
				}
			}
		}
		columns[root] = list
	}
}
