package golang_test

import (
	"os/exec"
	"testing"

	"github.com/tpp-rpc/tpp/gen/internal/golden"
)

// A union is made, told apart and printed by its branch.
func TestEmit_unions(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles generated code")
	}
	files, err := emit(golden.Contracts(t)["../../testdata/golden/union.txtar"])
	if err != nil {
		t.Fatal(err)
	}
	dir := newModule(t, "shop")
	write(t, dir, "shop_test.go", unionTest)
	for _, f := range files {
		write(t, dir, f.Name, string(f.Data))
	}
	cmd := exec.Command("go", "test", "-mod=mod", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go test: %v\n%s", err, out)
	}
}

const unionTest = `package shop

import (
	"fmt"
	"strings"
	"testing"
)

func Test(t *testing.T) {
	sold, span, none := NewEventSold(&Sold{To: "ann"}), NewSpanInteger(7), Event{}
	if sold.Kind() != EventKindSold || string(sold.Kind()) != "sold" || span.Kind() != SpanKindInteger || none.Kind() != "" {
		t.Errorf("kinds are %q, %q and %q", sold.Kind(), span.Kind(), none.Kind())
	}
	var notice Notice
	const returned = ` + "`" + `{"type":"returned","why":"size"}` + "`" + `
	if err := notice.UnmarshalJSON([]byte(returned)); err != nil {
		t.Fatal(err)
	}
	if notice.Kind() != NoticeKindOther || notice.Other.Type != "returned" || fmt.Sprint(notice) != returned {
		t.Errorf("a notice of an unknown kind is a %s: %v", notice.Kind(), notice)
	}
	type order struct {
		Event Event
		Spans []Span
	}
	for want, v := range map[string]any{
		` + "`{\"type\":\"sold\",\"to\":\"ann\"}`" + `:               sold,
		` + "`{{\"type\":\"sold\",\"to\":\"ann\"} [7 \"x\"]}`" + `:   order{sold, []Span{span, NewSpanString("x")}},
	} {
		if got := fmt.Sprint(v); got != want {
			t.Errorf("printed %s, want %s", got, want)
		}
	}
	if got := fmt.Sprint(none); !strings.HasPrefix(got, "%!v(") {
		t.Errorf("what can't be encoded prints as %s", got)
	}
}
`
