package codec_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// tired is a pattern that gives up.
type tired struct{}

func (tired) MatchString(string) bool { return false }

func (tired) Match(doc *codec.Document, _ string) (bool, error) {
	return false, doc.GiveUp(codec.ErrEffort)
}

func (tired) String() string { return "(a)\\1" }

// A guarded is a string that tired can't judge, and a pair a union with a branch that
// fits.
type (
	guarded string
	plain   string
	pair    struct {
		first  *guarded
		second *plain
	}
)

func (v *guarded) DecodeJSON(d *codec.Decoder) {
	*v = guarded(d.String())
	d.Match(string(*v), tired{})
}

func (v *plain) DecodeJSON(d *codec.Decoder) { *v = plain(d.String()) }

func (v *pair) DecodeJSON(d *codec.Decoder) {
	if !codec.Try(d, &v.first) && !codec.Try(d, &v.second) {
		d.NoBranch("first", "second")
	}
}

// A document without a verdict is refused, even if another branch of a union fits.
func TestUnmarshal_noVerdict(t *testing.T) {
	const want = `expected a string that (a)\1 can judge in time, found "a"`
	for _, v := range []codec.Unmarshaler{new(guarded), new(pair)} {
		if err := codec.Unmarshal([]byte(`"a"`), v); err == nil || err.Error() != want {
			t.Errorf("%T: Unmarshal = %v, want %s", v, err, want)
		}
	}
}

// A costly is a string with a pattern of many instructions.
type costly string

var many = codec.MustPattern(`(?:a?){100}(?:a{1,400}b){2}c`)

func (v *costly) DecodeJSON(d *codec.Decoder) {
	*v = costly(d.String())
	d.Match(string(*v), many)
}

// The context ends a match that takes long. It would take minutes.
func TestUnmarshalContext_ends(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, doc := range []string{`"` + strings.Repeat("a", 8<<20) + `"`} {
		err := codec.UnmarshalContext(ctx, []byte(doc), new(costly))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("UnmarshalContext = %v, want %v", err, context.Canceled)
		}
	}
	if err := codec.UnmarshalContext(ctx, []byte(`"aabaabc"`), new(costly)); err != nil {
		t.Errorf("UnmarshalContext = %v for a string that takes no time", err)
	}
}

// Whether a match can be ended makes no difference to what matches.
func TestPattern_long(t *testing.T) {
	doc := codec.NewDocument(t.Context(), "")
	for tail, want := range map[string]bool{"abc": false, "abaabc": true, "aba": false} {
		s := strings.Repeat("d", 4200) + tail
		if got, err := many.Match(doc, s); got != want || err != nil || many.MatchString(s) != want {
			t.Errorf("Match(…%s) = %v, %v, want %v", tail, got, err, want)
		}
	}
}
