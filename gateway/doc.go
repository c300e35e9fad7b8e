// Package gateway logs in to OMERO and keeps the session going.
//
//	session, err := gateway.Connect(ctx, gateway.Config{Host: "omero.example.org", User: "me", Password: gateway.NewSecret(password)})
//	if err != nil {
//		return err
//	}
//	defer session.Close()
//	images, err := session.Query().FindAllByQuery(ctx, "select i from Image i", nil)
//
// Connect does what OMERO's own clients do: it creates a session with the
// Glacier2 router of the server, keeps it alive, and offers the server's
// services as typed proxies of package omero. Every operation also has an
// Async form, which returns a future; calls that are out at the same time share
// the one connection.
//
// # Trust
//
// A server with a certificate from an authority, as web servers in front of
// OMERO have, is verified like any web site. OMERO's own certificates vouch for
// nothing, so that with ssl the gateway remembers each server's public key when
// it first meets it and refuses another key later; see TLSPolicy for the
// other ways. It never moves on to an unencrypted connection by itself.
//
// # Lost connections
//
// The session belongs to one connection. When this is lost, the gateway joins
// the session again over a new one, and services go on working: what was
// outstanding fails with ice.ErrConnectionLost if the server may have carried
// it out and it must not be repeated, and is sent again otherwise. Config.NoReconnect
// switches that off. Done and Err tell when a session has ended for good.
package gateway
