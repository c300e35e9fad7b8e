package transport

import (
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

const upgradeRequest = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ice.zeroc.com\r\n\r\n"

// upgraded gives the server's end of a WebSocket, and the socket of the client, which has read the server's answer.
func upgraded(t *testing.T) (ws net.Conn, client *net.TCPConn) {
	l, err := (&ListenConfig{RcvSize: 64 << 10, SndSize: 64 << 10}).Listen(bg, Target{Protocol: WS, Host: "127.0.0.1", Timeout: stepTimeout})
	require.NoError(t, err)
	defer l.Close()
	conn, err := net.Dial("tcp", l.Target().hostPort())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, upgradeRequest)
	require.NoError(t, err)
	raw, err := l.Accept()
	require.NoError(t, err)
	ws, _, err = l.Handshake(bg, raw)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.Close() })
	_, err = readHead(conn, "")
	require.NoError(t, err)
	return ws, conn.(*net.TCPConn)
}

// frame gives a client's frame, masked by zeros.
func frame(head byte, payload string) []byte {
	b := []byte{head, 0x80 | byte(min(len(payload), 126))}
	if len(payload) > 125 {
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// What no client should send ends the connection, at once and with little memory.
func TestHostileFrames(t *testing.T) {
	peer.CheckLeaks(t)
	for name, test := range map[string]struct {
		sends []byte
		want  string
	}{
		"not masked":                {[]byte{0x82, 1, 'x'}, "MASK"},
		"reserved bit":              {frame(0xc2, "x"), "RSV1"},
		"unknown opcode":            {frame(0x83, "x"), "opcode 3"},
		"unknown control":           {frame(0x8b, "x"), "opcode 11"},
		"long ping":                 {frame(0x89, strings.Repeat("x", 126)), "len > 125"},
		"ping in pieces":            {frame(0x09, "x"), "FIN not set on control"},
		"continuation of nothing":   {frame(0x80, "x"), "continuation after FIN"},
		"message in a message":      {append(frame(0x02, ""), frame(0x82, "x")...), "data before FIN"},
		"length above all":          {[]byte{0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "websocket"},
		"length of 4 EiB":           {[]byte{0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "unexpected EOF"},
		"cut":                       {[]byte{0x82}, "EOF"},
		"goodbye of one byte":       {frame(0x88, "x"), "EOF"},
		"goodbye with a bad code":   {frame(0x88, "\x03\xee"), "close"},
		"goodbye with an escape":    {frame(0x88, "\x03\xf0\x1b[31m"), `code 1008 and the reason "\x1b[31m"`},
		"goodbye that is not UTF-8": {frame(0x88, "\x03\xf0\xff"), "utf8"},
		"continuations":             {append(frame(0x02, ""), bytes.Repeat(frame(0x00, ""), 100_000)...), "EOF"},
		"empty messages":            {bytes.Repeat(frame(0x82, ""), 100_000), "EOF"},
		"pongs":                     {bytes.Repeat(frame(0x8a, "x"), 100_000), "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			ws, client := upgraded(t)
			go func() {
				_, _ = client.Write(test.sends)
				_ = client.CloseWrite()
			}()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := io.CopyN(io.Discard, ws, 1)
			for range 3 {
				_, again := ws.Read(make([]byte, 1<<10))
				assert.Error(t, again)
			}
			runtime.ReadMemStats(&after)
			assert.ErrorContains(t, err, test.want)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(128*len(test.sends)+256<<10))
		})
	}
}

// Who reads is not held up by pings whose answers nobody takes, and the last one is answered.
func TestPingsThatNobodyReads(t *testing.T) {
	peer.CheckLeaks(t)
	ws, client := upgraded(t)
	const last = "the last"
	go func() {
		_, _ = client.Write(bytes.Repeat(frame(0x89, strings.Repeat("x", 125)), 100_000))
		_, _ = client.Write(append(frame(0x89, last), frame(0x82, "!")...))
	}()
	b := make([]byte, 1)
	_ = ws.SetReadDeadline(time.Now().Add(stepTimeout))
	_, err := io.ReadFull(ws, b)
	require.NoError(t, err)
	require.Equal(t, "!", string(b))
	var got bytes.Buffer
	for piece := make([]byte, 32<<10); !strings.Contains(got.String(), last); {
		_ = client.SetReadDeadline(time.Now().Add(stepTimeout))
		n, err := client.Read(piece)
		require.NoError(t, err)
		got.Write(piece[:n])
	}
	require.Less(t, got.Len(), 127*100_000, "answers are dropped")
	_, err = ws.Write([]byte("still writes"))
	require.NoError(t, err)
}

// A close does not wait for a peer that takes nothing.
func TestCloseWithUnreadPongs(t *testing.T) {
	peer.CheckLeaks(t)
	ws, client := upgraded(t)
	go func() {
		_, _ = client.Write(append(bytes.Repeat(frame(0x89, strings.Repeat("x", 125)), 100_000), frame(0x82, "!")...))
	}()
	_, err := io.ReadFull(ws, make([]byte, 1))
	require.NoError(t, err)
	_ = ws.Close()
	_, err = ws.Read(make([]byte, 1))
	require.Error(t, err)
}

// A client takes no more of a server's answer than a bound, and says what it was.
func TestHostileUpgrades(t *testing.T) {
	peer.CheckLeaks(t)
	accepted := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for name, test := range map[string]struct {
		answer string
		times  int // the last line is sent
		want   string
	}{
		"a long line":           {"HTTP/1.1 101 OK\r\nX: " + strings.Repeat("x", 1<<16), 100, "longer than 16384 bytes"},
		"a long status":         {"HTTP/1.1 101 " + strings.Repeat("x", 1<<16), 100, "longer than 16384 bytes"},
		"endless lines":         {accepted + strings.Repeat("X: x\r\n", 1<<12), 100, "longer than 16384 bytes"},
		"escapes in the status": {"HTTP/1.1 404 \x1b[31mred\r\n\r\n", 1, `\x1b[31mred`},
		"an extension":          {"", 1, `the extension "permessage-deflate`},
		"another subprotocol":   {"", 1, "chat"},
		"nothing":               {"", 0, "answer"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			serve(t, l.Close, l.Accept, func(conn net.Conn) {
				defer conn.Close()
				head, err := readHead(conn, "")
				if err != nil {
					return
				}
				answer := test.answer
				switch name {
				case "an extension":
					answer = accepted + acceptKey(head) + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n"
				case "another subprotocol":
					answer = accepted + acceptKey(head) + "Sec-WebSocket-Protocol: chat\r\n\r\n"
				}
				for range test.times {
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err = (&Dialer{}).Dial(bg, Target{Protocol: WS, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Timeout: stepTimeout})
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "\x1b")
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
		})
	}
}

// A server gives up on clients that go on too slowly, or send what is no handshake.
func TestHostileHandshakes(t *testing.T) {
	peer.CheckLeaks(t)
	server, _ := testTLS(t)
	hello := clientHello(t)
	huge := []byte{0x16, 3, 1, 0xff, 0xff}
	for name, test := range map[string]struct {
		protocol string
		first    []byte
		drip     byte // sent again and again
	}{
		"upgrade by the byte":    {WS, []byte("GET / HTTP/1.1\r\nX: "), 'x'},
		"headers by the byte":    {WS, []byte("GET / HTTP/1.1\r\n"), '\n'},
		"half a TLS greeting":    {SSL, hello[:len(hello)/2], 0},
		"a TLS greeting only":    {SSL, hello, 0},
		"half a record head":     {WSS, hello[:3], 0},
		"a huge TLS record":      {SSL, huge, 'x'},
		"a huge TLS greeting":    {SSL, []byte{0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff, 3, 3}, 'x'},
		"TLS records of nothing": {WSS, bytes.Repeat([]byte{0x16, 3, 1, 0, 0}, 1000), 0},
		"TLS alerts":             {SSL, bytes.Repeat([]byte{0x15, 3, 1, 0, 2, 1, 90}, 1000), 0},
		"TLS garbage":            {SSL, bytes.Repeat([]byte{0x16, 3, 1, 0, 4, 9, 9, 9, 9}, 1000), 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := (&ListenConfig{TLS: server}).Listen(bg, Target{Protocol: test.protocol, Host: "127.0.0.1", Timeout: 100 * time.Millisecond})
			require.NoError(t, err)
			defer l.Close()
			conn, err := net.Dial("tcp", l.Target().hostPort())
			require.NoError(t, err)
			defer conn.Close()
			dripping := make(chan struct{})
			go func() {
				defer close(dripping)
				_, err := conn.Write(test.first)
				for err == nil && test.drip != 0 {
					time.Sleep(time.Millisecond)
					_, err = conn.Write([]byte{test.drip})
				}
			}()
			raw, err := l.Accept()
			require.NoError(t, err)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err = l.Handshake(bg, raw)
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			var step *Error
			require.ErrorAs(t, err, &step)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
			<-dripping
		})
	}
}

// clientHello gives the first bytes of a TLS client.
func clientHello(t *testing.T) []byte {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() { _ = tls.Client(theirs, &tls.Config{ServerName: "localhost"}).Handshake(); _ = theirs.Close() }()
	head := make([]byte, 5)
	_, err := io.ReadFull(ours, head)
	require.NoError(t, err)
	body := make([]byte, binary.BigEndian.Uint16(head[3:]))
	_, err = io.ReadFull(ours, body)
	require.NoError(t, err)
	return append(head, body...)
}

// A client that asks for a renegotiation, which costs the server much more than itself, gets none.
func TestRenegotiation(t *testing.T) {
	peer.CheckLeaks(t)
	peer.Require(t, "openssl")
	server, _ := testTLS(t)
	l, err := (&ListenConfig{TLS: server}).Listen(bg, Target{Protocol: SSL, Host: "127.0.0.1", Timeout: stepTimeout})
	require.NoError(t, err)
	defer l.Close()
	client := exec.Command("openssl", "s_client", "-tls1_2", "-connect", l.Target().hostPort())
	commands, err := client.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, client.Start())
	defer func() { _ = client.Process.Kill(); _ = client.Wait() }()
	raw, err := l.Accept()
	require.NoError(t, err)
	conn, _, err := l.Handshake(bg, raw)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(commands, "R\n")
	require.NoError(t, err)
	_ = conn.SetReadDeadline(time.Now().Add(stepTimeout))
	n, err := conn.Read(make([]byte, 16))
	assert.Zero(t, n)
	require.Error(t, err)
	assert.False(t, errors.Is(err, io.EOF) || isTimeout(err), "%v", err)
}

// acceptKey gives the header by which a server shows that it has understood a WebSocket request.
func acceptKey(request []byte) string {
	_, key, _ := strings.Cut(string(request), "Sec-WebSocket-Key: ")
	key, _, _ = strings.Cut(key, "\r\n")
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
}
