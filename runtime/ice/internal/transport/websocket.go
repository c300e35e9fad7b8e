package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	subprotocol = "ice.zeroc.com"

	// A message longer than the write buffer goes out as several frames; a read
	// of at least the read buffer's size bypasses it.
	wsWriteBuffer = 64 << 10
	wsReadBuffer  = 16 << 10

	// maxHead bounds what is read of the peer's part of the handshake, and of
	// frames behind it until it is over.
	maxHead = 16 << 10

	// wsCloseTimeout bounds the close frame: saying goodbye must not hold up a
	// close when the peer does not read.
	wsCloseTimeout = 250 * time.Millisecond
)

// wsBuffers lends write buffers to the connections that are writing.
var wsBuffers sync.Pool

// openWebSocket makes the client's handshake on conn, which is raw or the TLS
// connection over it.
func openWebSocket(ctx context.Context, t Target, raw, conn net.Conn, info *Info) (net.Conn, error) {
	guarded, limit := guard(conn)
	dial := func(context.Context, string, string) (net.Conn, error) { return guarded, nil }
	dialer := websocket.Dialer{
		NetDialContext: dial, NetDialTLSContext: dial,
		Subprotocols:    []string{subprotocol},
		WriteBufferPool: &wsBuffers, WriteBufferSize: wsWriteBuffer, ReadBufferSize: wsReadBuffer,
	}
	u := url.URL{Scheme: t.Protocol, Host: t.hostPort()}
	// Path and query both come from the resource, as it stands.
	resource, err := url.ParseRequestURI(t.path())
	if err != nil {
		return nil, &Error{Step: StepWebSocket, Target: t, Err: err}
	}
	u.Path, u.RawPath, u.RawQuery = resource.Path, resource.RawPath, resource.RawQuery

	var (
		ws   *websocket.Conn
		resp *http.Response
	)
	err = bounded(ctx, t.Timeout, raw, func() (err error) {
		ws, resp, err = dialer.DialContext(ctx, u.String(), nil)
		return err
	})
	if err = limit.explain(err); err != nil {
		return nil, webSocketError(t, resp, err)
	}
	if got := ws.Subprotocol(); got != "" && got != subprotocol {
		return nil, &Error{Step: StepWebSocket, Target: t, Err: fmt.Errorf("the server chose the subprotocol %q", got),
			Hint: "an Ice server speaks " + subprotocol}
	}
	if extensions := resp.Header.Get("Sec-Websocket-Extensions"); extensions != "" {
		return nil, &Error{Step: StepWebSocket, Target: t, Err: fmt.Errorf("the server chose the extension %q, which was not offered", extensions)}
	}
	limit.off = true
	info.Header, info.Resource = resp.Header, t.path()
	return newWSConn(ws, conn), nil
}

func webSocketError(t Target, resp *http.Response, err error) error {
	e := &Error{Step: StepWebSocket, Target: t, Err: err}
	switch {
	case errors.Is(err, errLongHead):
	case isTimeout(err):
		e.Hint = "the server does not answer the WebSocket request; it may speak Ice without WebSocket, or TLS, on this port"
	case resp != nil:
		e.Err = fmt.Errorf("the server answered %s: %w", resp.Status, err)
		e.Hint = "a reverse proxy must pass WebSocket upgrades on at this path"
	default:
		e.Hint = "the peer's answer is not that of a WebSocket server; it may speak Ice without WebSocket on this port"
	}
	return e
}

// acceptWebSocket makes the server's handshake on conn.
func acceptWebSocket(ctx context.Context, t Target, raw, conn net.Conn, info *Info) (net.Conn, error) {
	guarded, limit := guard(conn)
	var ws *websocket.Conn
	err := bounded(ctx, t.Timeout, raw, func() error {
		br := bufio.NewReader(guarded)
		req, err := http.ReadRequest(br)
		if err != nil {
			return fmt.Errorf("no WebSocket request: %w", err)
		}
		limit.off = true
		ws, err = upgrade(req, &upgradeWriter{conn: guarded, buf: bufio.NewReadWriter(br, bufio.NewWriter(guarded)), header: http.Header{}})
		info.Header, info.Resource = req.Header, req.RequestURI
		return err
	})
	if err = limit.explain(err); err != nil {
		return nil, &Error{Step: StepWebSocket, Target: t, Err: err}
	}
	return newWSConn(ws, conn), nil
}

