package services

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/slice2go/slice2go/generated/omero"
)

type noExporter struct{ omero.Exporter }

// half is a service that has one operation of its own, and what all stateful ones have.
type half struct {
	Stateful
	noExporter
}

func (h *half) AddImage(context.Context, int64) error { return nil }

func TestHas(t *testing.T) {
	impl := reflect.TypeFor[*half]()
	for operation, want := range map[string]bool{
		"addImage": true, "close": true, "activate": true, "getCurrentEventContext": true,
		"generateXml": false, "read": false, "noSuchOperation": false,
	} {
		assert.Equal(t, want, has(impl, operation), operation)
	}
}

func TestAllOperationsAreListed(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range Operations() {
		seen[o.Interface+"."+o.Name] = true
	}
	assert.Len(t, seen, 623, "OMERO's definitions have 623 operations")
	assert.True(t, seen["omero.api.IQuery.findAllByQuery"])
}
