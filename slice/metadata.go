package slice

import (
	"slices"
	"strings"
)

// fileMetadata reads the metadata of a whole file, which must come before its
// definitions.
func (r *resolver) fileMetadata(s *Source) {
	r.ice, r.underscore, r.suppressed = false, s.Underscore, nil
	once, listed := map[string]bool{}, map[string]bool{}
	for _, n := range s.Nodes {
		m, ok := n.(*FileMetaNode)
		if !ok {
			continue
		}
		for i := range m.Metadata {
			meta := &m.Metadata[i]
			switch {
			case meta.Text == "ice-prefix":
				r.ice = true
			case meta.Text == "underscore":
				r.underscore = true
			case meta.Text == "suppress-warning" || strings.HasPrefix(meta.Text, "suppress-warning:"):
				r.suppressed = append(r.suppressed, suppressedBy(meta.Text)...)
			}
			if !listed[meta.Text] {
				listed[meta.Text] = true
				s.File.Metadata = append(s.File.Metadata, meta.Text)
			}
		}
	}
	definitions := false
	for _, n := range s.Nodes {
		switch n := n.(type) {
		case *FileMetaNode:
			if definitions && len(n.Metadata) > 0 {
				r.error(n.Metadata[0].Pos, "metadata", "metadata of a file belongs in front of its first definition")
			}
			for i := range n.Metadata {
				r.oneFileMetadata(&n.Metadata[i], once)
			}
		case *IncludeNode:
		default:
			definitions = true
		}
	}
}

// suppressedBy lists the categories that a suppress-warning names.
func suppressedBy(text string) []string {
	_, list, some := strings.Cut(text, ":")
	if !some {
		return []string{"all"}
	}
	categories := strings.Split(list, ",")
	for i := range categories {
		categories[i] = strings.TrimSpace(categories[i])
	}
	return categories
}

func (r *resolver) oneFileMetadata(m *MetaNode, once map[string]bool) {
	prefix, rest, scoped := strings.Cut(m.Text, ":")
	switch {
	case prefix == "suppress-warning":
		for _, c := range suppressedBy(m.Text) {
			if c != "all" && c != "deprecated" && c != "invalid-metadata" {
				r.invalid(m, "suppress-warning knows no warnings of the kind "+quote(c))
			}
		}
	case m.Text == "ice-prefix" || m.Text == "underscore" || foreign[prefix] && scoped:
	case prefix == "cpp" && scoped:
		key, arg, _ := strings.Cut(rest, ":")
		switch key {
		case "header-ext", "source-ext", "dll-export":
			if arg == "" {
				r.invalid(m, "")
			} else if once[key] {
				r.invalid(m, "ignoring "+quote(m.Text)+": a file has this metadata once")
			}
			once[key] = true
		case "include":
			if arg == "" {
				r.invalid(m, "")
			}
		case "doxygen":
			if !strings.HasPrefix(arg, "include:") {
				r.invalid(m, "")
			}
		default:
			r.invalid(m, "")
		}
	default:
		r.invalid(m, "")
	}
}

// foreign are the prefixes of other language mappings, whose compilers know
// what they mean.
var foreign = map[string]bool{
	"cs": true, "java": true, "java2": true, "java5": true, "js": true, "matlab": true, "objc": true, "php": true,
	"python": true, "ruby": true, "rb": true, "swift": true, "vb": true,
}

// invalid warns of metadata.
func (r *resolver) invalid(m *MetaNode, message string) {
	if message == "" {
		message = "ignoring metadata that means nothing here: " + quote(m.Text)
	}
	r.warn(m.Pos, "invalid-metadata", message)
}

// general is the metadata without a prefix, and where it belongs.
var general = map[string][]kind{
	"ami":              {kindModule, kindClass, kindInterface, kindOperation},
	"amd":              {kindModule, kindClass, kindInterface, kindOperation},
	"async-oneway":     {kindOperation},
	"delegate":         {kindInterface},
	"deprecate":        nil,
	"deprecated":       nil,
	"format":           {kindModule, kindClass, kindInterface, kindOperation},
	"freeze":           {kindClass, kindInterface, kindOperation},
	"marshaled-result": {kindModule, kindClass, kindInterface, kindOperation},
	"nonmutating":      {kindOperation},
	"preserve-slice":   {kindClass, kindException},
	"protected":        {kindClass, kindException, kindMember, kindStruct},
	"underscore":       nil,
	"ice-prefix":       nil,
	"suppress-warning": nil,
	"UserException":    {kindOperation, kindInterface, kindClass},
}

