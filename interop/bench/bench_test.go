// Package bench_test makes sure that the benchmark still runs: the Go client measures everything once, briefly,
// against the server that all clients are measured against. run.sh takes the figures.
package bench_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/interop/peer"
)

// measures is what each group prints; README.md says what it means.
var measures = map[string][]string{
	"start":   {"startup_first_call", "connect_first_call_p50"},
	"ping":    {"ping_p50", "ping_p99", "ping_sync_rate", "ping_sync_cpu"},
	"async":   {"ping_async100_rate", "ping_async100_cpu", "ping_async1000_rate", "ping_async1000_cpu"},
	"sleep":   {"sleep10k_wall", "sleep10k_peak"},
	"mem":     {"call_rss", "call_heap"},
	"futures": {"futures100k_outstanding", "futures100k_issue", "futures100k_cpu", "futures100k_rss", "futures100k_heap"},
	"bytes":   {"get64K_sync", "put64K_sync", "get64K_win6", "put64K_win6", "get1M_sync", "put1M_sync", "get1M_win6", "put1M_win6"},
	"graph":   append(graph("_e10"), graph("_e11")...),
	"points":  {"points100k_time"},
	"oneway":  {"oneway_rate", "batch_oneway_rate"},
	"fail":    {"fail_p50"},
}

func graph(encoding string) []string {
	list := []string{"images1000*_rate", "images1000*_cpu", "images1000*_raw", "images1000*_size", "images1000*_decode", "images10000*_time"}
	for i, name := range list {
		list[i] = strings.Replace(name, "*", encoding, 1)
	}
	return list
}

func TestGoClientMeasuresEverything(t *testing.T) {
	peer.CheckLeaks(t)
	server := peer.Start(t, peer.Command{Path: peer.BuildCpp(t, peer.Cpp{
		Slice: []string{"Bench.ice"}, Sources: []string{"cpp/server.cpp"}, Args: []string{"-O2"},
	})})
	client := filepath.Join(t.TempDir(), "client")
	peer.Run(t, "go", "build", "-o", client, "./client")
	for _, transport := range []string{"tcp", "ws"} {
		for group, names := range measures {
			t.Run(transport+"/"+group, func(t *testing.T) {
				command := exec.Command(client, "--short", "--transport", transport, "--endpoint", server.Value(transport), "--groups", group)
				command.Env = append(os.Environ(), "BENCH_T0=0")
				out, err := command.Output()
				require.NoError(t, err, "%s", command.Stderr)
				var got []string
				for line := range strings.Lines(string(out)) {
					var m struct {
						Client, Transport, Measure, Unit string
						Value                            float64
						N                                int
					}
					require.NoError(t, json.Unmarshal([]byte(line), &m), line)
					assert.Equal(t, "go", m.Client)
					assert.Equal(t, transport, m.Transport)
					assert.NotEmpty(t, m.Unit)
					assert.Positive(t, m.N)
					if !strings.HasSuffix(m.Measure, "_rss") { // too few calls for a page each
						assert.Positive(t, m.Value, m.Measure)
					}
					got = append(got, m.Measure)
				}
				assert.Equal(t, names, got)
			})
		}
	}
}

func TestClientRefusesUnknownGroups(t *testing.T) {
	peer.CheckLeaks(t)
	server := peer.Start(t, peer.Command{Path: peer.BuildCpp(t, peer.Cpp{
		Slice: []string{"Bench.ice"}, Sources: []string{"cpp/server.cpp"}, Args: []string{"-O2"},
	})})
	client := filepath.Join(t.TempDir(), "client")
	peer.Run(t, "go", "build", "-o", client, "./client")
	err := exec.Command(client, "--endpoint", server.Value("tcp"), "--groups", "nonsense").Run()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 77, exit.ExitCode(), "the status that run.sh takes for: this client has no such group")
}
