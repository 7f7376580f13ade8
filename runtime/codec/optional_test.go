package codec_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func TestOptional_inOtherStructs(t *testing.T) {
	type owned struct {
		Owner codec.Optional[string] `json:"owner,omitzero"`
	}
	for _, tt := range []struct{ json, text, log string }{
		{`{}`, "{absent}", ""},
		{`{"owner":null}`, "{null}", " owner=<nil>"},
		{`{"owner":"ann"}`, "{ann}", " owner=ann"},
	} {
		var v owned
		if err := json.Unmarshal([]byte(tt.json), &v); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(v); err != nil || string(got) != tt.json {
			t.Errorf("Marshal of %s = %s, %v", tt.json, got, err)
		}
		if got := fmt.Sprint(v); got != tt.text {
			t.Errorf("%s prints as %s, want %s", tt.json, got, tt.text)
		}
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "owner", v.Owner)
		if _, got, _ := strings.Cut(b.String(), "msg=x"); got != tt.log+"\n" {
			t.Errorf("%s logs %q, want %q", tt.json, got, tt.log)
		}
	}
	if err := json.Unmarshal([]byte(`{"owner":5}`), new(owned)); err == nil {
		t.Error("a number is taken for a string")
	}
	if got, err := json.Marshal(codec.Optional[int]{}); err != nil || string(got) != "null" {
		t.Errorf("Marshal of an absent one = %s, %v", got, err)
	}
}