// metadata checks metadata against what it is on. cpp says whether one of the
// prefix cpp fits.
func (r *resolver) metadata(list []MetaNode, k kind, cpp func(rest string) bool) {
	for i := range list {
		m := &list[i]
		prefix, rest, scoped := strings.Cut(m.Text, ":")
		switch {
		case scoped && foreign[prefix]:
		case scoped && prefix == "cpp":
			if !cpp(rest) {
				r.invalid(m, "")
			}
		case scoped && prefix == "go":
			r.goMetadata(m, rest, k)
		case k == kindNone:
			r.generalMetadata(m, prefix, rest, kindMember)
		default:
			r.generalMetadata(m, prefix, rest, k)
		}
	}
}

func (r *resolver) generalMetadata(m *MetaNode, prefix, rest string, k kind) {
	kinds, known := general[prefix]
	if !known {
		var names []string
		for name := range general {
			names = append(names, name)
		}
		slices.Sort(names)
		if near := Nearest(prefix, names); near != "" {
			r.warn(m.Pos, "invalid-metadata", "ignoring unknown metadata "+quote(m.Text), Note{Message: "did you mean " + quote(near) + "?"})
			return
		}
		r.invalid(m, "ignoring unknown metadata "+quote(m.Text))
		return
	}
	if kinds != nil {
		fits := false
		for _, have := range kinds {
			fits = fits || have == k
		}
		if !fits {
			r.invalid(m, "ignoring metadata "+quote(m.Text)+", which does not belong to "+article(k.String()))
			return
		}
	}
	switch {
	case prefix == "format" && rest != "compact" && rest != "sliced" && rest != "default":
		r.invalid(m, "ignoring metadata that means nothing here: "+quote(m.Text)+": the format is compact, sliced or default")
	case prefix == "freeze" && m.Text != "freeze" && rest != "read" && rest != "write":
		r.invalid(m, "ignoring "+quote(m.Text)+": after freeze comes read or write")
	}
}

// definitionMetadata checks the metadata of a definition or, with forward, of
// a declaration.
func (r *resolver) definitionMetadata(k kind, h *Header, forward bool) {
	if len(h.Metadata) == 0 {
		return
	}
	r.metadata(h.Metadata, k, func(rest string) bool {
		text := rest == "type:wstring" || rest == "type:string"
		switch k {
		case kindModule:
			return text
		case kindClass, kindInterface:
			return !forward && (text || rest == "virtual" || h.Local && (rest == "comparable" || strings.HasPrefix(rest, "type:")))
		case kindException:
			return text || rest == "ice_print"
		case kindStruct:
			return text || rest == "class" || rest == "comparable"
		case kindEnum:
			return rest == "unscoped" || rest == "scoped"
		case kindSequence:
			return sequenceMapping(rest)
		case kindDictionary:
			return typeMapping(rest)
		}
		return false
	})
	for i := range h.Metadata {
		if m := &h.Metadata[i]; m.Text == "delegate" && k == kindInterface && !h.Local {
			r.invalid(m, "")
		}
	}
}

func typeMapping(rest string) bool {
	return strings.HasPrefix(rest, "type:") || strings.HasPrefix(rest, "view-type:")
}

func sequenceMapping(rest string) bool {
	return typeMapping(rest) || rest == "array" || rest == "range" || strings.HasPrefix(rest, "range:")
}

// fitsType reports whether cpp metadata may be on something of type t.
func fitsType(t Type, rest string) bool {
	switch t := t.(type) {
	case *Sequence:
		return sequenceMapping(rest)
	case *Dictionary:
		return typeMapping(rest)
	case *Builtin:
		return t.Kind == String && typeMapping(rest)
	case nil:
		return true
	}
	return false
}

func (r *resolver) memberMetadata(n *MemberNode, t Type) {
	if len(n.Metadata) > 0 {
		r.metadata(n.Metadata, kindMember, func(rest string) bool { return fitsType(t, rest) })
	}
}

func (r *resolver) operationMetadata(n *OperationNode, op *Operation, local bool) {
	if len(n.Metadata) > 0 {
		r.metadata(n.Metadata, kindOperation, func(rest string) bool {
			switch {
			case rest == "const":
				return true
			case rest == "noexcept":
				return local
			case op.Return == nil:
				return !sequenceMapping(rest)
			}
			return fitsType(op.Return.Type, rest)
		})
	}
}

func (r *resolver) paramMetadata(p *ParamNode, t Type) {
	if len(p.Metadata) > 0 {
		r.metadata(p.Metadata, kindParam, func(rest string) bool {
			return rest == "const" || rest == "noexcept" || fitsType(t, rest)
		})
	}
}

// typeMetadata checks the metadata of an element, key, value or constant's
// type.
func (r *resolver) typeMetadata(m []MetaNode) {
	if len(m) > 0 {
		r.metadata(m, kindNone, func(string) bool { return true })
	}
}
