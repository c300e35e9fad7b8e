package ice

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/slice2go/slice2go/runtime/wire"
)

// servantMap is an adapter's table of objects (Ice manual, "The Active Servant Map").
type servantMap struct {
	mu       sync.RWMutex
	servants map[Identity]map[string]Servant // by identity and facet
	defaults map[string]Servant              // by category
	locators map[string]ServantLocator       // by category
}

func (m *servantMap) add(s Servant, id Identity, facet string) error {
	if s == nil {
		return fmt.Errorf("ice: cannot add object %s: the servant is nil", IdentityToString(id))
	}
	if id.Name == "" {
		return fmt.Errorf("ice: cannot add an object: its identity %q has no name", id.Category)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.servants[id][facet]; ok {
		return &AlreadyRegisteredError{What: "object " + IdentityToString(id), Facet: facet}
	}
	if m.servants == nil {
		m.servants = map[Identity]map[string]Servant{}
	}
	if m.servants[id] == nil {
		m.servants[id] = map[string]Servant{}
	}
	m.servants[id][facet] = s
	return nil
}

func (m *servantMap) remove(id Identity, facet string) Servant {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.servants[id][facet]
	if delete(m.servants[id], facet); len(m.servants[id]) == 0 {
		delete(m.servants, id)
	}
	return s
}

func (m *servantMap) removeAll(id Identity) map[string]Servant {
	m.mu.Lock()
	defer m.mu.Unlock()
	facets := m.servants[id]
	delete(m.servants, id)
	return facets
}

func (m *servantMap) find(id Identity, facet string) Servant {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.servants[id][facet]
}

func (m *servantMap) facets(id Identity) map[string]Servant {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return maps.Clone(m.servants[id])
}

func (m *servantMap) addDefault(s Servant, category string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.defaults[category]; ok {
		return &AlreadyRegisteredError{What: fmt.Sprintf("default servant for category %q", category)}
	}
	if m.defaults == nil {
		m.defaults = map[string]Servant{}
	}
	m.defaults[category] = s
	return nil
}

func (m *servantMap) removeDefault(category string) Servant {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.defaults[category]
	delete(m.defaults, category)
	return s
}

func (m *servantMap) findDefault(category string) Servant {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.defaults[category]
}

func (m *servantMap) addLocator(l ServantLocator, category string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.locators[category]; ok {
		return &AlreadyRegisteredError{What: fmt.Sprintf("servant locator for category %q", category)}
	}
	if m.locators == nil {
		m.locators = map[string]ServantLocator{}
	}
	m.locators[category] = l
	return nil
}

func (m *servantMap) removeLocator(category string) ServantLocator {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.locators[category]
	delete(m.locators, category)
	return l
}

func (m *servantMap) findLocator(category string) ServantLocator {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.locators[category]
}

// clear forgets everything and tells the locators.
func (m *servantMap) clear() {
	m.mu.Lock()
	locators := m.locators
	m.servants, m.defaults, m.locators = nil, nil, nil
	m.mu.Unlock()
	for category, l := range locators {
		l.Deactivate(category)
	}
}

// lookup finds the servant for a request, or the locator that may have one: registered servants first, then the
// default servant of the category, the default servant of all, and the locators likewise.
func (m *servantMap) lookup(id Identity, facet string) (Servant, ServantLocator) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if s := m.servants[id][facet]; s != nil {
		return s, nil
	}
	for _, category := range []string{id.Category, ""} {
		if s := m.defaults[category]; s != nil {
			return s, nil
		}
	}
	for _, category := range []string{id.Category, ""} {
		if l := m.locators[category]; l != nil {
			return nil, l
		}
	}
	return nil, nil
}

// dispatch runs a request on the servant that it is for.
func (m *servantMap) dispatch(ctx context.Context, r *IncomingRequest) (err error) {
	s, locator := m.lookup(r.current.ID, r.current.Facet)
	if s == nil && locator != nil {
		var cookie any
		if s, cookie, err = locator.Locate(ctx, &r.current); err != nil {
			return err
		}
		if s != nil {
			defer func() {
				if finished := locator.Finished(ctx, &r.current, s, cookie); finished != nil {
					err = finished
				}
			}()
		}
	}
	if s != nil {
		return s.IceDispatch(ctx, r)
	}
	if m.facets(r.current.ID) != nil {
		return &RequestFailedError{Kind: ErrFacetNotExist}
	}
	return &RequestFailedError{Kind: ErrObjectNotExist}
}

// AlreadyRegisteredError is an object, default servant or servant locator that an adapter has already, or a value factory that a communicator has.
type AlreadyRegisteredError struct {
	What  string
	Facet string
}

// Error says what is there already.
func (e *AlreadyRegisteredError) Error() string {
	s := "ice: the adapter has already an " + e.What
	if strings.HasPrefix(e.What, "value factory") {
		s = "ice: the communicator has already a " + e.What
	} else if e.What[0] != 'o' {
		s = "ice: the adapter has already a " + e.What
	}
	if e.Facet != "" {
		s += " with facet " + wire.Printable(e.Facet)
	}
	return s
}
