// Package omero is OMERO's whole interface in Go, to be used with package
// gateway, which logs in, or on its own.
//
// All other files of the package were written by slice2go from
// slice/definitions/omero; do not edit them.
//
// # Names
//
// OMERO's nested modules are all in this package. What people use most has the
// shortest names: the model ([Image], [Dataset]) and the services ([IQueryPrx],
// [ServiceFactoryPrx]) have those of their definitions, the definitions of
// omero::sys start with Sys ([SysParameters]) and those of omero::cmd with Cmd
// ([CmdDelete2]); any other nested module raises its name in front
// (omero::grid::Column is [GridColumn]).
//
// # Objects
//
// A class is a struct that embeds its base and is used by pointer. Where others
// derive from a class, references to it are interfaces: [AnyIObject] holds any
// object of the model and [AnyRType] any boxed value. Boxed values are made by
// [NewRString], [NewRLong] and so on; a nil *RString is null.
//
// New objects ([NewImage]) are loaded: they and their collections are complete
// as they are. An object of which only the id is known is made by [NewImageRef]
// and its like. Getters may be called on nil, and return zero then, so that
// chains need no checks:
//
//	width := img.GetPrimaryPixels().GetSizeX().GetValue()
//
// Collections are handled by methods that keep both ends of a reference and the
// loaded flags right, img.LinkDataset(ds) for instance. They fail with an error
// that is [github.com/slice2go/slice2go/runtime/model.ErrUnloaded] on a
// collection that did not come with its object.
//
// # Errors
//
// Every exception of the server derives from [ServerError], so
//
//	var e *omero.ServerError
//	if errors.As(err, &e) { … }
//
// catches them all, and a more derived type only its own.
package omero
