// This program makes calls between services and clients that were generated from two
// versions of a contract, over TCP. It reads calls as JSON, and writes what became of them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"

	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/auth"
	"github.com/tpp-rpc/tpp/runtime/codec"
	"github.com/tpp-rpc/tpp/runtime/tpp"
)

// A generated is a generated package. The test writes packages, the table of them.
type generated struct {
	register func(mux *runtime.Mux, do runtime.Func) // a client of do as the service
	client   func(do runtime.Func) any
	errs     map[string]func(data []byte) (error, error) // what a handler returns
	is       map[string]error                            // what a caller compares with
	data     map[string]func(err error) (any, bool)
}

// A call is what the test asks for.
type call struct {
	Server, Client string // the packages
	Method         string
	Token          string
	Request        json.RawMessage
	Envelope       json.RawMessage
	Uploads        []json.RawMessage
	Results        []json.RawMessage // of the handler
	Endless        bool              // it goes on after the results; the client leaves
	Err            string            // the name of its error, instead
	Data           json.RawMessage
}

// An outcome is what became of a call.
type outcome struct {
	Fault string // what the test did wrong

	Handler *seen  // the request; nil if it didn't arrive
	Client  []seen // the results

	Reason, Message string // of the client's error
	Pointer         string
	Code            int
	Known           string // the contract's error that it is
	Data            *seen  // of that
	NoData          bool   // the contract gives it data, but there is none, or it doesn't fit
	Failed          bool
}

// A seen is a value as a side got it.
type seen struct {
	JSON    json.RawMessage
	Unknown []string // properties that its type doesn't have
	Other   bool     // a branch of a union that its type doesn't have
}

func main() {
	var calls []call
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		panic(err)
	}
	s := servers{open: map[string]*server{}}
	var outcomes []outcome
	for _, c := range calls {
		outcomes = append(outcomes, s.make(c))
	}
	json.NewEncoder(os.Stdout).Encode(outcomes)
}

const token = "s3cret"

// servers are the servers that listen, by package.
type servers struct{ open map[string]*server }

// A server performs calls as the call under way says.
type server struct {
	addr string
	now  *call
	seen *outcome
}

