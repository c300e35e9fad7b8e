package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/slice2go/slice2go/gateway"
	"github.com/slice2go/slice2go/gateway/omerotest"
	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/async"
	"github.com/slice2go/slice2go/runtime/ice"
)

// demoFlags are those of omero demo.
type demoFlags struct {
	queries int
	delay   time.Duration
	picture string
	verbose bool
}

func newDemoCommand() *cobra.Command {
	f := &demoFlags{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what asynchronous calls are good for, without a server",
		Long: `Show what asynchronous calls are good for, without a server.

It starts an OMERO of its own with a small lab in it, puts a network before it
that takes its time, and sends it queries: one after the other, and then all at once.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), f)
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.queries, "queries", "n", 100, "how many queries")
	flags.DurationVar(&f.delay, "delay", 40*time.Millisecond, "`time` that the network takes there and back")
	flags.StringVarP(&f.picture, "picture", "o", filepath.Join(os.TempDir(), "omero-demo.png"), "`file` for the picture")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say what happens")
	return cmd
}

func demo(ctx context.Context, out, log io.Writer, f *demoFlags) (err error) {
	if f.queries < 1 || f.delay < 0 {
		return usageError{errors.New("there must be one query at least, and the network cannot take less than no time")}
	}
	start := time.Now()
	server, err := omerotest.Start(ctx, omerotest.SampleData(), omerotest.NetworkDelay(f.delay), omerotest.Transports("tcp"), omerotest.Logger(logger(log, f.verbose)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	session, err := gateway.Connect(ctx, server.Config())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	fmt.Fprintf(out, "An OMERO with a small lab in it, started and logged in to in %v.\n", time.Since(start).Round(time.Millisecond))
	fmt.Fprintf(out, "The network before it takes %v there and back.\n\n", f.delay)
	if err := race(ctx, out, session, f.queries); err != nil {
		return err
	}
	return draw(ctx, out, session, f.picture)
}

// question is a query with what it is about.
type question struct {
	about, hql string
	args       map[string]omero.AnyRType
}

// questions are so many of them, about a lab like the sample's. They differ from
// each other by whom and what they ask for.
func questions(n int) []question {
	kinds := []question{
		{"images with 'control' in their names", "select count(i.id) from Image i where i.name like '%control%' and i.id > :n", nil},
		{"images in each dataset, at most", "select max(size(d.imageLinks)) from Dataset d where d.id > :n", nil},
		{"planes of all images", "select sum(p.sizeZ * p.sizeC * p.sizeT) from Pixels p where p.image.id > :n", nil},
		{"images tagged 'mitotic'", "select count(l.id) from ImageAnnotationLink l join l.child a where a.textValue = 'mitotic' and l.parent.id > :n", nil},
		{"regions of interest", "select count(distinct r.id) from Roi r join r.shapes s where r.image.id > :n", nil},
	}
	all := make([]question, n)
	for i := range all {
		all[i] = kinds[i%len(kinds)]
		all[i].args = map[string]omero.AnyRType{"n": omero.NewRLong(int64(i / len(kinds)))}
	}
	return all
}

// race asks all questions twice.
func race(ctx context.Context, out io.Writer, session *gateway.Session, n int) error {
	all := questions(n)
	query := session.Query()
	start := time.Now()
	for _, q := range all {
		if _, err := query.Projection(ctx, q.hql, &omero.SysParameters{Map: q.args}); err != nil {
			return fmt.Errorf("%s: %w", q.hql, err)
		}
	}
	one := time.Since(start)
	start = time.Now()
	futures := make([]*ice.Future[omero.RTypeSeqSeq], n)
	for i, q := range all {
		futures[i] = query.ProjectionAsync(ctx, q.hql, &omero.SysParameters{Map: q.args})
	}
	answers, err := async.All(ctx, futures...)
	if err != nil {
		return err
	}
	together := time.Since(start)
	fmt.Fprintf(out, "%d queries, one after the other: %v\n%d queries, all at once:          %v\nThat is %.0f times as fast.\n\nSome of the answers:\n",
		n, one.Round(time.Millisecond), n, together.Round(time.Millisecond), float64(one)/float64(max(together, 1)))
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	for i, q := range all[:min(n, 5)] {
		fmt.Fprintf(table, "  %s\t%s\n", q.about, first(answers[i]))
	}
	return table.Flush()
}

// first is the first value of an answer.
func first(rows omero.RTypeSeqSeq) string {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return "-"
	}
	switch v := rows[0][0].(type) {
	case *omero.RLong:
		return strconv.FormatInt(v.GetValue(), 10)
	case *omero.RInt:
		return strconv.Itoa(int(v.GetValue()))
	case *omero.RDouble:
		return strconv.FormatFloat(v.GetValue(), 'g', -1, 64)
	}
	return fmt.Sprint(rows[0][0])
}

// draw has the server draw a plane, and keeps it as a PNG.
func draw(ctx context.Context, out io.Writer, session *gateway.Session, file string) (err error) {
	rows, err := session.Query().Projection(ctx, "select p.id, p.sizeX, p.sizeY, p.image.name from Pixels p order by p.id", &omero.SysParameters{
		TheFilter: &omero.SysFilter{Limit: omero.NewRInt(1)},
	})
	if err != nil {
		return err
	}
	id, width, height := rows[0][0].(*omero.RLong).Val, int(rows[0][1].(*omero.RInt).Val), int(rows[0][2].(*omero.RInt).Val)
	engine, err := session.RenderingEngine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()
	if err := engine.LookupPixels(ctx, id); err != nil {
		return err
	}
	known, err := engine.LookupRenderingDef(ctx, id)
	if err != nil {
		return err
	}
	if !known {
		if _, err := engine.ResetDefaultSettings(ctx, true); err != nil {
			return err
		}
		if _, err := engine.LookupRenderingDef(ctx, id); err != nil {
			return err
		}
	}
	if err := engine.Load(ctx); err != nil {
		return err
	}
	for channel := range 2 {
		if err := engine.SetActive(ctx, int32(channel), true); err != nil {
			return err
		}
	}
	packed, err := engine.RenderAsPackedInt(ctx, &omero.RomioPlaneDef{Slice: omero.RomioXY, Z: 1, T: 0})
	if err != nil {
		return err
	}
	if len(packed) != width*height {
		return fmt.Errorf("the picture has %d points, and not %d by %d", len(packed), width, height)
	}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, v := range packed {
		picture.SetRGBA(i%width, i/width, color.RGBA{byte(v >> 16), byte(v >> 8), byte(v), 255})
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := errors.Join(png.Encode(f, picture), f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA plane of %q is in %s\n", rows[0][3].(*omero.RString).GetValue(), file)
	return nil
}
