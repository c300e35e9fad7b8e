// Package readme holds the Go code in README.md to compiling.
package readme
