// Package glacier2 is the router in front of the services, as far as its
// clients can see one: it logs them in, ties the session to their connection,
// forwards what they announced with addProxies, keeps to the categories that the
// session may reach, and lets the server call them back over the same
// connection.
//
// Router and server are one process here, and so nothing is really forwarded.
// The rules are those of Glacier2 (Ice manual, "Glacier2"), with the settings
// that OMERO gives it.
package glacier2
