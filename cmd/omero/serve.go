package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/slice2go/slice2go/gateway/omerotest"
)

// serveFlags are those of omero serve.
type serveFlags struct {
	data, host, rootPassword string
	sample, verbose          bool
	tcp, ssl, ws, wss        int
	delay                    time.Duration
}

func newServeCommand() *cobra.Command {
	f := &serveFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Be an OMERO server until interrupted",
		Long: `Be an OMERO server until interrupted.

With --data the server keeps what it has in a folder, and has it again when it is
started with that folder again. Without, it all goes at the end.

It is a server for trying things out and for tests: it listens on this machine
only unless --host says otherwise, and it is not a whole OMERO.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "`folder` to keep the data in")
	flags.BoolVar(&f.sample, "sample", false, "fill an empty server with a small lab")
	flags.StringVar(&f.host, "host", "127.0.0.1", "`address` to listen at")
	flags.StringVar(&f.rootPassword, "root-password", omerotest.DefaultRootPassword, "`password` of root in a new server")
	flags.IntVar(&f.tcp, "tcp", 4063, "`port` for tcp; 0 takes a free one, here and below")
	flags.IntVar(&f.ssl, "ssl", 4064, "`port` for ssl")
	flags.IntVar(&f.ws, "ws", 4065, "`port` for ws")
	flags.IntVar(&f.wss, "wss", 4066, "`port` for wss")
	flags.DurationVar(&f.delay, "delay", 0, "`time` that the network shall take there and back")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say what happens")
	return cmd
}

func serve(cmd *cobra.Command, f *serveFlags) (err error) {
	options := []omerotest.Option{
		omerotest.Host(f.host), omerotest.RootPassword(f.rootPassword), omerotest.NetworkDelay(f.delay),
		omerotest.Port("tcp", f.tcp), omerotest.Port("ssl", f.ssl), omerotest.Port("ws", f.ws), omerotest.Port("wss", f.wss),
		omerotest.Logger(logger(cmd.ErrOrStderr(), f.verbose)),
	}
	if f.data != "" {
		options = append(options, omerotest.DataFolder(f.data))
	}
	if f.sample {
		options = append(options, omerotest.SampleData())
	}
	server, err := omerotest.Start(cmd.Context(), options...)
	if err != nil {
		return err
	}
	defer func() {
		if closed := server.Close(); err == nil {
			err = closed
		}
	}()
	out := cmd.OutOrStdout()
	for _, transport := range []string{"tcp", "ssl", "ws", "wss"} {
		fmt.Fprintf(out, "%-4s %s\n", transport, server.Addr(transport))
	}
	for _, u := range server.Users() {
		if u.Name != "root" {
			fmt.Fprintf(out, "user %s, password %s\n", u.Name, u.Password)
		}
	}
	fmt.Fprintln(out, "ready")
	<-cmd.Context().Done()
	return nil
}
