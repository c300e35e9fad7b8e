//go:build race

package parser

// slower is by how much the large inputs are smaller under the race detector,
// which also makes any measure of memory meaningless.
const slower = 20
