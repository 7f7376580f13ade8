package main

import (
	"context"
	"log/slog"

	"github.com/tpp-rpc/tpp/examples/secrets/secrets"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// A service is the secrets service on a store.
type service struct {
	store *store
	log   *slog.Logger
}

var _ secrets.Secrets = (*service)(nil)

func (s *service) AddOrUpdateSecret(ctx context.Context, req *secrets.AddOrUpdateSecretRequest) error {
	if len(req.Key) > maxKey {
		return runtime.BadRequest.Errorf("bad request: the key has more than %d bytes", maxKey)
	}
	return s.done(s.store.put(string(req.Owner), req.Key, req.Value))
}

func (s *service) GetSecrets(ctx context.Context, req *secrets.GetSecretsRequest) (secrets.GetSecretsResponse, error) {
	all, err := s.store.list(req.Owners)
	if err != nil {
		return nil, s.failed(err)
	}
	resp := make(secrets.GetSecretsResponse, 0, len(all))
	for _, v := range all {
		resp = append(resp, secrets.Secret{
			ID:    secrets.ObjectID(v.id),
			Owner: secrets.ObjectID(v.owner),
			Key:   v.key,
			Value: v.value,
		})
	}
	return resp, nil
}

func (s *service) RemoveSecret(ctx context.Context, req *secrets.RemoveSecretRequest) error {
	return s.done(s.store.remove(string(req.Owner), req.Key))
}

func (s *service) RemoveAll(ctx context.Context, req *secrets.RemoveAllRequest) error {
	return s.done(s.store.removeAll(string(req.Owner)))
}

// done returns what a client may know of a change that ended with err.
func (s *service) done(err error) error {
	if err != nil {
		return s.failed(err)
	}
	return nil
}

// failed logs an error of the store, and returns the error for the client.
func (s *service) failed(err error) error {
	s.log.Error("store", "file", s.store.path, "err", err)
	return runtime.Errorf(runtime.Failed, "the secrets can't be reached now")
}

// asPythonDoes is an interceptor that gives the body of an error the form that the Python
// service gives it: {action: "error", "error": text}.
func asPythonDoes(ctx context.Context, req *runtime.Request, out runtime.Responder, next runtime.Func) error {
	err := runtime.Disclose(ctx, next(ctx, req, out))
	if err == nil {
		return nil
	}
	body := codec.AppendString([]byte{'{'}, req.Action)
	body = append(body, `:"error","error":`...)
	body = append(codec.AppendString(body, err.Message), '}')
	same := *err
	same.Body = new(runtime.Raw(body))
	return &same
}
