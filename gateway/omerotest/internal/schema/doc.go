// Package schema is what OMERO's classes are in a database: which of them have
// tables, what their properties are called in HQL, which property a collection
// is the other side of, what is required, ordered or unique.
//
// Nearly all of it is derived at start from the generated classes of package
// omero. What Slice cannot say (which properties are required, which
// collections have an order, in which package of OMERO's a class lives, the
// enumerations' entries) is in the short tables of facts.go and enums.go.
//
// [Find] gives a class by any of its names, [Of] that of an object, and
// [Classes] all of them.
package schema
