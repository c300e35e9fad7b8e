//go:build !unix

package services

import "errors"

func diskSpace(string) (used, free int64, err error) {
	return 0, 0, errors.New("not on this operating system")
}
