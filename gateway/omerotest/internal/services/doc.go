// Package services answers the operations of OMERO: a servant for each
// interface, and the table that says which servant is for which name.
//
// # Adding a service
//
// Write the servant in a file (or a package) of its own. It is made with the
// [Session] that it belongs to, and asks for the rest when it is called:
//
//	type query struct {
//		session *Session
//	}
//
//	func newQuery(s *Session) omero.IQuery { return &query{session: s} }
//
//	func (q *query) Find(ctx context.Context, class string, id int64) (omero.AnyIObject, error) {
//		call := q.session.Call(ctx) // who calls, in which group, with what contexts
//		...
//	}
//
// Then give it a line in the table (table.go), with the name that
// ServiceFactory.getByName or createByName knows it by:
//
//	stateless("omero.api.IQuery", omero.NewIQueryServant, newQuery),
//
// A servant of another package says what it needs with [Register].
//
// A stateful service embeds [Stateful], which has activate, passivate, close and
// getCurrentEventContext, and sets Stateful.Release to what ends its hold on
// files and the like; that is called once, when the client closes the service
// or when the session ends.
//
// # What is not offered
//
// A servant that does not have every operation of its interface embeds the
// interface two steps deep (so that [Stateful] and its own methods go before
// it) and leaves it nil:
//
//	type noExporter struct{ omero.Exporter }
//
//	type exporter struct {
//		Stateful
//		noExporter
//	}
//
// The dispatcher finds out by reflection which methods are the servant's own,
// and answers the others with an ApiUsageException that names the operation.
// [Operations] is made from the same, so that it is true.
//
// Methods must have pointer receivers for that.
package services
