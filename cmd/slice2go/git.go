package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// maxHistory bounds what is read of an earlier version, in bytes.
const maxHistory = 256 << 20

// checkout writes the Slice files of a commit, a branch or a tag of the
// repository around the current folder into dir, and returns the repository's root.
func checkout(ctx context.Context, ref, dir string) (root string, err error) {
	if strings.HasPrefix(ref, "-") {
		return "", fmt.Errorf("breaking: %q is not a file, a folder, a commit, a branch or a tag", ref)
	}
	out, err := git(ctx, "", "rev-parse", "--show-toplevel")
	if err != nil {
		return "", fmt.Errorf("breaking: %s is not a file or a folder, and there is no git repository here to look for it in: %w", ref, err)
	}
	root = strings.TrimSuffix(string(out), "\n")
	commit, err := git(ctx, root, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("breaking: %s is not a file, a folder, a commit, a branch or a tag", ref)
	}
	archive, err := git(ctx, root, "archive", "--format=tar", strings.TrimSpace(string(commit)))
	if err != nil {
		return "", fmt.Errorf("breaking: cannot read %s: %w", ref, err)
	}
	into, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("breaking: cannot write the earlier version: %w", err)
	}
	defer into.Close()
	return root, unpack(archive, into)
}

// unpack writes the regular .ice files of an archive.
func unpack(archive []byte, into *os.Root) error {
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("breaking: cannot read the earlier version: %w", err)
		}
		if header.Typeflag != tar.TypeReg || !strings.HasSuffix(header.Name, ".ice") {
			continue
		}
		data, err := io.ReadAll(r)
		if err == nil {
			err = into.MkdirAll(filepath.Dir(filepath.FromSlash(header.Name)), 0o700)
		}
		if err == nil {
			err = into.WriteFile(filepath.FromSlash(header.Name), data, 0o600)
		}
		if err != nil {
			return fmt.Errorf("breaking: cannot write the earlier version: %w", err)
		}
	}
}

// git runs git and returns what it prints.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(stdout, maxHistory+1))
	if len(out) > maxHistory {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("git %s prints more than %d MiB", args[0], maxHistory>>20)
	}
	if failed := cmd.Wait(); failed != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], failed, strings.TrimSpace(stderr.String()))
	}
	return out, err
}

// within returns the place in dir of a path in the repository at root. A path
// outside of it is returned as it is; one that exists nowhere below root is a name
// below an include folder.
func within(root, dir, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("breaking: %w", err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	} else if errors.Is(err, os.ErrNotExist) && !filepath.IsAbs(path) {
		return path, nil
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(os.PathSeparator)) {
		return path, nil
	}
	return filepath.Join(dir, rel), nil
}