// upgrade answers a WebSocket request. As in Ice, any path and any origin will
// do, and a client that names subprotocols must name Ice's.
func upgrade(req *http.Request, w *upgradeWriter) (*websocket.Conn, error) {
	offered := websocket.Subprotocols(req)
	upgrader := websocket.Upgrader{
		Subprotocols:    []string{subprotocol},
		WriteBufferPool: &wsBuffers, WriteBufferSize: wsWriteBuffer, ReadBufferSize: wsReadBuffer,
		CheckOrigin: func(*http.Request) bool { return true },
	}
	if len(offered) > 0 && !contains(offered, subprotocol) {
		http.Error(w, "the subprotocol must be "+subprotocol, http.StatusBadRequest)
		return nil, fmt.Errorf("the client offers the subprotocols %q, not %s", offered, subprotocol)
	}
	ws, err := upgrader.Upgrade(w, req, nil)
	if err != nil && w.err != nil {
		err = errors.Join(err, w.err)
	}
	return ws, err
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// upgradeWriter is the http.ResponseWriter of a connection that has no HTTP
// server around it: it can be hijacked, or say no.
type upgradeWriter struct {
	conn   net.Conn
	buf    *bufio.ReadWriter
	header http.Header
	status int
	err    error
}

func (w *upgradeWriter) Header() http.Header { return w.header }

func (w *upgradeWriter) WriteHeader(status int) {
	w.status = status
	w.header.Set("Connection", "close")
	_, _ = fmt.Fprintf(w.buf, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = w.header.Write(w.buf)
	_, _ = w.buf.WriteString("\r\n")
	w.err = w.buf.Flush()
}

func (w *upgradeWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.buf.Write(p)
	if err == nil {
		err = w.buf.Flush()
	}
	return n, err
}

func (w *upgradeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.conn, w.buf, nil }

// wsConn is a stream over binary WebSocket messages: each Write is a message,
// and reads run across their borders.
type wsConn struct {
	ws     *websocket.Conn
	conn   net.Conn // below ws; deadlines are set here
	reader io.Reader
	err    error // of reading; gorilla's connections panic when read on after one
	closed sync.Once
	pongs  pongs
}

func newWSConn(ws *websocket.Conn, conn net.Conn) *wsConn {
	c := &wsConn{ws: ws, conn: conn}
	c.pongs.ws = ws
	ws.SetPingHandler(c.pongs.answer)
	// The goodbye is answered by Close, and not by who reads: the peer may not take the answer.
	ws.SetCloseHandler(func(int, string) error { return nil })
	return c
}

// pongs answers pings without holding up who reads them. There is one answer at
// a time, and behind it one that waits, to the last ping: a peer that asks faster
// than it reads gets no more, as RFC 6455 has it in section 5.5.3.
type pongs struct {
	ws *websocket.Conn

	mu      sync.Mutex
	busy    bool
	waiting []byte // nil for none
}

func (p *pongs) answer(ping string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append([]byte{}, ping...)
	if !p.busy {
		p.busy = true
		go p.write()
	}
	return nil
}

// write writes what waits until nothing does, or until the connection ends.
func (p *pongs) write() {
	for {
		p.mu.Lock()
		pong := p.waiting
		p.waiting = nil
		p.busy = pong != nil
		p.mu.Unlock()
		if pong == nil {
			return
		}
		if p.ws.WriteControl(websocket.PongMessage, pong, time.Time{}) != nil {
			return // and stay busy: nobody will try again
		}
	}
}

func (c *wsConn) Read(p []byte) (int, error) {
	for c.err == nil {
		if c.reader == nil {
			kind, reader, err := c.ws.NextReader()
			if err == nil && kind != websocket.BinaryMessage {
				err = errors.New("the peer sent a text frame; Ice messages are binary")
			}
			if err != nil {
				c.err = readError(err)
				break
			}
			c.reader = reader
		}
		n, err := c.reader.Read(p)
		if err == io.EOF {
			c.reader, err = nil, nil
			if n == 0 {
				continue
			}
		}
		if err != nil {
			c.err = readError(err)
		}
		return n, c.err
	}
	return 0, c.err
}

// readError turns the peer's goodbye into the end of the stream.
func readError(err error) error {
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		return io.EOF
	}
	var closed *websocket.CloseError
	switch {
	case !errors.As(err, &closed):
		return err
	case closed.Code == websocket.CloseAbnormalClosure:
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the peer closed the WebSocket with code %d and the reason %q", closed.Code, closed.Text)
}

func (c *wsConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteBuffers writes several buffers as one WebSocket message.
func (c *wsConn) WriteBuffers(buffers net.Buffers) (int64, error) {
	if len(buffers) == 1 {
		n, err := c.Write(buffers[0])
		return int64(n), err
	}
	w, err := c.ws.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return 0, err
	}
	var total int64
	for _, b := range buffers {
		n, err := w.Write(b)
		total += int64(n)
		if err != nil {
			_ = w.Close()
			return total, err
		}
	}
	return total, w.Close()
}

func (c *wsConn) Close() error {
	var err error
	c.closed.Do(func() {
		deadline := time.Now().Add(wsCloseTimeout)
		_ = c.conn.SetWriteDeadline(deadline)
		goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		_ = c.ws.WriteControl(websocket.CloseMessage, goodbye, deadline)
		err = c.conn.Close()
	})
	return err
}

func (c *wsConn) LocalAddr() net.Addr                { return c.conn.LocalAddr() }
func (c *wsConn) RemoteAddr() net.Addr               { return c.conn.RemoteAddr() }
func (c *wsConn) SetDeadline(t time.Time) error      { return c.conn.SetDeadline(t) }
func (c *wsConn) SetReadDeadline(t time.Time) error  { return c.conn.SetReadDeadline(t) }
func (c *wsConn) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }

// errLongHead is a handshake that does not end.
var errLongHead = fmt.Errorf("the peer's part of the WebSocket handshake is longer than %d bytes", maxHead)

// headLimit bounds what is read in a handshake. It is set off when that is over,
// by who made it and before anybody else reads.
type headLimit struct {
	left int
	off  bool
}

func (l *headLimit) read(conn net.Conn, p []byte) (int, error) {
	if l.off {
		return conn.Read(p)
	}
	if l.left == 0 {
		return 0, errLongHead
	}
	n, err := conn.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// explain gives what was wrong with a handshake that was cut off, and looked
// wrong for that.
func (l *headLimit) explain(err error) error {
	if err != nil && l.left == 0 {
		return errLongHead
	}
	return err
}

// guard bounds what gorilla reads for a handshake, and hides the deadlines of a
// connection from it: it sets its own before each write, none in most cases, and
// would undo those of the wsConn's user. What it writes on its own account while
// it reads, the goodbye to a peer that breaks the protocol, keeps the deadline
// that it has. A TCP connection keeps its gathered writes.
func guard(conn net.Conn) (net.Conn, *headLimit) {
	limit := &headLimit{left: maxHead}
	if tcp, ok := conn.(*net.TCPConn); ok {
		return guardedTCP{tcp, limit}, limit
	}
	return guardedConn{conn, limit}, limit
}

type guardedTCP struct {
	*net.TCPConn
	limit *headLimit
}

func (g guardedTCP) Read(p []byte) (int, error)    { return g.limit.read(g.TCPConn, p) }
func (guardedTCP) SetDeadline(time.Time) error     { return nil }
func (guardedTCP) SetReadDeadline(time.Time) error { return nil }
func (g guardedTCP) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return g.TCPConn.SetWriteDeadline(t)
}

type guardedConn struct {
	net.Conn
	limit *headLimit
}

func (g guardedConn) Read(p []byte) (int, error)    { return g.limit.read(g.Conn, p) }
func (guardedConn) SetDeadline(time.Time) error     { return nil }
func (guardedConn) SetReadDeadline(time.Time) error { return nil }
func (g guardedConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return g.Conn.SetWriteDeadline(t)
}
