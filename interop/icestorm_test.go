package interop_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/generated/icestorm"
	"github.com/slice2go/slice2go/interop/bench/bench"
	"github.com/slice2go/slice2go/interop/peer"
	"github.com/slice2go/slice2go/runtime/ice"
)

// startStorm starts IceStorm in an icebox, and gives its topic manager.
func startStorm(t *testing.T, comm *ice.Communicator) icestorm.TopicManagerPrx {
	t.Helper()
	peer.Require(t, "icebox", "icestorm-service")
	dir := t.TempDir()
	endpoint := fmt.Sprint("tcp -h 127.0.0.1 -p ", peer.FreePort(t))
	write := func(name string, lines ...string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
		return path
	}
	service := write("storm.cfg", "IceStorm.InstanceName=Test", "IceStorm.Transient=1", "IceStorm.Flush.Timeout=10",
		"IceStorm.TopicManager.Endpoints="+endpoint, "IceStorm.Publish.Endpoints=tcp -h 127.0.0.1")
	box := write("box.cfg", "IceBox.Service.IceStorm=IceStormService,37:createIceStorm --Ice.Config="+service, "IceBox.PrintServicesReady=services")
	peer.Start(t, peer.Command{Path: "icebox", Args: []string{"--Ice.Config=" + box}, Ready: "services ready"})
	base, err := comm.StringToProxy("Test/TopicManager:" + endpoint)
	require.NoError(t, err)
	manager, err := icestorm.CheckedTopicManagerPrx(t.Context(), base)
	require.NoError(t, err)
	require.NotNil(t, manager)
	return manager
}

