package files

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"math/bits"
)

// Algorithms are the checksums that OMERO knows (its enumeration
// ChecksumAlgorithm), the one that it prefers first.
var Algorithms = []string{"SHA1-160", "MD5-128", "Murmur3-128", "Murmur3-32", "CRC-32", "Adler-32", "File-Size-64"}

// Hasher computes a checksum of what is written to it.
type Hasher struct{ hash.Hash }

// Text is the checksum as OMERO writes it, in lower hexadecimal digits.
func (h Hasher) Text() string { return hex.EncodeToString(h.Sum(nil)) }

// NewHasher makes a hasher for one of [Algorithms]. The bytes of the Murmur3
// sums are in little-endian order, those of the others in big-endian order.
func NewHasher(algorithm string) (Hasher, error) {
	switch algorithm {
	case "SHA1-160":
		return Hasher{sha1.New()}, nil
	case "MD5-128":
		return Hasher{md5.New()}, nil
	case "CRC-32":
		return Hasher{crc32.NewIEEE()}, nil
	case "Adler-32":
		return Hasher{adler32.New()}, nil
	case "Murmur3-32":
		return Hasher{&murmur32{}}, nil
	case "Murmur3-128":
		return Hasher{&murmur128{}}, nil
	case "File-Size-64":
		return Hasher{new(fileSize)}, nil
	}
	return Hasher{}, fmt.Errorf("files: there is no checksum algorithm %q: OMERO knows %v", shorten(algorithm), Algorithms)
}

// fileSize counts bytes.
type fileSize int64

func (s *fileSize) Write(p []byte) (int, error) { *s += fileSize(len(p)); return len(p), nil }
func (s *fileSize) Sum(b []byte) []byte         { return binary.BigEndian.AppendUint64(b, uint64(*s)) }
func (s *fileSize) Reset()                      { *s = 0 }
func (s *fileSize) Size() int                   { return 8 }
func (s *fileSize) BlockSize() int              { return 1 }

// murmur32 is MurmurHash3 x86 32 bit, of Austin Appleby, with the seed 0.
type murmur32 struct {
	h    uint32
	n    int
	tail []byte
}

func (m *murmur32) Reset()         { *m = murmur32{} }
func (m *murmur32) Size() int      { return 4 }
func (m *murmur32) BlockSize() int { return 4 }

func (m *murmur32) Write(p []byte) (int, error) {
	m.n += len(p)
	all := append(m.tail, p...)
	for ; len(all) >= 4; all = all[4:] {
		m.h = bits.RotateLeft32(m.h^mix32(binary.LittleEndian.Uint32(all)), 13)*5 + 0xe6546b64
	}
	m.tail = append([]byte(nil), all...)
	return len(p), nil
}

func mix32(k uint32) uint32 {
	return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
}

func (m *murmur32) Sum(b []byte) []byte {
	h := m.h
	var k uint32
	for i := len(m.tail) - 1; i >= 0; i-- {
		k = k<<8 | uint32(m.tail[i])
	}
	h ^= mix32(k)
	h ^= uint32(m.n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return binary.LittleEndian.AppendUint32(b, h^h>>16)
}

// murmur128 is MurmurHash3 x64 128 bit with the seed 0.
type murmur128 struct {
	h1, h2 uint64
	n      int
	tail   []byte
}

const (
	murmurC1 = 0x87c37b91114253d5
	murmurC2 = 0x4cf5ad432745937f
)

func (m *murmur128) Reset()         { *m = murmur128{} }
func (m *murmur128) Size() int      { return 16 }
func (m *murmur128) BlockSize() int { return 16 }

func mixFirst(k uint64) uint64  { return bits.RotateLeft64(k*murmurC1, 31) * murmurC2 }
func mixSecond(k uint64) uint64 { return bits.RotateLeft64(k*murmurC2, 33) * murmurC1 }

func (m *murmur128) Write(p []byte) (int, error) {
	m.n += len(p)
	all := append(m.tail, p...)
	for ; len(all) >= 16; all = all[16:] {
		m.h1 ^= mixFirst(binary.LittleEndian.Uint64(all))
		m.h1 = (bits.RotateLeft64(m.h1, 27)+m.h2)*5 + 0x52dce729
		m.h2 ^= mixSecond(binary.LittleEndian.Uint64(all[8:]))
		m.h2 = (bits.RotateLeft64(m.h2, 31)+m.h1)*5 + 0x38495ab5
	}
	m.tail = append([]byte(nil), all...)
	return len(p), nil
}

func (m *murmur128) Sum(b []byte) []byte {
	var last [16]byte
	copy(last[:], m.tail)
	h1 := m.h1 ^ mixFirst(binary.LittleEndian.Uint64(last[:]))
	h2 := m.h2 ^ mixSecond(binary.LittleEndian.Uint64(last[8:]))
	h1 ^= uint64(m.n)
	h2 ^= uint64(m.n)
	h1 += h2
	h2 += h1
	h1, h2 = finish64(h1), finish64(h2)
	h1 += h2
	h2 += h1
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, h1), h2)
}

func finish64(k uint64) uint64 {
	k = (k ^ k>>33) * 0xff51afd7ed558ccd
	k = (k ^ k>>33) * 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}
