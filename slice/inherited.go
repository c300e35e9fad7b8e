package slice

// inheritedName is a name that a definition has from its bases.
type inheritedName struct {
	name string
	kind kind
	pos  Pos
}

// nameLayer holds the names of members and operations of a chain of definitions,
// each of which is based on the one before: so the names of a long chain are
// kept once, and not anew for each of its links. Where a second definition is
// based on the same one, a new layer begins.
type nameLayer struct {
	parents []nameSet
	names   map[string]layerName // by folded name
	count   int
}

type layerName struct {
	inheritedName
	at int // how many names were in the layer before
}

// nameSet is what one definition has of names: the first of its layer, and what
// the parents of that have.
type nameSet struct {
	layer *nameLayer
	limit int
}

// basedOn is the set of names that a definition has from its bases.
func basedOn(bases []nameSet) nameSet {
	if len(bases) == 1 && bases[0].limit == bases[0].layer.count {
		return bases[0]
	}
	return nameSet{layer: &nameLayer{parents: bases, names: map[string]layerName{}}}
}

// with is s and one more name, which s does not have. It must be called for each
// set once at most.
func (s nameSet) with(n inheritedName) nameSet {
	if s.limit < s.layer.count {
		s = nameSet{layer: &nameLayer{parents: []nameSet{s}, names: map[string]layerName{}}}
	}
	s.layer.names[fold(n.name)] = layerName{n, s.layer.count}
	s.layer.count++
	s.limit = s.layer.count
	return s
}

// find finds a folded name.
func (s nameSet) find(key string) (inheritedName, bool) {
	var met map[*nameLayer]int // how much of a layer was searched, where bases share bases
	for todo := []nameSet{s}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n, ok := s.layer.names[key]; ok && n.at < s.limit {
			return n.inheritedName, true
		}
		if len(s.layer.parents) > 1 && met == nil {
			met = map[*nameLayer]int{}
		}
		for _, p := range s.layer.parents {
			if searched, ok := met[p.layer]; ok && searched >= p.limit {
				continue
			}
			if met != nil {
				met[p.layer] = p.limit
			}
			todo = append(todo, p)
		}
	}
	return inheritedName{}, false
}

// namesOf is the set of names of definitions that something is based on.
func (r *resolver) namesOf(interfaces []*Interface, base Def) nameSet {
	var bases []nameSet
	add := func(d Def) {
		if s, ok := r.names[d]; ok {
			bases = append(bases, s)
		}
	}
	if base != nil {
		add(base)
	}
	for _, i := range interfaces {
		add(i)
	}
	return basedOn(bases)
}

// keepNames notes the names of a definition, its own and those that it inherits.
func (r *resolver) keepNames(d Def, inherited nameSet, members []*Member, operations []*Operation) {
	for _, op := range operations {
		inherited = inherited.with(inheritedName{op.Name, kindOperation, op.Pos})
	}
	for _, m := range members {
		inherited = inherited.with(inheritedName{m.Name, kindMember, m.Pos})
	}
	r.names[d] = inherited
}
