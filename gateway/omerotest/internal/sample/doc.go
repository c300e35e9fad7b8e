// Package sample fills a server with a small lab, the same each time: three
// people in two groups, a project with movies of dividing cells, a screen with
// two plates, tags, key-value pairs, regions of interest and a table. The cells
// are made, not filmed.
package sample
