// Package render makes pictures of pixels as OMERO's rendering engine does: each
// channel's values in its window are mapped to 0 to 255 (quantization), perhaps
// changed once more (codomain maps), and then shown in the channel's colour; the
// colours of the active channels are added.
//
// The formulas are those of the packages omeis.providers.re.quantum and omeis.providers.re
// of ome/omero-renderer.
package render
