package main

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/tpp-rpc/tpp/examples/files/files"
)

// A service keeps the files in a directory. It holds one piece of a file at a time.
type service struct{ dir *os.Root }

var _ files.Files = service{}

// Put writes what comes to a file of its own, which gets its name when it is whole.
func (s service) Put(_ context.Context, req *files.PutRequest, items iter.Seq2[files.Piece, error]) (*files.PutResponse, error) {
	name := ".new-" + rand.Text()
	f, err := s.dir.Create(name)
	if err != nil {
		return nil, err
	}
	defer s.dir.Remove(name) // does nothing once it is renamed
	hash := sha256.New()
	size, err := writePieces(io.MultiWriter(f, hash), items)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if err := s.dir.Rename(name, req.Name); err != nil {
		return nil, err
	}
	return &files.PutResponse{Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

func (s service) Get(_ context.Context, req *files.GetRequest) iter.Seq2[files.Piece, error] {
	return func(yield func(files.Piece, error) bool) {
		f, err := s.dir.Open(req.Name)
		if errors.Is(err, fs.ErrNotExist) {
			err = files.ErrNoFile.Errorf("there is no file %q", req.Name)
		}
		if err != nil {
			yield(files.Piece{}, err)
			return
		}
		defer f.Close()
		pieces(f)(yield)
	}
}

func (s service) Gzip(_ context.Context, _ *files.GzipRequest, items iter.Seq2[files.Piece, error]) iter.Seq2[files.Piece, error] {
	return func(yield func(files.Piece, error) bool) {
		r, w := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			z := gzip.NewWriter(w)
			_, err := writePieces(z, items)
			w.CloseWithError(errors.Join(err, z.Close()))
		}()
		pieces(r)(yield)
		r.Close() // ends the goroutine if the caller has left
		<-done
	}
}

// pieceSize is how much of a file travels at once.
const pieceSize = 48 << 10

// pieces yields what r has.
func pieces(r io.Reader) iter.Seq2[files.Piece, error] {
	return func(yield func(files.Piece, error) bool) {
		buf := make([]byte, pieceSize)
		for {
			n, err := io.ReadFull(r, buf)
			if n > 0 && !yield(files.Piece{Data: buf[:n]}, nil) {
				return
			}
			switch {
			case err == io.EOF, err == io.ErrUnexpectedEOF:
				return
			case err != nil:
				yield(files.Piece{}, err)
				return
			}
		}
	}
}

// writePieces writes what items yields to w, and returns how many bytes that were.
func writePieces(w io.Writer, items iter.Seq2[files.Piece, error]) (size int64, err error) {
	for piece, err := range items {
		if err != nil {
			return size, err
		}
		n, err := w.Write(piece.Data)
		size += int64(n)
		if err != nil {
			return size, err
		}
	}
	return size, nil
}
