package model_test

import (
	"errors"
	"fmt"

	"github.com/slice2go/slice2go/runtime/model"
)

type page struct{ book *book }

type book struct {
	pages       []*page
	pagesLoaded bool
}

// A generated class has such a method for each of its collections.
func (b *book) set() model.Set[*page] {
	return model.NewSet("book.pages", &b.pages, &b.pagesLoaded, func(p *page, mine bool) { model.Point(&p.book, b, mine) })
}

func Example() {
	b := &book{pagesLoaded: true}
	p := &page{}
	fmt.Println(b.set().Add(p), p.book == b, b.set().Size())
	b.set().Unload()
	fmt.Println(b.set().Size(), errors.Is(b.set().Add(p), model.ErrUnloaded))
	// Output:
	// <nil> true 1
	// -1 true
}
