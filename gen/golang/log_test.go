package golang_test

import (
	"os/exec"
	"testing"

	"github.com/tpp-rpc/tpp/gen/internal/golden"
)

// Secrets show in no log and in nothing that fmt prints, wherever they are.
func TestEmit_secretsDontShow(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	files, err := emit(golden.Contracts(t)["../../testdata/golden/secret.txtar"])
	if err != nil {
		t.Fatal(err)
	}
	dir := newModule(t, "till")
	write(t, dir, "till_test.go", showTest)
	for _, f := range files {
		write(t, dir, f.Name, string(f.Data))
	}
	cmd := exec.Command("go", "test", "-mod=mod", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go test: %v\n%s", err, out)
	}
}

// showTest is the test of what was written.
const showTest = `package till

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func Test(t *testing.T) {
	const number, pin = "4111-1111", "0742"
	card := Card{Holder: new("ann"), Number: number, Limit: codec.Some[int64](500), Additional: map[string]string{"cvc": pin}}
	pay := PayRequest{
		Order: 17, By: Payment{Card: &card}, Pin: pin, Note: new("a gift"),
		Code: codec.Some(pin), Spare: []Card{card}, Owners: map[string]Payment{"bob": {Card: &card}},
	}
	var misfit Job // its key isn't a string, so it's another branch's
	if err := misfit.UnmarshalJSON([]byte(` + "`" + `{"type":"rotate","key":["` + "`" + ` + number + ` + "`" + `"]}` + "`" + `)); err != nil || misfit.Other == nil {
		t.Fatal(misfit, err)
	}
	type order struct {
		Pay  PayRequest
		Card codec.Optional[Card]
	}
	for _, tt := range []struct {
		v     any
		shows string
	}{
		{card, "ann"},
		{&card, "500"},
		{Payment{Card: &card}, "ann"},
		{pay, "a gift"},
		{&pay, "17"},
		{&pay, "bob"},
		{&pay, "ann"},
		{pay.Pin, "[secret]"},
		{&pay.Pin, ""}, // fmt calls its String, slog its LogValue
		{codec.Some(card), "ann"},
		{misfit, "[secret]"},
	} {
		shown := []string{fmt.Sprintf("%v", tt.v), fmt.Sprintf("%+v", tt.v), fmt.Sprintf("%s", tt.v)}
		for _, handler := range []func(*strings.Builder) slog.Handler{
			func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b strings.Builder
			slog.New(handler(&b)).Info("x", "v", tt.v)
			shown = append(shown, b.String())
		}
		for _, text := range shown {
			if strings.Contains(text, number) || strings.Contains(text, pin) || !strings.Contains(text, tt.shows) {
				t.Errorf("%T shows as %s", tt.v, text)
			}
		}
	}
	for _, v := range []any{order{pay, codec.Some(card)}, []Card{card}, map[string]*PayRequest{"a": &pay}} {
		text := fmt.Sprintf("%v %+v", v, v)
		if strings.Contains(text, number) || strings.Contains(text, pin) {
			t.Errorf("%T shows as %s", v, text)
		}
	}
	if got, want := card.String(), "[holder=ann number=[secret] limit=500 Additional=[secret]]"; got != want {
		t.Errorf("a card is %s, want %s", got, want)
	}
	pay.By, pay.Note = NewPaymentCash(3), nil
	const list = "[order=17 by=[Cash=3] pin=[secret] code=[secret] " +
		"spare=[0=[holder=ann number=[secret] limit=500 Additional=[secret]]] " +
		"owners=[bob=[Card=[holder=ann number=[secret] limit=500 Additional=[secret]]]]]"
	if got := pay.String(); got != list {
		t.Errorf("a request is %s, want %s", got, list)
	}
	if data, err := card.MarshalJSON(); err != nil || !strings.Contains(string(data), number) {
		t.Errorf("encoding hides the number: %s, %v", data, err)
	}
}
`
