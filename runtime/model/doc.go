// Package model is the half of OMERO's local operations that is the same for
// every class: collections that know whether they are loaded, and links that
// know both of their ends.
//
// slice2go writes the other half, one line for each operation, when the
// configuration says `accessors: omero`. Programs use these through the
// generated methods of package omero, img.LinkDataset(ds) for instance; what
// they need from here is [ErrUnloaded].
package model
