package wire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// HeaderSize is the size of a message header in bytes.
const HeaderSize = 14

// MessageType is the kind of a message; see the manual's "Protocol Messages".
type MessageType byte

// The messages of the protocol.
const (
	RequestMessage  MessageType = iota
	BatchMessage                // requests without reply, several in one message
	ReplyMessage                // the answer to one request
	ValidateMessage             // the server's greeting, and a heartbeat
	CloseMessage                // the sender answers nothing any more
)

// String names the message.
func (t MessageType) String() string {
	names := [...]string{"request", "batch request", "reply", "validate connection", "close connection"}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("message of type %d", byte(t))
}

// Compression is a message's compression status.
type Compression byte

// The compression status: the sender cannot decompress, it can but this message is not compressed, it is.
const (
	NoCompression Compression = iota
	CanCompress
	Compressed
)

// Header is a message's header.
type Header struct {
	Protocol    Version
	Encoding    Version // of the header and what is outside of encapsulations, always 1.0
	Type        MessageType
	Compression Compression
	Size        int // of the whole message in bytes, the header included
}

// ParseHeader reads a message's header from the first [HeaderSize] bytes of b. A message of more than maxSize bytes is
// refused; 0 allows any size.
func ParseHeader(b []byte, maxSize int) (Header, error) {
	if len(b) < HeaderSize {
		return Header{}, &MarshalError{Offset: 0, Reason: fmt.Sprintf("cannot read: a message header of %d bytes wanted, %d left", HeaderSize, len(b)), Err: ErrTruncated}
	}
	if string(b[:4]) != "IceP" {
		return Header{}, &MarshalError{Offset: 0, Reason: fmt.Sprintf("cannot read: a message begins with %q, not with \"IceP\"", b[:4]), Err: ErrMagic}
	}
	h := Header{
		Protocol:    Version{b[4], b[5]},
		Encoding:    Version{b[6], b[7]},
		Type:        MessageType(b[8]),
		Compression: Compression(b[9]),
	}
	if h.Protocol != Protocol10 {
		return h, &MarshalError{Offset: 4, Reason: "cannot read: a message of protocol " + h.Protocol.String() + ", only 1.0 is spoken", Err: ErrUnsupported}
	}
	if h.Encoding != Encoding10 {
		return h, &MarshalError{Offset: 6, Reason: "cannot read: a message header in encoding " + h.Encoding.String() + ", only 1.0 is spoken", Err: ErrUnsupported}
	}
	if h.Type > CloseMessage {
		return h, &MarshalError{Offset: 8, Reason: fmt.Sprintf("cannot read: a message of type %d, only 0 to %d are known", h.Type, CloseMessage)}
	}
	if h.Compression > Compressed {
		return h, &MarshalError{Offset: 9, Reason: fmt.Sprintf("cannot read: a compression status of %d, only 0 to %d are known", h.Compression, Compressed)}
	}
	size := int32(binary.LittleEndian.Uint32(b[10:]))
	if size < HeaderSize {
		return h, &MarshalError{Offset: 10, Reason: fmt.Sprintf("cannot read: a message of %d bytes announced, its header alone has %d", size, HeaderSize)}
	}
	if maxSize > 0 && int(size) > maxSize {
		return h, &MarshalError{Offset: 10, Reason: fmt.Sprintf("cannot read: a message of %d bytes announced, %d are allowed (Ice.MessageSizeMax)", size, maxSize), Err: ErrLimit}
	}
	h.Size = int(size)
	return h, nil
}

// StartMessage writes a message's header; [Encoder.EndMessage] sets its size.
func (e *Encoder) StartMessage(t MessageType, c Compression) {
	e.buf = append(e.buf, 'I', 'c', 'e', 'P', 1, 0, 1, 0, byte(t), byte(c), 0, 0, 0, 0)
}

