// Package store keeps OMERO's model in a SQLite database: objects with their
// details, events and rights.
//
// [Open] opens a folder, or makes a private store that goes away at Close. All
// work is done in transactions for a [Caller], the user of a session in one of
// its groups or in all:
//
//	caller, err := s.NewCaller(ctx, userID, groupID)
//	err = s.Update(ctx, caller, func(tx *store.Tx) error {
//		saved, err := tx.Save(image)
//		…
//	})
//
// View reads a snapshot while others write; Update is the one writer. When the
// function of an Update fails, nothing of it stays; when Update has returned
// nil, all of it outlives the process, even a killed one, if the store is in a
// folder.
//
// [Tx.Get], [Tx.Find] and the generic [Get] read single objects, [Tx.FindBy] by a
// property, [Tx.Query] and [Tx.Projection] run HQL. [Tx.Save] stores graphs,
// [Tx.Delete] deletes an object that nothing refers to; [Tx.Remove] and [Tx.Log]
// are for services that delete or move whole graphs, [Tx.Permissions] says what the caller
// may do to an object.
//
// What a caller must not see is in no answer: every table of every statement is
// filtered by the caller's rights in the statement itself ([Tx.Visible] gives
// services that filter for SQL of their own). [Caller.System] is for the
// server's own work and sees everything.
//
// Errors are OMERO's exceptions, *omero.ValidationException for instance, ready
// to be returned from a servant.
//
// A table is named like the topmost class of its objects ("Annotation" has all
// annotations, told apart by the column _kind), columns like the properties in
// HQL. See package schema.
package store
