//go:build !race

package parser

// slower is by how much the large inputs are smaller under the race detector.
const slower = 1
