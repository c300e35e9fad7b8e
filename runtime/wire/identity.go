package wire

import "cmp"

// Identity names an Ice object within its adapter.
type Identity struct{ Name, Category string }

// IceWrite writes the identity.
func (i *Identity) IceWrite(e *Encoder) {
	e.String(i.Name)
	e.String(i.Category)
}

// IceRead reads an identity.
func (i *Identity) IceRead(d *Decoder) {
	i.Name = d.String()
	i.Category = d.String()
}

// Compare orders identities by name, then by category, as Ice does: it returns -1, 0 or +1.
func (i Identity) Compare(other Identity) int {
	return cmp.Or(cmp.Compare(i.Name, other.Name), cmp.Compare(i.Category, other.Category))
}

// writeFacet writes a facet, which the protocol has as a sequence of no or one string.
func writeFacet(e *Encoder, facet string) {
	if facet == "" {
		e.Size(0)
		return
	}
	e.Size(1)
	e.String(facet)
}

func readFacet(d *Decoder) string {
	switch n := d.Count(1); n {
	case 0:
		return ""
	case 1:
		return d.String()
	default:
		d.fail(nil, "a facet path of %d elements, at most 1 is allowed", n)
		return ""
	}
}

// Endpoint is an endpoint as a proxy carries it: its transport's number, and what that transport makes of it.
type Endpoint struct {
	Type     int16
	Encoding Version // of Data
	Data     []byte  // the content of the endpoint's encapsulation
}

// ProxyData is a proxy on the wire, as the manual's "Data Encoding for Proxies" has it. One without a name in its identity is the null proxy, and nothing else of it is sent.
type ProxyData struct {
	Identity  Identity
	Facet     string
	Mode      byte // 0 two-way, 1 oneway, 2 batch oneway, 3 datagram, 4 batch datagram
	Secure    bool
	Protocol  Version
	Encoding  Version // that the target is to be spoken to in
	Endpoints []Endpoint
	AdapterID string // only without endpoints
}

// Proxy modes.
const (
	ModeTwoway byte = iota
	ModeOneway
	ModeBatchOneway
	ModeDatagram
	ModeBatchDatagram
)

// IsNull says whether p is the null proxy.
func (p *ProxyData) IsNull() bool { return p.Identity.Name == "" }

// IceWrite writes the proxy.
func (p *ProxyData) IceWrite(e *Encoder) {
	if p.IsNull() {
		e.String("")
		e.String("")
		return
	}
	p.Identity.IceWrite(e)
	writeFacet(e, p.Facet)
	e.Byte(p.Mode)
	e.Bool(p.Secure)
	if e.v11 {
		p.Protocol.IceWrite(e)
		p.Encoding.IceWrite(e)
	}
	e.Size(len(p.Endpoints))
	for i := range p.Endpoints {
		x := &p.Endpoints[i]
		e.Short(x.Type)
		e.Encaps(x.Encoding, x.Data)
	}
	if len(p.Endpoints) == 0 {
		e.String(p.AdapterID)
	}
}

// IceRead reads a proxy. The endpoints' data is copied.
func (p *ProxyData) IceRead(d *Decoder) {
	*p = ProxyData{}
	p.Identity.IceRead(d)
	if p.IsNull() {
		return
	}
	p.Facet = readFacet(d)
	p.Mode = d.Byte()
	if p.Mode > ModeBatchDatagram {
		d.fail(nil, "a proxy of mode %d, only 0 to %d are known", p.Mode, ModeBatchDatagram)
	}
	p.Secure = d.Bool()
	p.Protocol, p.Encoding = Protocol10, Encoding10
	if d.v11 {
		p.Protocol.IceRead(d)
		p.Encoding.IceRead(d)
	}
	n := d.Count(2 + EncapsHeaderSize)
	if n == 0 {
		p.AdapterID = d.String()
		return
	}
	p.Endpoints = make([]Endpoint, n)
	for i := range p.Endpoints {
		x := &p.Endpoints[i]
		x.Type = d.Short()
		var data []byte
		x.Encoding, data = d.Encaps()
		x.Data = append([]byte(nil), data...)
		if d.err != nil {
			p.Endpoints = nil
			return
		}
	}
}
