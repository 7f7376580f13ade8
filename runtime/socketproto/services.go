package socketproto

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
)

// Services is what an end knows: which services there are, what they, their
// data and statuses are called, and who handles what. The zero value knows what
// every end does. Many channels may share one, and it may be added to at any
// time.
type Services struct {
	mu        sync.RWMutex
	requests  map[Service]Service // from a service that asks to the one that answers
	responses map[Service]Service // the other way
	services  map[Service]string
	data      map[Address]string
	statuses  map[Status]string
	callbacks map[Address]Callback
}

// A Callback handles a message. What it returns is the response, if the message
// is a request of a service that was added: nil data is null. A panic is
// answered with CallbackError, as is data that isn't JSON.
//
// The callbacks of a channel are called one at a time, in the order of the
// messages, so one that waits for another message of its peer should do so in a
// goroutine. Ctx ends with the connection.
type Callback func(ctx context.Context, c *Channel, m Message) (Status, json.RawMessage)

var standardResponses = map[Service]Service{
	Auth: AuthResponse, ChannelName: ChannelNameResponse, Read: ReadResponse, Write: WriteResponse, Execute: ExecuteResponse,
}

var standardRequests = map[Service]Service{
	AuthResponse: Auth, ChannelNameResponse: ChannelName, ReadResponse: Read, WriteResponse: Write, ExecuteResponse: Execute,
}

var standardNames = map[Service]string{
	Auth: "authentication request", AuthResponse: "authentication response",
	ChannelName: "channel name request", ChannelNameResponse: "channel name response",
	Read: "read request", ReadResponse: "read response",
	Write: "write request", WriteResponse: "write response",
	Execute: "execute request", ExecuteResponse: "execute response",
}

// AddService adds a service of your own: messages of request are answered with
// messages of response. A service that stands in one pair can't be in another.
func (s *Services) AddService(request, response Service, name string) error {
	if request == Any || response == Any || request == response {
		return fmt.Errorf("socketproto: %d and %d can't be a service and its response", request, response)
	}
	for _, id := range []Service{request, response} {
		if _, ok := s.Response(id); ok || s.isResponse(id) {
			return fmt.Errorf("socketproto: service %d is there already, as %s", id, s.ServiceName(id))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	put(&s.requests, request, response)
	put(&s.responses, response, request)
	put(&s.services, request, name+" request")
	put(&s.services, response, name+" response")
	return nil
}

// AddData gives a data id of a service a name, for the log. Service may be Any.
// A name that is there already can't be changed.
func (s *Services) AddData(service Service, id DataID, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := Address{service, id}
	if was, ok := s.data[a]; ok && was != name {
		return fmt.Errorf("socketproto: data %d of service %d is called %s already", id, service, was)
	}
	put(&s.data, a, name)
	return nil
}

// AddStatus gives a status of your own a name, for the log. Those below 7 have
// theirs.
func (s *Services) AddStatus(status Status, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, ok := statusNames[status]
	if !ok {
		was, ok = s.statuses[status]
	}
	if ok && was != name {
		return fmt.Errorf("socketproto: status %d is called %s already", uint32(status), was)
	}
	put(&s.statuses, status, name)
	return nil
}

// Register makes f handle the messages of a service with a data id, in place of
// what did before; nil makes nobody do so. Either may be Any: of those that fit
// a message, the one that names both is called, else the one for its service,
// else the one for its data id, else the one for anything.
func (s *Services) Register(service Service, id DataID, f Callback) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f == nil {
		delete(s.callbacks, Address{service, id})
		return
	}
	put(&s.callbacks, Address{service, id}, f)
}

// callback returns who handles the messages of an address; nil if nobody does.
func (s *Services) callback(a Address) Callback {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range [...]Address{a, {a.Service, Any}, {Any, a.DataID}, {Any, Any}} {
		if f := s.callbacks[key]; f != nil {
			return f
		}
	}
	return nil
}

// Response returns the service that answers requests of another; false if that
// isn't one that asks.
func (s *Services) Response(request Service) (Service, bool) {
	if r, ok := standardResponses[request]; ok {
		return r, true
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.requests[request]
	return r, ok
}

// request returns the service that a response belongs to.
func (s *Services) request(response Service) (Service, bool) {
	if r, ok := standardRequests[response]; ok {
		return r, true
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.responses[response]
	return r, ok
}

func (s *Services) isResponse(id Service) bool {
	_, ok := s.request(id)
	return ok
}

// ServiceName returns what a service is called, and its number if it has no
// name.
func (s *Services) ServiceName(id Service) string {
	if name, ok := standardNames[id]; ok {
		return name
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if name, ok := s.services[id]; ok {
		return name
	}
	return fmt.Sprintf("service %d", uint32(id))
}

// DataName returns what a data id of a service is called, and its number if it
// has no name.
func (s *Services) DataName(service Service, id DataID) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, key := range [...]Address{{service, id}, {Any, id}} {
		if name, ok := s.data[key]; ok {
			return name
		}
	}
	return fmt.Sprintf("data %d", uint32(id))
}

// StatusName returns what a status is called, and its number if it has no name.
func (s *Services) StatusName(status Status) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if name, ok := s.statuses[status]; ok {
		return name
	}
	return status.String()
}

// put is m[k] = v for a map that may be nil.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}
