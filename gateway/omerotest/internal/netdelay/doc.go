// Package netdelay makes a network on one machine as slow to answer as one
// between machines: it forwards connections, and holds back each byte for a
// time, in order and without limiting how much is on its way.
package netdelay