// subscriber is a listener of a topic on an adapter of its own.
func subscriber(t *testing.T, comm *ice.Communicator, name string) (*listener, bench.ListenerPrx) {
	t.Helper()
	adapter, err := comm.NewAdapter(name, "tcp -h 127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, adapter.Activate())
	l := &listener{texts: make(chan string, 1000)}
	p, err := adapter.Add(bench.NewListenerServant(l), ice.Identity{Name: name})
	require.NoError(t, err)
	return l, bench.NewListenerPrx(p)
}

func (l *listener) take(t *testing.T, n int) []string {
	t.Helper()
	var texts []string
	for range n {
		select {
		case text := <-l.texts:
			texts = append(texts, text)
		case <-time.After(30 * time.Second):
			require.Fail(t, "too few messages", "%d of %d", len(texts), n)
		}
	}
	return texts
}

func TestIceStorm(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := ice.NewCommunicator()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	manager := startStorm(t, comm)
	ctx := t.Context()

	var missing *icestorm.NoSuchTopic
	_, err = manager.Retrieve(ctx, "weather")
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "weather", missing.Name)
	topic, err := manager.Create(ctx, "weather")
	require.NoError(t, err)
	var exists *icestorm.TopicExists
	_, err = manager.Create(ctx, "weather")
	require.ErrorAs(t, err, &exists)
	name, err := topic.GetName(ctx)
	require.NoError(t, err)
	assert.Equal(t, "weather", name)

	publisherBase, err := topic.GetPublisher(ctx)
	require.NoError(t, err)
	publisher := bench.NewListenerPrx(publisherBase)
	want := make([]string, 200)
	for i := range want {
		want[i] = fmt.Sprint("message ", i)
	}

	ordered, orderedPrx := subscriber(t, comm, "ordered")
	_, err = topic.SubscribeAndGetPublisher(ctx, icestorm.QoS{"reliability": "ordered"}, orderedPrx)
	require.NoError(t, err)
	var already *icestorm.AlreadySubscribed
	_, err = topic.SubscribeAndGetPublisher(ctx, nil, orderedPrx)
	require.ErrorAs(t, err, &already)
	oneway, onewayPrx := subscriber(t, comm, "oneway")
	own, err := topic.SubscribeAndGetPublisher(ctx, nil, ice.Oneway(onewayPrx))
	require.NoError(t, err)
	batch, batchPrx := subscriber(t, comm, "batch")
	_, err = topic.SubscribeAndGetPublisher(ctx, nil, ice.BatchOneway(batchPrx))
	require.NoError(t, err)
	var quality *icestorm.BadQoS
	_, err = topic.SubscribeAndGetPublisher(ctx, icestorm.QoS{"reliability": "none"}, publisher)
	require.ErrorAs(t, err, &quality)
	subscribers, err := topic.GetSubscribers(ctx)
	require.NoError(t, err)
	assert.Len(t, subscribers, 3)

	for _, text := range want {
		require.NoError(t, publisher.Told(ctx, text))
	}
	assert.Equal(t, want, ordered.take(t, len(want)))
	for _, l := range []*listener{oneway, batch} {
		got := l.take(t, len(want)) // which of our dispatches runs first is open
		slices.Sort(got)
		sorted := slices.Sorted(slices.Values(want))
		assert.Equal(t, sorted, got)
	}

	require.NoError(t, bench.NewListenerPrx(own).Told(ctx, "for you alone"))
	assert.Equal(t, []string{"for you alone"}, oneway.take(t, 1))

	require.NoError(t, topic.Unsubscribe(ctx, onewayPrx))
	oneways := ice.Oneway(publisher)
	require.NoError(t, oneways.Told(ctx, "one-way"))
	batched := ice.BatchOneway(publisher)
	require.NoError(t, batched.Told(ctx, "batched"))
	require.NoError(t, batched.IceFlushBatch(ctx))
	got := ordered.take(t, 2)
	slices.Sort(got)
	assert.Equal(t, []string{"batched", "one-way"}, got)
	assert.Empty(t, oneway.texts, "it has unsubscribed")

	// A link passes on what is published in another topic, if it does not cost too much.
	source, err := manager.Create(ctx, "source")
	require.NoError(t, err)
	require.NoError(t, source.Link(ctx, topic, 5))
	links, err := source.GetLinkInfoSeq(ctx)
	require.NoError(t, err)
	require.Len(t, links, 1)
	assert.Equal(t, "weather", links[0].Name)
	assert.Equal(t, int32(5), links[0].Cost)
	sourceBase, err := source.GetPublisher(ctx)
	require.NoError(t, err)
	sourcePublisher := bench.NewListenerPrx(sourceBase)
	require.NoError(t, ice.WithContext(sourcePublisher, map[string]string{"cost": "9"}).Told(ctx, "too dear"))
	require.NoError(t, sourcePublisher.Told(ice.ContextWith(ctx, map[string]string{"cost": "3"}), "cheap"))
	assert.Equal(t, []string{"cheap"}, ordered.take(t, 1))

	topics, err := manager.RetrieveAll(ctx)
	require.NoError(t, err)
	assert.Len(t, topics, 2)
	require.NoError(t, topic.Destroy(ctx))
	require.ErrorIs(t, topic.Destroy(ctx), ice.ErrObjectNotExist)
}

// IceStorm drops a subscriber that does not exist any more; the others do not notice.
func TestIceStormDropsBrokenSubscribers(t *testing.T) {
	peer.CheckLeaks(t)
	comm, err := ice.NewCommunicator()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, comm.Close()) })
	manager := startStorm(t, comm)
	ctx := t.Context()
	topic, err := manager.Create(ctx, "weather")
	require.NoError(t, err)
	l, p := subscriber(t, comm, "alive")
	_, err = topic.SubscribeAndGetPublisher(ctx, nil, ice.WithIdentity(p, ice.Identity{Name: "gone"}))
	require.NoError(t, err)
	_, err = topic.SubscribeAndGetPublisher(ctx, nil, p)
	require.NoError(t, err)
	publisher, err := topic.GetPublisher(ctx)
	require.NoError(t, err)
	requireSoon(t, func(ctx context.Context) bool { // it looks for the dead when it publishes
		require.NoError(t, bench.NewListenerPrx(publisher).Told(ctx, "hello"))
		assert.Equal(t, []string{"hello"}, l.take(t, 1))
		subscribers, err := topic.GetSubscribers(ctx)
		return err == nil && slices.Equal(subscribers, []ice.Identity{{Name: "alive"}})
	}, "the broken subscriber is dropped")
}
