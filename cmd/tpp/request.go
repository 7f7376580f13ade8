package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// document returns the JSON that the value of -d stands for: the content of a
// file for @FILE, standard input for -, {} for "", else the value itself.
func document(arg string, stdin io.Reader) (json.RawMessage, error) {
	name, isFile := strings.CutPrefix(arg, "@")
	var data []byte
	var err error
	switch {
	case arg == "":
		return json.RawMessage("{}"), nil
	case isFile:
		data, err = os.ReadFile(name)
	case arg == "-":
		name = "standard input"
		data, err = io.ReadAll(stdin)
	default:
		name, data = "-d", []byte(arg)
	}
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var doc json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		line, col := position(data, err)
		return nil, usagef("%s:%d:%d: not JSON: %v", name, line, col, err)
	}
	return doc, nil
}

// position returns the line and column in data of what caused err.
func position(data []byte, err error) (line, col int) {
	at := len(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 && int(syntax.Offset) <= len(data) {
		at = int(syntax.Offset) - 1
	}
	before := data[:at]
	return bytes.Count(before, []byte("\n")) + 1, at - bytes.LastIndexByte(before, '\n')
}

// An envelope is the keys of a request other than those of the protocol, in the
// order of the command line.
type envelope []envelopeKey

type envelopeKey struct {
	name  string
	value json.RawMessage
}

// protocolKeys are the keys of a request that have a meaning in TPP.
var protocolKeys = []string{"token", "action", "body", "id", "timeout", "cancel"}

// parseEnvelope parses arguments of the form KEY=VALUE. A value that isn't JSON
// is a string.
func parseEnvelope(args []string) (envelope, error) {
	var e envelope
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		switch {
		case !ok || key == "":
			return nil, usagef("--envelope %s: want KEY=VALUE", arg)
		case slices.Contains(protocolKeys, key):
			return nil, usagef("--envelope %s: the key belongs to the protocol", key)
		case e.value(key) != nil:
			return nil, usagef("--envelope %s: the key is given twice", key)
		}
		if !json.Valid([]byte(value)) {
			value = string(codec.AppendString(nil, value))
		}
		e = append(e, envelopeKey{key, json.RawMessage(value)})
	}
	return e, nil
}

// value returns the value of a key, or nil if there is none.
func (e envelope) value(key string) json.RawMessage {
	for _, m := range e {
		if m.name == key {
			return m.value
		}
	}
	return nil
}

// message returns e as a message, or nil if it's empty.
func (e envelope) message() runtime.Message {
	if len(e) == 0 {
		return nil
	}
	return e
}

// AppendJSON appends e as an object.
func (e envelope) AppendJSON(b []byte) ([]byte, error) {
	start := len(b)
	for _, k := range e {
		b = append(codec.AppendString(append(b, ','), k.name), ':')
		b = append(b, k.value...)
	}
	return codec.EndObject(b, start), nil
}

// checkRequest validates a request against the contract.
func (a *action) checkRequest(body json.RawMessage, e envelope) error {
	if err := a.checkKeys(e); err != nil {
		return err
	}
	var problems []error
	for _, f := range a.keys() {
		if value := e.value(f.Name); value != nil {
			if err := a.validator.check(f.Type, value); err != nil {
				problems = append(problems, fmt.Errorf("envelope key %s: %w", f.Name, err))
			}
		}
	}
	if err := a.validator.check(a.model.Request, body); err != nil {
		problems = append(problems, fmt.Errorf("request: %w", err))
	}
	return errors.Join(problems...)
}

// keys returns the envelope keys of the contract.
func (a *action) keys() []*model.Field {
	if a.service.Envelope == nil {
		return nil
	}
	return a.service.Envelope.Fields
}

// checkKeys checks that the contract knows each envelope key, and that those it
// requires are there.
func (a *action) checkKeys(e envelope) error {
	var known []string
	for _, f := range a.keys() {
		known = append(known, f.Name)
		if f.Required && !a.model.NoEnvelope && e.value(f.Name) == nil {
			return usagef("the contract requires the envelope key %q: add --envelope %s=VALUE", f.Name, f.Name)
		}
	}
	if a.model.NoEnvelope && len(e) > 0 {
		return usagef("--envelope %s: the contract says that %s carries no envelope keys", e[0].name, a.name)
	}
	for _, m := range e {
		if !slices.Contains(known, m.name) {
			return usagef("--envelope %s: the contract has no such key%s", m.name, oneOf(m.name, known))
		}
	}
	return nil
}

// oneOf returns a hint for a name that isn't one of names, for the end of a message.
func oneOf(name string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return gen.Suggest(name, names) + "; there are " + strings.Join(names, ", ")
}
