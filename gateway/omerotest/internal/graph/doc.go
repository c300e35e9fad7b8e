// Package graph finds out what goes along when objects are deleted, moved,
// given away or copied: their parts, the links at them, and what nothing else
// holds once they are gone.
//
// OMERO has rules for that in its configuration, one list for each kind of
// request. What is here has the same effect for what the rules say in general,
// and names the exceptions one by one; RULES.md has the doubtful cases.
//
// A reference between two classes is of one of three kinds.
//
//   - Up: from a part to what it is a part of (Channel.pixels, Shape.roi). Parts
//     go with the whole.
//   - Down: from what holds something to what it holds (Image.instrument,
//     FileAnnotation.file). What is held goes when nothing holds it any more: it is
//     an orphan then.
//   - Link: both ends of a link (DatasetImageLink). The parent holds the child.
package graph
