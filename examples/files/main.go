// Command files keeps files of any size, and compresses them, with one piece in memory at
// a time on both ends. Serve a directory:
//
//	go run ./examples/files serve localhost:7777 /tmp/files
//
// and from another terminal put a file there, get it again, and compress one on the way:
//
//	go run ./examples/files put localhost:7777 big <big
//	go run ./examples/files get localhost:7777 big >copy
//	go run ./examples/files gzip localhost:7777 <big >big.gz
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"

	"github.com/tpp-rpc/tpp/examples/files/files"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

const token = "secret"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	if err == errUsage {
		fmt.Fprintln(os.Stderr, "usage: files serve ADDR DIR | put ADDR NAME | get ADDR NAME | gzip ADDR")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "files:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	do := append(args, "", "", "")[0]
	switch {
	case do == "serve" && len(args) == 3:
		l, err := net.Listen("tcp", args[1])
		if err != nil {
			return err
		}
		return serve(ctx, l, args[2])
	case do != "gzip" && len(args) != 3, do == "gzip" && len(args) != 2:
		return errUsage
	}
	conn := &runtime.Client{Wire: tpp.Wire{}, Addr: args[1], Token: token}
	defer conn.Close()
	client := files.NewClient(conn.Do)
	var err error
	switch do {
	case "put":
		var resp *files.PutResponse
		if resp, err = client.Put(ctx, &files.PutRequest{Name: args[2]}, pieces(in)); err == nil {
			fmt.Fprintln(out, resp.Size, resp.SHA256)
		}
	case "get":
		_, err = writePieces(out, client.Get(ctx, &files.GetRequest{Name: args[2]}))
	case "gzip":
		_, err = writePieces(out, client.Gzip(ctx, nil, pieces(in)))
	default:
		return errUsage
	}
	return err
}

// serve keeps the files in a directory, until ctx ends.
func serve(ctx context.Context, l net.Listener, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer root.Close()
	mux := new(runtime.Mux)
	files.Register(mux, service{root})
	server := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth.Plain(map[string]string{"me": token})}
	return server.Serve(ctx, l)
}