// EndMessage sets the size of the message that began at the given offset.
func (e *Encoder) EndMessage(start int) { e.patchInt(start+10, e.since(start)) }

// RequestHeader is what a request says before its parameters.
type RequestHeader struct {
	Identity  Identity
	Facet     string
	Operation string
	Mode      byte // 0 normal, 1 nonmutating, 2 idempotent
	Context   map[string]string
}

// IceWrite writes the header of a request, as it is in a request after its number, or in a batch.
func (h *RequestHeader) IceWrite(e *Encoder) {
	h.Identity.IceWrite(e)
	writeFacet(e, h.Facet)
	e.String(h.Operation)
	e.Byte(h.Mode)
	WriteContext(e, h.Context)
}

// IceRead reads the header of a request.
func (h *RequestHeader) IceRead(d *Decoder) {
	h.Identity.IceRead(d)
	h.Facet = readFacet(d)
	h.Operation = d.String()
	h.Mode = d.Byte()
	if h.Mode > 2 {
		d.fail(nil, "the operation mode %d of a request, only 0 to 2 are known", h.Mode)
	}
	h.Context = ReadContext(d)
}

// WriteContext writes a request context, in the order of its keys.
func WriteContext(e *Encoder, m map[string]string) {
	WriteDict(e, m, (*Encoder).String, (*Encoder).String)
}

// ReadContext reads a request context, nil if it is empty.
func ReadContext(d *Decoder) map[string]string {
	return ReadDict(d, 2, ReadString, ReadString)
}

// ReplyStatus says what a reply is. A status above ReplyUnknownException comes from Ice 3.8, and carries a
// message as that one does.
type ReplyStatus byte

// The status of a reply, by what follows: an encapsulation with results, one with an exception, the identity, facet and
// operation that do not exist, or a message.
const (
	ReplyOK ReplyStatus = iota
	ReplyUserException
	ReplyObjectNotExist
	ReplyFacetNotExist
	ReplyOperationNotExist
	ReplyUnknownLocalException
	ReplyUnknownUserException
	ReplyUnknownException
)

// Reply is a reply's head. Which fields are set depends on the status.
type Reply struct {
	RequestID int32
	Status    ReplyStatus
	Identity  Identity // of the three …NotExist
	Facet     string
	Operation string
	Message   string // from ReplyUnknownLocalException on
}

// IceWrite writes the head of a reply; after ReplyOK and ReplyUserException an encapsulation is to follow.
func (r *Reply) IceWrite(e *Encoder) {
	e.Int(r.RequestID)
	e.Byte(byte(r.Status))
	switch {
	case r.Status <= ReplyUserException:
	case r.Status <= ReplyOperationNotExist:
		r.Identity.IceWrite(e)
		writeFacet(e, r.Facet)
		e.String(r.Operation)
	default:
		e.String(r.Message)
	}
}

// IceRead reads the head of a reply.
func (r *Reply) IceRead(d *Decoder) {
	*r = Reply{RequestID: d.Int(), Status: ReplyStatus(d.Byte())}
	switch {
	case r.Status <= ReplyUserException:
	case r.Status <= ReplyOperationNotExist:
		r.Identity.IceRead(d)
		r.Facet = readFacet(d)
		r.Operation = d.String()
	default:
		r.Message = d.String()
	}
}

// BatchCount reads the number of requests in a batch message, each of which takes at least 13 bytes.
func (d *Decoder) BatchCount() int {
	const minRequest = 2 + 1 + 1 + 1 + 1 + EncapsHeaderSize
	n := int(d.Int())
	if d.err == nil && (n < 0 || n > (len(d.buf)-d.pos)/minRequest) {
		d.fail(ErrTruncated, "a batch of %d requests of at least %d bytes announced, %d bytes left", n, minRequest, len(d.buf)-d.pos)
		return 0
	}
	return n
}

// MaxSize is the largest message that the protocol allows.
const MaxSize = math.MaxInt32
