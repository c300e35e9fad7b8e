package gateway

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// sha1Name is what OMERO calls the checksum that uploads are made with.
const sha1Name = "SHA1-160"

// checksums are OMERO's checksum algorithms that files are compared by, by
// their names. The sums are written in hexadecimal, the highest byte first.
// OMERO also has two kinds of Murmur hashes, which are no protection, and the
// file's size, which is always compared.
var checksums = map[string]func() hash.Hash{
	sha1Name:   sha1.New,
	"MD5-128":  md5.New,
	"Adler-32": func() hash.Hash { return adler32.New() },
	"CRC-32":   func() hash.Hash { return crc32.NewIEEE() },
}

// checksumName returns the name of a file's algorithm, or "" if its row says
// no sum or none of ours.
func checksumName(row *omero.OriginalFile) string {
	if row.Hash == nil || row.Hash.Val == "" || row.Hasher == nil || row.Hasher.Value == nil {
		return ""
	}
	return row.Hasher.Value.Val
}

// compareChecksum compares what went over the wire with what the server says.
func compareChecksum(row *omero.OriginalFile, name string, sum hash.Hash) error {
	if ours := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(ours, row.Hash.Val) {
		return fmt.Errorf("the %s checksum is %s here and %q on the server", name, ours, row.Hash.Val)
	}
	return nil
}
