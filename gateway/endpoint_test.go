package gateway

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseEndpoint(t *testing.T) {
	const template = "OMERO.Glacier2/router:ssl -p @omero.port@ -h @omero.host@"
	tests := []struct {
		name   string
		host   string
		port   int
		router string
		want   endpoint
	}{
		{"plain host", "omero.example.org", 0, "",
			endpoint{"ssl", "omero.example.org", 4064, "", `OMERO.Glacier2/router:ssl -h "omero.example.org" -p 4064`}},
		{"port apart", "h", 14064, "", endpoint{"ssl", "h", 14064, "", `OMERO.Glacier2/router:ssl -h "h" -p 14064`}},
		{"port in the host", "h:1", 0, "", endpoint{"ssl", "h", 1, "", `OMERO.Glacier2/router:ssl -h "h" -p 1`}},
		{"both the same", "h:1", 1, "", endpoint{"ssl", "h", 1, "", `OMERO.Glacier2/router:ssl -h "h" -p 1`}},
		{"IPv6", "::1", 0, "", endpoint{"ssl", "::1", 4064, "", `OMERO.Glacier2/router:ssl -h "::1" -p 4064`}},
		{"IPv6 in brackets", "[::1]:5", 0, "", endpoint{"ssl", "::1", 5, "", `OMERO.Glacier2/router:ssl -h "::1" -p 5`}},
		{"wss", "wss://idr.example.org/omero-ws", 0, "", endpoint{"wss", "idr.example.org", 443, "/omero-ws",
			`OMERO.Glacier2/router:wss -h "idr.example.org" -p 443 -r "/omero-ws"`}},
		{"ws", "ws://h:8080/", 0, "", endpoint{"ws", "h", 8080, "", `OMERO.Glacier2/router:ws -h "h" -p 8080`}},
		{"tcp", "tcp://127.0.0.1", 0, "", endpoint{"tcp", "127.0.0.1", 4063, "", `OMERO.Glacier2/router:tcp -h "127.0.0.1" -p 4063`}},
		{"ssl URL", "ssl://[::1]", 0, "", endpoint{"ssl", "::1", 4064, "", `OMERO.Glacier2/router:ssl -h "::1" -p 4064`}},
		{"router template", "h", 0, template, endpoint{"ssl", "h", 4064, "", "OMERO.Glacier2/router:ssl -p 4064 -h h"}},
		{"IPv6 for a router", "[::1]", 0, template, endpoint{"ssl", "::1", 4064, "", `OMERO.Glacier2/router:ssl -p 4064 -h "::1"`}},
		{"IPv6 for a quoted router", "::1", 0, `r:ssl -h "@omero.host@" -p 1`, endpoint{"ssl", "::1", 1, "", `r:ssl -h "::1" -p 1`}},
		{"router as it is", "", 0, `OMERO.Glacier2/router:wss -p 443 -h "w" -r /x:tcp -h w -p 4`,
			endpoint{"wss", "w", 443, "/x", `OMERO.Glacier2/router:wss -p 443 -h "w" -r /x:tcp -h w -p 4`}},
		{"a URL goes before the router", "tcp://h", 0, template, endpoint{"tcp", "h", 4063, "", `OMERO.Glacier2/router:tcp -h "h" -p 4063`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseEndpoint(test.host, test.port, test.router)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	tests := []struct {
		name, host string
		port       int
		router     string
		want       string
	}{
		{"nothing", "", 0, "", "set Config.Host"},
		{"scheme", "https://h", 0, "", "use ssl, wss, tcp or ws"},
		{"path without web socket", "ssl://h/x", 0, "", "use wss or ws"},
		{"password", "wss://u:p@h", 0, "", "fields of their own"},
		{"password with an odd character", "wss://u:p%zz@h", 0, "", "fields of their own"},
		{"password behind a slash", "wss://u:p/p@h", 0, "", "fields of their own"},
		{"password in a port", "wss://h:u:p@h", 0, "", "fields of their own"},
		{"password without a scheme", "u:p@h", 0, "", "fields of their own"},
		{"query", "wss://h/?x=1", 0, "", "no query or fragment"},
		{"options", "h -p 1:tcp -h evil", 0, "", "which is no number"},
		{"option", "h -t", 0, "", "is not a host name or an address"},
		{"options for a router", "h -p 1:tcp -h evil", 0, "r:ssl -p @omero.port@ -h @omero.host@", "is not a host name or an address"},
		{"endpoint for a router", "h:tcp", 0, "r:ssl -p @omero.port@ -h @omero.host@", "is not a host name or an address"},
		{"quote for a router", `h" -t 1`, 0, `r:ssl -p @omero.port@ -h "@omero.host@"`, "is not a host name or an address"},
		{"line for a router", "h\nx", 0, "r:ssl -p @omero.port@ -h @omero.host@", "is not a host name or an address"},
		{"option for a router", "-t", 0, "r:ssl -p @omero.port@ -h @omero.host@", "is not a host name or an address"},
		{"password for a router", "u:p@h", 0, "r:ssl -p @omero.port@ -h @omero.host@", "has an @"},
		{"port for a router", "h", -1, "r:ssl -p @omero.port@ -h @omero.host@", "there is no port -1"},
		{"two ports", "h:1", 2, "", "another port than Config.Port, 2"},
		{"port word", "h:x", 0, "", "which is no number"},
		{"port range", "h", 70000, "", "there is no port 70000"},
		{"blank", "a b", 0, "", "is not a host name or an address"},
		{"quote", `a" -p 5`, 0, "", "is not a host name or an address"},
		{"no host", "wss:///x", 0, "", "is not a host name or an address"},
		{"router without endpoint", "h", 0, "OMERO.Glacier2/router", "no endpoint"},
		{"router without host", "", 0, "r:ssl -p 4064 -h @omero.host@", "needs an ssl"},
		{"router of another transport", "h", 0, "r:udp -p 4064 -h h", "needs an ssl"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseEndpoint(test.host, test.port, test.router)
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "u:p")
		})
	}
}
