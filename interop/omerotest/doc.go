// Package omerotest has ZeroC's own programs use the OMERO inside the process,
// gateway/omerotest: what our client and our server take for OMERO's protocol must
// be what others take for it.
package omerotest
