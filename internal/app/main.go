// Package app puts the server together: configuration, object graph, run, reload, stop. It is the one place that knows all parts; the parts
// do not know each other.
package app

//go:generate go run ./gen

import (
	"context"
	"io"
	"os/signal"
	"runtime/debug"
	"syscall"

	"parley/internal/cli"
)

// Main runs one command line and returns the exit status. SIGINT and SIGTERM end it in order; a second one at once.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Main(ctx, cli.Deps{Version: Version(), Serve: Serve, Local: Local, Users: openUsers, DNS: names, Quality: openArchive, Upkeep: openUpkeep}, args, in, out, errOut)
}

// Version is what the binary was built from: a tag, or the commit after it.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
