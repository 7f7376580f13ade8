package socketproto

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Services has the pairs of services, the names of services, data ids and statuses, the
// callbacks, and the whitelist. The zero value has what is predefined. Several channels may
// share one. It is safe for concurrent use.
type Services struct {
	mu        sync.RWMutex
	requests  map[Service]Service // from the service of requests to the service of responses
	responses map[Service]Service // the other way
	services  map[Service]string
	data      map[Address]string
	statuses  map[Status]string
	callbacks map[Address]Callback
	whitelist map[Address]struct{}
}

// A Callback handles a message. If the message is a request of a paired service, the result
// is the response; nil data is null. A panic, and data that isn't JSON, are answered with
// CallbackError.
//
// The callbacks of a channel run one at a time, in the order of the messages. To wait for
// another message of the peer, start a goroutine. Ctx ends with the connection.
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

// The errors of AddService.
var (
	ErrRequestExists  = errors.New("the service of requests is in a pair already")
	ErrResponseExists = errors.New("the service of responses is in a pair already")
)

// AddService adds a pair of services: messages of request are answered with messages of
// response. Each may have a name for the log; a service whose name is "" appears as its
// number. If one of them is in another pair, nothing is added, and the error is
// ErrRequestExists or ErrResponseExists.
func (s *Services) AddService(request, response Service, requestName, responseName string) error {
	if request == Any || response == Any || request == response {
		return fmt.Errorf("socketproto: %d and %d can't be a service and its response", request, response)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.paired(request):
		return fmt.Errorf("socketproto: service %d: %w", request, ErrRequestExists)
	case s.paired(response):
		return fmt.Errorf("socketproto: service %d: %w", response, ErrResponseExists)
	}
	put(&s.requests, request, response)
	put(&s.responses, response, request)
	for service, name := range map[Service]string{request: requestName, response: responseName} {
		if name != "" {
			put(&s.services, service, name)
		}
	}
	return nil
}

// paired reports whether a service is in a pair; s.mu is held.
func (s *Services) paired(id Service) bool {
	if standardNames[id] != "" {
		return true
	}
	_, request := s.requests[id]
	_, response := s.responses[id]
	return request || response
}

// AddData gives a data id of some services a name, for the log. Without services, it is the
// name in all services that have no other one. If the data id has another name in one of the
// services, AddData fails and adds nothing.
func (s *Services) AddData(id DataID, name string, services ...Service) error {
	if len(services) == 0 {
		services = []Service{Any}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, service := range services {
		if was, ok := s.data[Address{service, id}]; ok && was != name {
			return fmt.Errorf("socketproto: data %d of service %d is called %s already", id, service, was)
		}
	}
	for _, service := range services {
		put(&s.data, Address{service, id}, name)
	}
	return nil
}

// AddWhitelist lets messages pass without authentication, in both directions, and so their
// responses. Either part of the address may be Any. Messages about authentication and names
// always pass. It applies to connections that are there already.
func (s *Services) AddWhitelist(service Service, id DataID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	put(&s.whitelist, Address{service, id}, struct{}{})
}

// whitelisted reports whether messages with this address, or the requests that they answer,
// need no authentication.
func (s *Services) whitelisted(a Address) bool {
	request, ok := s.request(a.Service)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for w := range s.whitelist {
		if w.covers(a) || ok && w.covers(Address{request, a.DataID}) {
			return true
		}
	}
	return false
}

// AddStatus gives a status a name, for the log. It fails for a status below 7, which has its
// own name.
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

// Register makes f handle the messages with a service and a data id, and replaces an earlier
// callback. A nil f removes it. Either may be Any. If several callbacks match a message, the
// first of these runs: the one for both, for the service, for the data id, for any message.
func (s *Services) Register(service Service, id DataID, f Callback) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f == nil {
		delete(s.callbacks, Address{service, id})
		return
	}
	put(&s.callbacks, Address{service, id}, f)
}

// callback returns the callback for an address, or nil if there is none.
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

// Response returns the service that answers requests of the service request. It reports
// false if that isn't a service of requests.
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

// ServiceName returns the name of a service, or its number if it has none.
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

// DataName returns the name of a data id of a service, or its number if it has none.
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

// StatusName returns the name of a status, or its number if it has none.
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
