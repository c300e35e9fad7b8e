// Command queries shows what asynchronous calls are good for: it sends the
// same number of queries to an OMERO server one after another, and then all at
// once.
//
//	OMERO_PASSWORD=secret go run ./gateway/examples/queries -host omero.example.org -user me
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

const query = "select i from Image i left outer join fetch i.pixels where i.id > 0"

func main() {
	host := flag.String("host", "localhost", "the server, or a URL such as wss://example.org/omero-ws")
	user := flag.String("user", "root", "who logs in, with the password in OMERO_PASSWORD")
	n := flag.Int("n", 10, "how many queries")
	delay := flag.Duration("delay", 0, "how long each query takes (for the test server only)")
	insecure := flag.Bool("insecure", false, "trust whatever server answers")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	config := gateway.Config{Host: *host, User: *user, Password: gateway.NewSecret(os.Getenv("OMERO_PASSWORD"))}
	if *insecure {
		config.TLS = gateway.InsecureSkipVerify()
	}
	if err := run(ctx, os.Stdout, config, *n, *delay); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, config gateway.Config, n int, delay time.Duration) error {
	session, err := gateway.Connect(ctx, config)
	if err != nil {
		return err
	}
	defer session.Close()
	params := &omero.SysParameters{}
	if delay > 0 {
		params.Map = map[string]omero.AnyRType{"delay": &omero.RInt{Val: int32(delay.Milliseconds())}}
	}

	start := time.Now()
	images, err := serial(ctx, session.Query(), params, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d queries one after another: %d images in %.2f s\n", n, images, time.Since(start).Seconds())

	start = time.Now()
	images, err = concurrent(ctx, session.Query(), params, n)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d queries at once:           %d images in %.2f s\n", n, images, time.Since(start).Seconds())
	return nil
}

// serial waits for each answer before it asks again.
func serial(ctx context.Context, service omero.IQueryPrx, params *omero.SysParameters, n int) (images int, err error) {
	for range n {
		found, err := service.FindAllByQuery(ctx, query, params)
		if err != nil {
			return 0, err
		}
		images += len(found)
	}
	return images, nil
}

// concurrent asks n times at once and then waits for all answers.
func concurrent(ctx context.Context, service omero.IQueryPrx, params *omero.SysParameters, n int) (images int, err error) {
	futures := make([]*ice.Future[omero.IObjectList], n)
	for i := range futures {
		futures[i] = service.FindAllByQueryAsync(ctx, query, params)
	}
	answers, err := async.All(ctx, futures...)
	for _, found := range answers {
		images += len(found)
	}
	return images, err
}
