package graph

import (
	"context"
	"slices"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// Option says for some classes of held objects whether they go along.
type Option struct {
	Include, Exclude     []string // classes
	IncludeNS, ExcludeNS []string // of annotations that the option is for
}

// applies reports whether the option is for annotations with a namespace.
func (o *Option) applies(i Info) bool {
	if !i.Class.Is(schema.Find("Annotation")) {
		return true
	}
	if len(o.IncludeNS) > 0 && !slices.Contains(o.IncludeNS, i.Namespace) {
		return false
	}
	return !slices.Contains(o.ExcludeNS, i.Namespace)
}

func names(list []string, c *schema.Class) bool {
	return slices.ContainsFunc(list, func(name string) bool {
		other := schema.Find(name)
		return other != nil && c.Is(other)
	})
}

// choice is what options say of an object.
type choice int

const (
	byRule choice = iota
	always
	never
)

func choose(options []Option, i Info) choice {
	for n := range options {
		o := &options[n]
		if !o.applies(i) {
			continue
		}
		if names(o.Include, i.Class) {
			return always
		}
		if names(o.Exclude, i.Class) {
			return never
		}
	}
	return byRule
}

// Plan is what is to be done with a request's objects.
type Plan struct {
	// Included are the targets and all that goes along.
	Included Set
	// Links are those at included objects: of what is moved, only the ones whose
	// other end stays.
	Links Set
	// Unlink are references to null: from objects that stay to included ones.
	Unlink []Unlink
}

// Unlink is a reference of some objects that is taken away.
type Unlink struct {
	Prop *schema.Prop
	From []int64
}

// Planner works out plans.
type Planner struct {
	Source  Source
	Options []Option
	// May reports whether the caller may do it to a held object that nothing
	// else holds. Nil is yes.
	May func(Info) bool
	// Along reports whether a part, or a link, goes along with what it is at. Nil is yes.
	Along func(part, whole Info) bool
	// Keep are classes that stay as they are, whatever happens.
	Keep []string

	ctx     context.Context
	plan    *Plan
	fresh   Set // included, but not yet looked at
	held    Set // by what is included
	unlinks map[*schema.Prop]map[int64]bool
}

// Delete works out what goes when targets do.
func (p *Planner) Delete(ctx context.Context, targets Set) (*Plan, error) {
	if err := p.grow(ctx, targets); err != nil {
		return nil, err
	}
	if err := p.whole("delete"); err != nil {
		return nil, err
	}
	for prop, ids := range p.unlinks {
		p.plan.Unlink = append(p.plan.Unlink, Unlink{prop, sorted(ids)})
	}
	for root, ids := range p.plan.Links {
		for id := range ids {
			p.plan.Included.Add(Node{root, id})
		}
	}
	p.plan.Links = Set{}
	return p.plan, nil
}

// Move works out what goes along when targets get another group or owner. The
// links whose other end stays are in Links.
func (p *Planner) Move(ctx context.Context, targets Set, verb string) (*Plan, error) {
	if err := p.grow(ctx, targets); err != nil {
		return nil, err
	}
	if err := p.whole(verb); err != nil {
		return nil, err
	}
	if err := p.shared(); err != nil {
		return nil, err
	}
	for prop, ids := range p.unlinks {
		p.plan.Unlink = append(p.plan.Unlink, Unlink{prop, sorted(ids)})
	}
	return p.plan, p.splitLinks()
}

func sorted(ids map[int64]bool) []int64 { return Set{nil: ids}.IDs(nil) }

// grow adds to the targets what goes along, until nothing does any more.
func (p *Planner) grow(ctx context.Context, targets Set) error {
	p.ctx, p.plan = ctx, &Plan{Included: Set{}, Links: Set{}}
	p.fresh, p.held, p.unlinks = Set{}, Set{}, map[*schema.Prop]map[int64]bool{}
	for root, ids := range targets {
		for id := range ids {
			p.include(Node{root, id})
		}
	}
	for {
		for p.fresh.Len() > 0 {
			round := p.fresh
			p.fresh = Set{}
			for _, root := range round.Classes() {
				if err := p.look(root, round.IDs(root)); err != nil {
					return err
				}
			}
		}
		more, err := p.orphans()
		if err != nil || !more {
			return err
		}
	}
}

func (p *Planner) include(n Node) {
	if p.plan.Included.Add(n) {
		p.fresh.Add(n)
	}
}

// look follows the references at included objects of a table.
func (p *Planner) look(root *schema.Class, ids []int64) error {
	byClass, info, err := p.byClass(root, ids)
	if err != nil {
		return err
	}
	for class, some := range byClass {
		for _, prop := range refersTo(class) {
			if err := p.referrers(prop, some, info); err != nil {
				return err
			}
		}
		for _, prop := range references(class) {
			k := kindOf(prop)
			if k != down && !(prop.String() == "Image.fileset") && !(class.Link && k == child) {
				continue
			}
			edges, err := p.Source.Targets(p.ctx, prop, some)
			if err != nil {
				return err
			}
			for _, e := range edges {
				p.hold(Node{prop.Target.Root, e.To})
			}
		}
	}
	return nil
}

// byClass sorts objects of a table by their own classes.
func (p *Planner) byClass(root *schema.Class, ids []int64) (map[*schema.Class][]int64, map[int64]Info, error) {
	info, err := p.Source.Info(p.ctx, root, ids)
	if err != nil {
		return nil, nil, err
	}
	byClass := map[*schema.Class][]int64{}
	for _, id := range ids {
		if i, ok := info[id]; ok {
			byClass[i.Class] = append(byClass[i.Class], id)
		}
	}
	return byClass, info, nil
}

// hold notes that something is held by what is included.
func (p *Planner) hold(n Node) {
	if !p.plan.Included.Has(n) && !n.Class.Global && !n.Class.Enum {
		p.held.Add(n)
	}
}

// referrers follows the references with a property to included objects.
func (p *Planner) referrers(prop *schema.Prop, to []int64, whole map[int64]Info) error {
	k := kindOf(prop)
	edges, err := p.Source.Referrers(p.ctx, prop, to)
	if err != nil || len(edges) == 0 {
		return err
	}
	root := prop.Class.Root
	parts := map[int64]Info{}
	if p.Along != nil || k == up {
		from := make([]int64, len(edges))
		for i, e := range edges {
			from[i] = e.From
		}
		if parts, err = p.Source.Info(p.ctx, root, from); err != nil {
			return err
		}
	}
	var links []int64
	for _, e := range edges {
		n := Node{root, e.From}
		switch {
		case k == parent || k == child:
			p.plan.Links.Add(n)
			if k == parent {
				links = append(links, e.From)
			}
		case k == up || k != down && prop.Required:
			if names(p.Keep, root) || p.Along != nil && !p.Along(parts[e.From], whole[e.To]) {
				continue
			}
			p.include(n)
		case k == down && prop.Required && prop.String() != "WellSample.image":
			p.include(n) // it cannot be without what it holds
		case prop.String() == "FileAnnotation.file":
			p.include(n)
		default:
			if p.unlinks[prop] == nil {
				p.unlinks[prop] = map[int64]bool{}
			}
			p.unlinks[prop][e.From] = true
		}
	}
	return p.children(prop, links)
}

// children notes what links with an included parent hold.
func (p *Planner) children(prop *schema.Prop, links []int64) error {
	if len(links) == 0 {
		return nil
	}
	for _, other := range references(prop.Class) {
		if kindOf(other) != child {
			continue
		}
		edges, err := p.Source.Targets(p.ctx, other, links)
		if err != nil {
			return err
		}
		for _, e := range edges {
			p.hold(Node{other.Target.Root, e.To})
		}
	}
	return nil
}

// orphans includes what is held by nothing that stays. It returns false when
// there was nothing.
func (p *Planner) orphans() (more bool, err error) {
	for _, root := range p.held.Classes() {
		ids := slices.DeleteFunc(p.held.IDs(root), func(id int64) bool { return p.plan.Included.Has(Node{root, id}) })
		byClass, info, err := p.byClass(root, ids)
		if err != nil {
			return false, err
		}
		for class, some := range byClass {
			outside, err := p.heldElsewhere(class, some)
			if err != nil {
				return false, err
			}
			for _, id := range some {
				i := info[id]
				switch choose(p.Options, i) {
				case never:
					continue
				case byRule:
					if outside[id] || names(p.Keep, i.Class) || p.May != nil && !p.May(i) {
						continue
					}
				}
				p.include(Node{root, id})
				more = true
			}
		}
	}
	return more, nil
}

// heldElsewhere finds which objects of a class something else holds than what
// is included.
func (p *Planner) heldElsewhere(class *schema.Class, ids []int64) (map[int64]bool, error) {
	outside := map[int64]bool{}
	for _, prop := range refersTo(class) {
		k := kindOf(prop)
		if k != down && k != child && prop.String() != "Image.fileset" {
			continue
		}
		edges, err := p.Source.Referrers(p.ctx, prop, ids)
		if err != nil {
			return nil, err
		}
		edges = slices.DeleteFunc(edges, func(e Edge) bool { return p.plan.Included.Has(Node{prop.Class.Root, e.From}) })
		if k == child {
			if edges, err = p.otherParents(prop, edges); err != nil {
				return nil, err
			}
		}
		for _, e := range edges {
			outside[e.To] = true
		}
	}
	return outside, nil
}

// otherParents leaves the references of links whose parents are not included.
func (p *Planner) otherParents(prop *schema.Prop, edges []Edge) ([]Edge, error) {
	links := make([]int64, len(edges))
	for i, e := range edges {
		links[i] = e.From
	}
	if len(links) == 0 {
		return nil, nil
	}
	for _, other := range references(prop.Class) {
		if kindOf(other) != parent {
			continue
		}
		parents, err := p.Source.Targets(p.ctx, other, links)
		if err != nil {
			return nil, err
		}
		gone := map[int64]bool{}
		for _, e := range parents {
			if p.plan.Included.Has(Node{other.Target.Root, e.To}) {
				gone[e.From] = true
			}
		}
		return slices.DeleteFunc(edges, func(e Edge) bool { return gone[e.From] }), nil
	}
	return edges, nil
}

// whole refuses to take filesets and wells apart.
func (p *Planner) whole(verb string) error {
	images := p.plan.Included.IDs(schema.Find("Image"))
	if len(images) == 0 {
		return nil
	}
	fileset := schema.Find("Image").Prop("fileset")
	sets, err := p.Source.Targets(p.ctx, fileset, images)
	if err != nil {
		return err
	}
	var ids []int64
	for _, e := range sets {
		ids = append(ids, e.To)
	}
	all, err := p.Source.Referrers(p.ctx, fileset, ids)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !p.plan.Included.Has(Node{schema.Find("Image"), e.From}) {
			return failf("may not split Fileset[%d]", e.To)
		}
	}
	samples, err := p.Source.Referrers(p.ctx, schema.Find("WellSample").Prop("image"), images)
	if err != nil {
		return err
	}
	for _, e := range samples {
		if !p.plan.Included.Has(Node{schema.Find("WellSample"), e.From}) {
			return failf("may %s Image[%d] only via WellSample[%d]", verb, e.To, e.From)
		}
	}
	return nil
}

