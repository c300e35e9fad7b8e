// Package faults makes a server misbehave when a test of a client asks for it:
// calls that are slow, connections that break, sessions that expire, logins
// that are refused, answers that are exceptions.
package faults
