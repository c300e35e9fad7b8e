package gateway

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
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

func (k *knownHosts) usable() error {
	_, err := k.path()
	return err
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

// lookUp returns the key of a server and the line that it stands in, or "".
func lookUp(path, address string) (key string, line int, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("gateway: cannot read the keys of known servers: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) >= 2 && words[0] == address {
			return words[1], n, nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", 0, fmt.Errorf("gateway: cannot read the keys of known servers in %s: %w", path, err)
	}
	return "", 0, nil
}

// remember appends a server. The line is written at once, so that programs
// that write at the same time do not mix theirs.
func remember(path, address, key string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err != nil {
		return fmt.Errorf("gateway: cannot keep the key of the server: %w", err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("gateway: cannot keep the key of the server: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s %s first seen %s\n", address, key, time.Now().UTC().Format(time.DateOnly))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("gateway: cannot keep the key of the server: %w", err)
	}
	return nil
}
