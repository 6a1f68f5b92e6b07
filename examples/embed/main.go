// Command embed shows how a service holds a workflow engine: an HTTP server that
// starts runs, shows and takes answers to their questions, and ends cleanly at
// SIGTERM. It needs nothing but the standard library beside soarkit.
//
//	go run ./examples/embed &
//	curl -d '{"host":"ws-17"}' localhost:8080/runs/INC-1
//	curl localhost:8080/questions
//	curl -d '{"yes":true,"by":{"name":"ada"}}' localhost:8080/runs/INC-1/answer
//	curl localhost:8080/runs
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/soarkit/soarkit/workflow"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err == nil {
		err = serve(ctx, listener, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

// drainTime is how long runs may go on after the end was asked for.
const drainTime = 20 * time.Second

// serve serves until ctx ends. Then it takes no more requests, ends the streams of
// events, lets what is under way come to an end, cancels and undoes what is left, and returns when nothing of
// it is running any more.
func serve(ctx context.Context, listener net.Listener, log *slog.Logger) error {
	contain, err := newContain()
	if err != nil {
		return err
	}
	engine := workflow.NewEngine(workflow.Options{Observer: workflow.LogTo(log)})
	requests, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	server := &http.Server{Handler: newAPI(engine, contain), ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return requests }}
	server.RegisterOnShutdown(endStreams) // Shutdown waits for who reads events, and they wait for events
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("serving", "addr", listener.Addr().String())
	select {
	case err = <-failed: // it could not serve
	case <-ctx.Done():
		err = drain(ctx, server, log)
		<-failed
	}
	drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if cut := engine.Close(drained); cut != nil {
		log.Warn("runs were cut short", "error", cut)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func drain(ctx context.Context, server *http.Server, log *slog.Logger) error {
	log.Info("draining", "cause", context.Cause(ctx))
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return server.Shutdown(short)
}
