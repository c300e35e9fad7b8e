package omerotest

import (
	"context"
	"sync/atomic"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/services"
)

type memory struct {
	users []User
	next  atomic.Int64
}

func (s *Server) accounts(context.Context) (services.Accounts, error) {
	s.users = append(append([]User{}, s.options.users...), User{Name: "root", Password: s.options.rootPassword, Admin: true})
	return &memory{users: s.users}, nil
}

func (m *memory) Person(_ context.Context, name string) (*services.Person, error) {
	for i, u := range m.users {
		if u.Name == name {
			return m.PersonByID(context.Background(), int64(i))
		}
	}
	return nil, nil
}

func (m *memory) PersonByID(_ context.Context, id int64) (*services.Person, error) {
	if id < 0 || id >= int64(len(m.users)) {
		return nil, nil
	}
	u := m.users[id]
	return &services.Person{ID: id, Name: u.Name, Admin: u.Admin, DefaultGroup: 3, Member: []int64{1, 3}}, nil
}

func (m *memory) GroupNamed(context.Context, string) (int64, bool, error) { return 3, true, nil }

func (m *memory) CheckPassword(_ context.Context, p *services.Person, password string) (bool, error) {
	return m.users[p.ID].Password == password, nil
}

func (m *memory) OpenSession(context.Context, *services.Session) (int64, error) {
	return m.next.Add(1), nil
}

func (m *memory) CloseSession(context.Context, *services.Session) error { return nil }
