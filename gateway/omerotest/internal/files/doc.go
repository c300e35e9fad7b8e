// Package files keeps the bytes of a server's data folder: original files,
// pixels and thumbnails by the ids of their rows, and the trees of repositories
// by path.
//
// Everything is reached through one [os.Root], so that no path, however made,
// leads out of the folder. Names that clients choose are checked before that
// ([CheckPath]), with the rules that OMERO has for them.
//
// What a [Store] that was opened to be durable has written is on the disk when
// the call returns: files are synced after writing, and new files appear whole,
// by a rename, or are synced together with their folder.
package files
