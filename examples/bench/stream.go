package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A form says what travels in a stream.
type form string

const (
	down  form = "stream" // items to the client
	up    form = "upload" // items to the server
	both  form = "both"   // items to the server, which gives each back while more come
	lone  form = "lone"   // the same, but the client waits for each before it sends the next
	unary form = "unary"  // no stream, but calls: what lone is compared with
)

var forms = []form{down, up, both, lone, unary}

// waits reports whether one item at a time is under way, so that the time between two is
// how long each took.
func (f form) waits() bool { return f == lone || f == unary }

// An each is called for each item, and reports whether another one is wanted.
type each func() bool

// A stream runs one stream until each returns false. It is for one goroutine.
type stream func(each) error

// A streamer makes the streams of a system.
type streamer struct {
	name  string
	forms []form
	open  func(p peer, f form, data string) (func() stream, error)
}

var streamers = []streamer{
	{"tpp", forms, streamTPP},
	{"tpp+tls", forms, streamTPP},
	{"tpp-classic", []form{down, unary}, streamClassicTPP},
	{"grpc", forms, streamGRPC},
	{"grpc+tls", forms, streamGRPC},
	{"connect", forms, streamConnect},
	{"drpc", forms, streamDRPC},
}

func streamerNames() string {
	var names []string
	for _, s := range streamers {
		names = append(names, s.name)
	}
	return strings.Join(names, ",")
}

func findStreamer(name string) (streamer, error) {
	for _, s := range streamers {
		if s.name == name {
			return s, nil
		}
	}
	return streamer{}, fmt.Errorf("%q has no streams here: %s have", name, streamerNames())
}

// opens reports whether s has streams of form f.
func (s streamer) opens(f form) bool { return slices.Contains(s.forms, f) }

func formNames() []string {
	var names []string
	for _, f := range forms {
		names = append(names, string(f))
	}
	return names
}

// The sizes of items.
var (
	chunkNames = []string{"20B", "1KB", "60KB"}
	chunkSizes = []int{20, 1 << 10, 60 << 10}
)

func parseChunk(name string) (int, error) {
	if i := slices.Index(chunkNames, name); i >= 0 {
		return chunkSizes[i], nil
	}
	return 0, fmt.Errorf("unknown size of items %q: there are %s", name, strings.Join(chunkNames, ","))
}

// chunk returns n bytes of a build's output. Its lines have 80 characters.
func chunk(n int) string {
	line := strings.Repeat("ok pkg/module 0.123s ", 4)[:79] + "\n"
	return strings.Repeat(line, n/80+1)[:n]
}

var errItem = errors.New("wrong item")

func checkItem(data string, n int) error {
	if len(data) != n {
		return errItem
	}
	return nil
}

// What the streams of gRPC, connect-go and drpc have in common, of a client's side.
type (
	sender[T any]       interface{ Send(T) error }
	receiver[T any]     interface{ Recv() (T, error) }
	conversation[T any] interface {
		sender[T]
		receiver[T]
		CloseSend() error
	}
)

// receive reads items until more returns false or the stream ends.
func receive[T interface{ GetData() string }](s receiver[T], n int, more each) error {
	for {
		m, err := s.Recv()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = checkItem(m.GetData(), n)
		}
		if err != nil {
			return err
		}
		if !more() {
			return nil
		}
	}
}

// send sends the items that next returns until more returns false.
func send[T any](s sender[T], next func() T, more each) error {
	for more() {
		if err := s.Send(next()); err != nil {
			return err
		}
	}
	return nil
}

// converse sends items and reads them at the same time. The stream is cancelled when more
// returns false.
func converse[T interface{ GetData() string }](ctx context.Context, s conversation[T], next func() T, n int, more each) error {
	ctx, cancel := context.WithCancel(ctx)
	sent := make(chan error, 1)
	go func() {
		err := send(s, next, func() bool { return ctx.Err() == nil })
		sent <- errors.Join(err, s.CloseSend())
	}()
	wanted := true
	err := receive(s, n, func() bool {
		if wanted && !more() {
			wanted = false
			cancel()
		}
		return true // until all that was sent has come back
	})
	cancel()
	return errors.Join(err, <-sent)
}

// pingPong sends an item and reads one, until more returns false.
func pingPong[T interface{ GetData() string }](s conversation[T], next func() T, n int, more each) error {
	for {
		if err := s.Send(next()); err != nil {
			return err
		}
		m, err := s.Recv()
		if err != nil {
			return err
		}
		if err := checkItem(m.GetData(), n); err != nil {
			return err
		}
		if !more() {
			return s.CloseSend()
		}
	}
}

// repeat returns a stream of calls: one after the other.
func repeat(do call) stream {
	return func(more each) error {
		for {
			if err := do(); err != nil {
				return err
			}
			if !more() {
				return nil
			}
		}
	}
}

// checkCount checks what the server has counted.
func checkCount(got, want int64) error {
	if got != want {
		return fmt.Errorf("%d of %d items were counted", got, want)
	}
	return nil
}