func (s *servers) of(pkg string) *server {
	if srv := s.open[pkg]; srv != nil {
		return srv
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	srv := &server{addr: l.Addr().String()}
	s.open[pkg] = srv
	mux := new(runtime.Mux)
	packages[pkg].register(mux, srv.handle)
	r := &runtime.Server{Wire: tpp.Wire{}, Handler: mux, Auth: auth.Plain(map[string]string{"caller": token})}
	go r.Serve(context.Background(), l)
	return srv
}

// handle is what handlers do: it notes the request and gives the results.
func (s *server) handle(ctx context.Context, req *runtime.Request, out runtime.Responder) error {
	s.seen.Handler = see(req.Body)
	if req.Upload != nil {
		for item, err := range req.Upload {
			if err != nil {
				return err
			}
			if _, err := item.AppendJSON(nil); err != nil {
				return err
			}
		}
	}
	if s.now.Err != "" {
		err, bad := packages[s.now.Server].errs[s.now.Err](s.now.Data)
		if bad != nil {
			s.seen.Fault = bad.Error()
		}
		return err
	}
	respond := func(r runtime.Reply, result []byte) error {
		if key, ok := r.ResultKey(req.Info, req); ok {
			result = append(append(append(codec.AppendString([]byte("{"), key), ':'), result...), '}')
		}
		return out.Respond(new(runtime.Raw(result)))
	}
	if req.Info.Ack != "" {
		if err := respond(req.Info.AckReply, []byte(req.Info.Ack)); err != nil {
			return err
		}
	}
	for _, result := range s.now.Results {
		if err := respond(req.Info.Reply, result); err != nil {
			s.seen.Fault = err.Error()
			return err
		}
	}
	if s.now.Endless {
		<-ctx.Done()
	}
	return ctx.Err()
}

// make makes a call with a new client.
func (s *servers) make(c call) (o outcome) {
	srv := s.of(c.Server)
	srv.now, srv.seen = &c, &o
	conn := &runtime.Client{Wire: tpp.Wire{}, Addr: srv.addr, Token: c.Token}
	defer conn.Close()
	client := reflect.ValueOf(packages[c.Client].client(conn.Do))
	if c.Envelope != nil {
		with := client.MethodByName("WithEnvelope")
		e, err := decode(with.Type().In(0), c.Envelope)
		if err != nil {
			return outcome{Fault: err.Error()}
		}
		client = with.Call([]reflect.Value{e.Elem()})[0]
	}
	method := client.MethodByName(c.Method)
	if !method.IsValid() {
		return outcome{Fault: "the client has no method " + c.Method}
	}
	req, err := decode(method.Type().In(1).Elem(), c.Request)
	if err != nil {
		return outcome{Fault: err.Error()}
	}
	args := []reflect.Value{reflect.ValueOf(context.Background()), req}
	if method.Type().NumIn() > len(args) {
		args = append(args, upload(method.Type().In(2), c.Uploads))
	}
	results := method.Call(args)
	if v := results[0]; v.Kind() == reflect.Func {
		for item, err := range v.Seq2() {
			o.add(c, item, err)
			if c.Endless && len(o.Client) == len(c.Results) {
				break
			}
		}
		return o
	}
	if len(results) == 1 {
		o.add(c, reflect.Value{}, results[0])
	} else {
		o.add(c, results[0], results[1])
	}
	return o
}

// upload returns an iterator of items and errors with the type t.
func upload(t reflect.Type, items []json.RawMessage) reflect.Value {
	return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		yield := args[0].Type()
		for _, data := range items {
			item, err := decode(yield.In(0), data)
			failure := reflect.New(yield.In(1)).Elem()
			if err != nil {
				failure.Set(reflect.ValueOf(err))
			}
			if !args[0].Call([]reflect.Value{item.Elem(), failure})[0].Bool() {
				break
			}
		}
		return nil
	})
}

// decode returns a pointer to a new value.
func decode(t reflect.Type, data []byte) (reflect.Value, error) {
	v := reflect.New(t)
	return v, json.Unmarshal(data, v.Interface())
}

// add notes a result or an error of a client.
func (o *outcome) add(c call, v, failure reflect.Value) {
	err, _ := failure.Interface().(error)
	if err == nil {
		if v.IsValid() {
			o.Client = append(o.Client, *see(v.Interface()))
		}
		return
	}
	e := runtime.AsError(err)
	o.Failed, o.Reason, o.Message, o.Pointer, o.Code = true, string(e.Reason), e.Message, e.Pointer, int(e.Code)
	for name, sentinel := range packages[c.Client].is {
		if !errors.Is(err, sentinel) {
			continue
		}
		o.Known = name
		if of := packages[c.Client].data[name]; of != nil {
			data, ok := of(err)
			if o.NoData = !ok; ok {
				o.Data = see(data)
			}
		}
	}
}

// see returns how a value looks.
func see(v any) *seen {
	s := new(seen)
	var err error
	if m, ok := v.(runtime.Message); ok {
		s.JSON, err = m.AppendJSON(nil)
	} else {
		s.JSON, err = json.Marshal(v)
	}
	if err != nil {
		panic(fmt.Sprintf("encoding %#v: %v", v, err))
	}
	s.look(reflect.ValueOf(v))
	return s
}

// look finds what the types of v don't have.
func (s *seen) look(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			s.look(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.look(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch {
			case !f.IsExported():
			case f.Type == reflect.TypeFor[codec.Unknown]():
				for name := range v.Field(i).Interface().(codec.Unknown).All() {
					s.Unknown = append(s.Unknown, name)
				}
			case f.Name == "Other" && f.Type.Kind() == reflect.Pointer && !v.Field(i).IsNil():
				s.Other = true
			default:
				s.look(v.Field(i))
			}
		}
	}
}
