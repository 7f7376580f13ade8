package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/cmd/tpp/testdata/parcels"
	"github.com/tpp-rpc/tpp/runtime"
)

// A request that can't be encoded says which field of which type is wrong, and where,
// before anything is sent.
func TestClient_emptyUnion(t *testing.T) {
	const want = "request of job: at /payload: no field of JobPayload is set, and one must be"
	const inProcess = "bad request: at /payload: no field of JobPayload is set, and one must be"
	ctx := t.Context()
	mux := new(runtime.Mux)
	parcels.Register(mux, parcels.UnimplementedParcels{})
	shop := startShop(t)
	for _, w := range wires {
		addr := map[string]string{"tpp": shop.addr, "tinyproto": shop.tinyAddr, "socketproto": shop.socketAddr}[w.name]
		client := &runtime.Client{Wire: w.wire, Addr: addr, Token: shopToken}
		defer client.Close()
		checkEmptyUnion(t, ctx, w.name, client.Do, want)
	}
	checkEmptyUnion(t, ctx, "in process", mux.Serve, inProcess)
}

func checkEmptyUnion(t *testing.T, ctx context.Context, what string, do runtime.Func, want string) {
	t.Helper()
	_, err := parcels.NewClient(do).Job(ctx, &parcels.JobRequest{ID: 1})
	var e *runtime.Error
	if !errors.As(err, &e) || e.Reason != runtime.BadRequest || e.Pointer != "/payload" || e.Message != want {
		t.Errorf("%s: %+v, want %s", what, err, want)
	}
	_, err = parcels.NewClient(do).Job(ctx, &parcels.JobRequest{ID: 1, Payload: parcels.JobPayload{Email: &parcels.Email{}, HTTP: &parcels.HTTP{}}})
	if want := "at /payload: 2 fields of JobPayload are set, and only one may be"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%s: %v, want …%s", what, err, want)
	}
}
