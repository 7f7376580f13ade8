package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// This file implements classic TPP by hand, with encoding/json and a connection for each call.
// Classic mode of tpp is compared with it.

type oneshotRequest struct {
	Token  string          `json:"token"`
	Action string          `json:"action"`
	Body   json.RawMessage `json:"body"`
}

type oneshotResponse struct {
	Code int             `json:"code"`
	Body json.RawMessage `json:"body"`
}

func readOneshot(r *bufio.Reader, v any) error {
	const most = 16 << 20
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(line[:len(line)-1]))
	if err != nil || n < 0 || n > most {
		return errors.New("bad length")
	}
	p := make([]byte, n)
	if _, err := io.ReadFull(r, p); err != nil {
		return err
	}
	return json.Unmarshal(p, v)
}

func writeOneshot(c net.Conn, v any) error {
	p, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b := append(strconv.AppendInt(make([]byte, 0, len(p)+12), int64(len(p)), 10), '\n')
	_, err = c.Write(append(b, p...))
	return err
}

func serveOneshot(l net.Listener, _ *tls.Config) error {
	return accept(l, func(c net.Conn) {
		var req oneshotRequest
		if readOneshot(bufio.NewReader(c), &req) != nil {
			return
		}
		body, err := performOneshot(&req)
		if err != nil {
			writeOneshot(c, map[string]any{"code": 1, "body": map[string]string{"error": err.Error()}})
			return
		}
		writeOneshot(c, map[string]any{"code": 0, "body": map[string]any{req.Action: body}})
	})
}

func performOneshot(req *oneshotRequest) (any, error) {
	if req.Token != token {
		return nil, errors.New("bad token")
	}
	var s byHand
	switch req.Action {
	case "small":
		return performByHand(req.Body, s.Small)
	case "medium":
		return performByHand(req.Body, s.Medium)
	case "blob":
		return performByHand(req.Body, s.Blob)
	}
	return nil, errors.New("no such action")
}

func performByHand[T any](body []byte, f func(in, out *T) error) (*T, error) {
	in, out := new(T), new(T)
	if err := json.Unmarshal(body, in); err != nil {
		return nil, err
	}
	return out, f(in, out)
}

func connectOneshot(p peer) (func() call, error) {
	return func() call {
		return of[call](p.size,
			func() error { return callOneshot(p, "small", smallByHand) },
			func() error { return callOneshot(p, "medium", mediumByHand) },
			func() error { return callOneshot(p, "blob", blobByHand) })
	}, nil
}

func callOneshot[T any](p peer, action string, in *T) error {
	c, err := p.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := writeOneshot(c, map[string]any{"token": token, "action": action, "body": in}); err != nil {
		return err
	}
	var resp oneshotResponse
	if err := readOneshot(bufio.NewReader(c), &resp); err != nil {
		return err
	}
	if resp.Code != 0 {
		return fmt.Errorf("code %d: %s", resp.Code, resp.Body)
	}
	var body map[string]*T
	if err := json.Unmarshal(resp.Body, &body); err != nil {
		return err
	}
	return check(body[action])
}
