package gateway

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// TrustOnFirstUse trusts what the system's authorities vouch for, and
// otherwise, like ssh, the public key that a server showed when it was first
// connected to. Keys are kept in file, one line for each server: its host and
// port, and the key as PinPublicKey takes it. The empty name stands for
// slice2go/omero_known_hosts in the user's configuration folder.
func TrustOnFirstUse(file string) TLSPolicy { return &knownHosts{file: file} }

type knownHosts struct{ file string }

// knownHostsLock keeps the sessions of this process from writing at once.
var knownHostsLock sync.Mutex

func (k *knownHosts) path() (string, error) {
	if k.file != "" {
		return k.file, nil
	}
	return defaultKnownHosts()
}

// usable reads the file, and sees to it that the key of a server that is not
// in it can be kept: before a connection is made, so that the error is not
// taken for one of the network.
func (k *knownHosts) usable(e endpoint) error {
	path, err := k.path()
	if err != nil {
		return err
	}
	knownHostsLock.Lock()
	defer knownHostsLock.Unlock()
	known, _, err := lookUp(path, e.address())
	if err != nil || known != "" {
		return err
	}
	f, err := openKnownHosts(path)
	if err != nil {
		return err
	}
	return f.Close()
}

func (k *knownHosts) verify(e endpoint, certs []*x509.Certificate, log *slog.Logger) error {
	path, err := k.path()
	if err != nil {
		return err
	}
	knownHostsLock.Lock()
	defer knownHostsLock.Unlock()
	known, line, err := lookUp(path, e.address())
	if err != nil {
		return err
	}
	key := PublicKey(certs[0])
	switch {
	case known == key:
		return nil
	case VerifySystem().verify(e, certs, log) == nil:
		return nil // an authority's word also goes for a new key
	case known != "":
		return refuse(e, certs[0], fmt.Sprintf("its key is not the one that it had before, %s", known),
			fmt.Sprintf("somebody may be listening in; if its administrator says that the server got a new key, remove line %d of %s",
				line, path), nil)
	}
	if err := remember(path, e.address(), key); err != nil {
		return err
	}
	log.Warn("gateway: trusting a server that was not known before", "server", e.address(), "key", key, "file", path)
	return nil
}

// maxKnownHosts bounds a file of keys, in bytes: some ten thousand servers.
const maxKnownHosts = 1 << 20

// lookUp returns the key of a server and the line that it stands in, or "". A
// file with anything but keys and comments (lines that begin with #) is refused: a
// line that lost its key must not make a server look like a new one.
func lookUp(path, address string) (key string, line int, err error) {
	data, err := readKnownHosts(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("gateway: cannot read the keys of known servers: %w", err)
	}
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		words := strings.Fields(text)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) < 2 || !isPublicKey(words[1]) || !strings.HasSuffix(text, "\n") {
			return "", 0, fmt.Errorf("gateway: line %d of %s has no key: it should be a server's host:port, and %q and 44 characters of base64; mend or remove it",
				n, path, "sha256/")
		}
		if key == "" && words[0] == address {
			key, line = words[1], n
		}
	}
	return key, line, nil
}

// readKnownHosts reads a regular file of a bounded size: a device or a pipe has no end.
func readKnownHosts(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKnownHosts+1))
	if err == nil && len(data) > maxKnownHosts {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, maxKnownHosts)
	}
	return data, err
}

// openKnownHosts opens the file for another line, and makes it if there is none.
func openKnownHosts(path string) (*os.File, error) {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("gateway: cannot keep the key of the server: %w; name a file that can be written in TrustOnFirstUse", err)
}

// remember appends a server. The line is written at once, so that programs
// that write at the same time do not mix theirs.
func remember(path, address, key string) error {
	f, err := openKnownHosts(path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s first seen %s\n", address, key, time.Now().UTC().Format(time.DateOnly))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("gateway: cannot keep the key of the server: %w", err)
	}
	return nil
}