// shared refuses to move what shares something with what stays, and cannot be
// without it.
func (p *Planner) shared() error {
	for _, root := range p.held.Classes() {
		for _, id := range p.held.IDs(root) {
			n := Node{root, id}
			if p.plan.Included.Has(n) {
				continue
			}
			switch root.Name {
			case "Instrument":
				return failf("may not split images that share %v", n)
			case "OriginalFile":
				return failf("may not split file annotations that share %v", n)
			case "LogicalChannel":
				return failf("may not split images that share %v", n)
			}
		}
	}
	return nil
}

// splitLinks leaves in Links those with one end that stays, and includes the others.
func (p *Planner) splitLinks() error {
	for _, root := range p.plan.Links.Classes() {
		ids := p.plan.Links.IDs(root)
		stays := map[int64]bool{}
		for _, prop := range references(root) {
			if k := kindOf(prop); k != parent && k != child {
				continue
			}
			edges, err := p.Source.Targets(p.ctx, prop, ids)
			if err != nil {
				return err
			}
			for _, e := range edges {
				if !p.plan.Included.Has(Node{prop.Target.Root, e.To}) && !prop.Target.Global {
					stays[e.From] = true
				}
			}
		}
		for _, id := range ids {
			if !stays[id] {
				p.plan.Included.Add(Node{root, id})
				delete(p.plan.Links[root], id)
			}
		}
	}
	return nil
}

// Give works out what goes along when targets get another owner. Links go with
// both of their ends, or when they were the old owner's.
func (p *Planner) Give(ctx context.Context, targets Set) (*Plan, error) {
	if err := p.grow(ctx, targets); err != nil {
		return nil, err
	}
	for _, root := range p.plan.Links.Classes() {
		info, err := p.Source.Info(ctx, root, p.plan.Links.IDs(root))
		if err != nil {
			return nil, err
		}
		for id, i := range info {
			if p.May == nil || p.May(i) {
				p.plan.Included.Add(Node{root, id})
			}
		}
	}
	p.plan.Links = Set{}
	return p.plan, nil
}
