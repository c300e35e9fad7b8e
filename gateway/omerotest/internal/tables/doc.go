// Package tables keeps tables as OMERO.tables has them: columns of fixed types
// and any number of rows, that are added, read by range or by number, changed, and
// found with conditions.
//
// A table is a folder with three files. Every type of column has a fixed width (as
// in the HDF5 files of OMERO), and so the rows are records of one size, one after
// the other in "rows": a million of them are read in strips, and number n is
// found by its offset. That is simpler, smaller and faster than a database for each
// table would be, and is as safe: adding writes the records first and then how many
// there are, in one of two places in turn with a checksum; changing writes
// down first what is to be changed. The bytes of masks, which have no fixed width,
// are in "masks", and "definition" has the columns and the metadata.
package tables
