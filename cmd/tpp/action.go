package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/load"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/stub"
)

// An action is the action to call: its name, and what a contract says about it
// if there is one.
type action struct {
	name string

	// Without a contract these are nil.
	service *model.Service
	model   *model.Action

	validator validator // of what is sent and received
}

// action finds an action in the contract.
func (c *callRun) action(name string) (*action, error) {
	contract, err := c.read(c.contract)
	if err != nil {
		return nil, err
	}
	return actionIn(c.contract, []*model.Contract{contract}, name)
}

// actionIn finds an action in the contracts that were read from a file or an address.
func actionIn(from string, all []*model.Contract, name string) (*action, error) {
	var names []string
	for _, c := range all {
		a, known := actionNamed(c, name)
		if a != nil {
			return &action{name: name, service: c.Service, model: a}, nil
		}
		names = append(names, known...)
	}
	return nil, usagef("%s has no action %q%s", from, name, oneOf(name, names))
}

// endless reports whether the contract says that the stream never ends.
func (a *action) endless() bool {
	return a.model != nil && a.model.Stream != nil && a.model.Stream.End == model.EndNever
}

// call calls the action through do and prints each result when it arrives.
func (a *action) call(ctx context.Context, do runtime.Func, body json.RawMessage, envelope runtime.Message, out io.Writer) error {
	req := new(runtime.Raw(body))
	if a.model == nil {
		return a.callUnknown(ctx, do, req, envelope, out)
	}
	info := a.info()
	if !info.Stream {
		result, err := stub.Invoke[result](ctx, do, info, req, envelope)
		if err != nil {
			return err
		}
		return a.print(out, *result)
	}
	for item, err := range stub.InvokeStream[result](ctx, do, info, req, envelope) {
		if err == nil {
			err = a.print(out, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// callUnknown calls an action without a contract: any number of responses may
// arrive.
func (a *action) callUnknown(ctx context.Context, do runtime.Func, body, envelope runtime.Message, out io.Writer) error {
	req := &runtime.Request{
		Action: a.name, Body: body, Envelope: envelope,
		Info: &runtime.Action{Name: a.name, Stream: true},
	}
	answered := false
	err := do(ctx, req, runtime.ResponderFunc(func(body runtime.Message) error {
		answered = true
		text, err := body.AppendJSON(nil)
		if err != nil {
			return err
		}
		return printLine(out, text)
	}))
	if err == nil && !answered {
		return runtime.BadResponse.Errorf("the response was null, or the connection closed without one; use --contract FILE to tell these apart")
	}
	return err
}

// info returns the action as the runtime describes it.
func (a *action) info() *runtime.Action {
	m := a.model
	info := &runtime.Action{
		Name:       m.Name,
		Reply:      reply(m.Reply),
		Stream:     m.Stream != nil,
		Upload:     m.Upload != nil,
		Idempotent: m.Idempotent,
		NoAuth:     m.NoAuth,
	}
	if s := m.Stream; s != nil {
		info.Ack, info.AckReply = s.Ack, reply(s.AckReply)
		info.End = map[model.StreamEnd]runtime.StreamEnd{
			model.EndClose: runtime.EndClose, model.EndNull: runtime.EndNull, model.EndNever: runtime.EndNever,
		}[s.End]
	}
	return info
}

// reply returns r as the runtime describes it.
func reply(r model.Reply) runtime.Reply {
	switch r.Kind {
	case model.Bare:
		return runtime.Bare
	case model.KeyNamed:
		return runtime.Key(r.Key)
	case model.KeyFrom:
		return runtime.KeyFrom(r.Key)
	}
	return runtime.Keyed
}

// print prints a result if it fits the contract.
func (a *action) print(out io.Writer, r result) error {
	if err := a.validator.check(a.model.Response, r); err != nil {
		return runtime.BadResponse.Errorf("the response doesn't fit the contract: %w", err)
	}
	return printLine(out, r)
}

// printLine prints a JSON text on one line.
func printLine(out io.Writer, text []byte) error {
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil {
		return err
	}
	line.WriteByte('\n')
	_, err := out.Write(line.Bytes())
	return err
}

// A result is the JSON text of a result.
type result json.RawMessage

// DecodeJSON reads r from d.
func (r *result) DecodeJSON(d *codec.Decoder) { *r = result(d.Raw()) }

// A callError is why a call failed.
type callError struct {
	Code    *runtime.Code   `json:"code,omitempty"` // nil if no peer sent it
	Name    string          `json:"name,omitempty"` // in the contract
	Reason  runtime.Reason  `json:"reason,omitempty"`
	Pointer string          `json:"pointer,omitempty"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Error returns e on one line. It leaves out the pointer, which the message has, and
// doesn't repeat the beginning of the message.
func (e *callError) Error() string {
	var b strings.Builder
	what := cmp.Or(e.Name, e.Reason.Error())
	switch {
	case e.Code != nil && what != "":
		fmt.Fprintf(&b, "code %v (%s)", *e.Code, what)
	case e.Code != nil:
		fmt.Fprintf(&b, "code %v", *e.Code)
	default:
		b.WriteString(what)
	}
	message := strings.TrimPrefix(e.Message, what+": ")
	switch {
	case message == "" && what == "":
		b.WriteString(", without a message")
	case message != "" && b.Len() > 0:
		b.WriteString(": ")
	}
	b.WriteString(message)
	if e.Data != nil {
		b.WriteString("; data: ")
		b.Write(e.Data)
	}
	return b.String()
}

// failure returns err as a callError, with the name that it has in the contract.
func (a *action) failure(err error) *callError {
	if bad := (*itemError)(nil); errors.As(err, &bad) {
		return &callError{Message: bad.Error()}
	}
	var e *runtime.Error
	if !errors.As(err, &e) {
		return &callError{Message: err.Error()} // such as that of a full disk
	}
	failure := &callError{Name: e.Name, Reason: e.Reason, Pointer: e.Pointer, Message: err.Error()}
	switch e.Reason {
	case runtime.Canceled, runtime.DeadlineExceeded, runtime.Unavailable, runtime.BadResponse:
		return failure
	}
	failure.Code, failure.Message = &e.Code, e.Message
	if e.Data != nil {
		failure.Data, _ = e.Data.AppendJSON(nil)
	}
	if a.service == nil || failure.Name != "" {
		return failure
	}
	for _, known := range a.service.Errors {
		if errors.Is(e, sentinel(known)) {
			failure.Name = known.Name
			break
		}
	}
	return failure
}

// sentinel returns what stands for an error of a contract.
func sentinel(e *model.Error) *runtime.Error {
	info := runtime.ErrorInfo{Code: runtime.Code(e.Code), Name: e.Name}
	if e.Match != "" {
		info.Match = regexp.MustCompile(e.Match) // the contract was checked
	}
	return runtime.NewError(info)
}

// completeActions completes the names of the actions of a contract.
func completeActions(name string) ([]string, cobra.ShellCompDirective) {
	c, err := load.Contract(name, load.Options{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, a := range c.Service.Actions {
		names = append(names, a.Name+"\t"+describe.FirstSentence(a.Description))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
