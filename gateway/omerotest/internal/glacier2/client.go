package glacier2

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

// Client is somebody who is logged in, or about to be: one connection.
type Client struct {
	front    *Front
	conn     *ice.Connection
	category string // of the identities of its callbacks
	used     atomic.Int64

	mu         sync.Mutex
	categories map[string]bool // that it may reach
	lease      func()
	gone       bool
	table      map[ice.Identity]*list.Element // the routing table
	recent     *list.List                     // of proxies, the one used last in front
}

func newClient(f *Front, conn *ice.Connection) *Client {
	c := &Client{
		front: f, conn: conn, category: randomCategory(), categories: map[string]bool{},
		table: map[ice.Identity]*list.Element{}, recent: list.New(),
	}
	c.touch()
	return c
}

// Connection is the client's.
func (c *Client) Connection() *ice.Connection { return c.conn }

// Allow has the client reach the objects of more categories, as
// SessionControl.categories().add does.
func (c *Client) Allow(categories ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range categories {
		c.categories[name] = true
	}
}

// Leave ends the client's session, as SessionControl.destroy does.
func (c *Client) Leave() { c.front.drop(c) }

func (c *Client) touch() { c.used.Store(time.Now().UnixNano()) }

// idle is how long the client has been silent.
func (c *Client) idle() time.Duration { return time.Since(time.Unix(0, c.used.Load())) }

func (c *Client) admits(category string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.categories[category]
}

// settle notes what is to be called when the client leaves. If it has left
// already, that is now.
func (c *Client) settle(lease func()) bool {
	c.mu.Lock()
	gone := c.gone
	if !gone {
		c.lease = lease
	}
	c.mu.Unlock()
	if gone && lease != nil {
		lease()
	}
	return !gone
}

func (c *Client) leave() {
	c.mu.Lock()
	lease := c.lease
	c.gone, c.lease = true, nil
	c.mu.Unlock()
	if lease != nil {
		lease()
	}
}

// announced reports whether an identity is in the routing table.
func (c *Client) announced(id ice.Identity) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.table[id]
	if e == nil {
		return false
	}
	c.recent.MoveToFront(e)
	return true
}

// announce puts proxies in the routing table and returns those that had to go.
func (c *Client) announce(proxies []ice.ObjectPrx) (evicted []ice.ObjectPrx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range proxies {
		if ice.IsNil(p) {
			continue
		}
		id := p.IceIdentity()
		if e := c.table[id]; e != nil {
			c.recent.MoveToFront(e)
			continue
		}
		c.table[id] = c.recent.PushFront(p)
		if c.recent.Len() > routingTableSize {
			last := c.recent.Back()
			gone := c.recent.Remove(last).(ice.ObjectPrx)
			delete(c.table, gone.IceIdentity())
			evicted = append(evicted, gone)
		}
	}
	return evicted
}
