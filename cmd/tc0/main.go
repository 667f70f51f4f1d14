package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Exit statuses.
const (
	exitHolds       = 0
	exitFails       = 1
	exitUsage       = 2
	exitUndecided   = 3
	exitInterrupted = 130
)

// verdict ends the program with a status after the answer has been printed.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit status %d", int(v)) }

// failure is an error that is itself the answer: status 1 and a line on stderr.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// undecided is an error that leaves the question open: status 3 and a line on stderr.
type undecided struct{ error }

func (u undecided) Unwrap() error { return u.error }

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// grace is how long an interrupted job may take to end in good order.
const grace = 2 * time.Second

// run runs the command and returns the exit status. Some stages of a compilation
// cannot be interrupted; after a moment they are abandoned. Nothing half-written
// stays behind, since files get their names when they are complete.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := newMeter(stderr)
	done := make(chan error, 1)
	go func() { done <- execute(ctx, args, stdout, stderr, bar) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		stop() // a second Ctrl-C kills at once
		select {
		case err = <-done:
		case <-time.After(grace):
			err = ctx.Err()
		}
	}
	bar.stop()
	removeTemporaries()
	return status(err, stderr)
}

// interrupted tells the error of a job that was told to end.
func interrupted(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) || ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
}

// status prints the error's line and chooses the exit status.
func status(err error, stderr io.Writer) int {
	var v verdict
	var f failure
	var u undecided
	switch {
	case err == nil:
		return exitHolds
	case errors.As(err, &v):
		return int(v)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "tc0: interrupted; no file is half written")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "tc0: "+oneLine(err.Error()))
	switch {
	case errors.As(err, &f):
		return exitFails
	case errors.As(err, &u):
		return exitUndecided
	}
	return exitUsage
}

// oneLine keeps a message on one line, however it was put together.
func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}
