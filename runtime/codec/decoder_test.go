package codec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// documents are valid or not, and seeds of the fuzz tests.
var documents = []string{
	`null`, `true`, `false`, `0`, `-0`, `12`, `-1.5e+3`, `1E5`, `1e-5`, `""`, `"a"`, `[]`, `{}`, `[1,2]`, `{"a":1}`, `{"a":{"b":[{}]},"c":[[],[null]]}`,
	" \t\r\n{ \"a\" :\n[ 1 , 2 ] , \"b\" : null } ", `"\u00e9\n\"\\\/\b\f\r\t"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"é日本😀"`,
	`{"\u0061":1}`, `"` + strings.Repeat("x", 100) + `\n` + strings.Repeat("é", 100) + `"`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`,
	``, ` `, `nul`, `nulll`, `True`, `tru`, `01`, `-`, `-a`, `1.`, `.5`, `1e`, `1e+`, `+1`, `0x1`, `1 2`, `NaN`, `Infinity`, `"`, `"a`, `"\`, `"\u12`, `"\u12g4"`, `"\x"`, "\"\n\"", "\"\x00\"",
	`[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `]`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":}`, `}`, `[}`, `{]`, `[1}`, `{"a":1]`,
	"\ufeff{}", "\xff", "\"\xff\"", "\"a\xc3\"", "{\"\xe9\":1}", "\x00", "\v1", "1\x00", `"\ud83d\u"`, `"\ud83d\`, `//`, `[1]//`, `'a'`,
}

// TestUnmarshal_syntax compares verdicts and values with encoding/json's.
func TestUnmarshal_syntax(t *testing.T) {
	for _, doc := range documents {
		checkDocument(t, []byte(doc))
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Add(orderJSON)
	f.Fuzz(checkDocument)
}

func checkDocument(t *testing.T, doc []byte) {
	input := bytes.Clone(doc)
	var v Any
	err := codec.Unmarshal(input, &v)
	for i := range input {
		input[i] = 'X' // nothing may point into it
	}
	if problems := codec.Problems(doc, new(Any)); (err == nil) != (len(problems) == 0) {
		t.Errorf("Problems(%q) = %v, but Unmarshal says %v", doc, problems, err)
	}

	skipped := codec.Unmarshal(doc, new(Skipped))
	if !utf8.Valid(doc) {
		if err == nil || skipped == nil {
			t.Errorf("Unmarshal(%q) accepts invalid UTF-8", doc)
		}
		return
	}
	if valid := json.Valid(doc); (skipped == nil) != valid {
		t.Errorf("Unmarshal(%q) into Skipped = %v, but encoding/json says valid: %v", doc, skipped, valid)
	}
	if err != nil && strings.Contains(err.Error(), " twice") {
		return // which encoding/json accepts
	}
	if (err == nil) != json.Valid(doc) {
		t.Errorf("Unmarshal(%q) = %v, but encoding/json says valid: %v", doc, err, json.Valid(doc))
	}
	if err != nil {
		checkError(t, doc, err)
		return
	}

	var want any
	r := json.NewDecoder(bytes.NewReader(doc))
	r.UseNumber()
	if err := r.Decode(&want); err != nil {
		t.Fatal(err)
	}
	if got, clash := replaceHalves(v.Value); !clash && !reflect.DeepEqual(got, want) {
		t.Errorf("Unmarshal(%q) = %#v, want %#v", doc, got, want)
	}

	var raw Raw
	if err := codec.Unmarshal(doc, &raw); err != nil {
		t.Fatal(err)
	}
	again, err := codec.AppendRaw(nil, raw.Value)
	if err != nil || bytes.ContainsAny(again, "\r\n") || !reflect.DeepEqual(generic(t, again), generic(t, doc)) {
		t.Errorf("AppendRaw of %q = %q, %v", doc, again, err)
	}
	encoded := append(codec.AppendString(nil, string(doc)), ' ')
	if generic(t, encoded) != string(doc) {
		t.Errorf("AppendString(%q) = %s", doc, encoded)
	}
}

func generic(t *testing.T, doc []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(doc, &v); err != nil {
		if strings.Contains(err.Error(), "cannot unmarshal number") {
			return nil // too big for float64
		}
		t.Fatalf("json.Unmarshal(%q): %v", doc, err)
	}
	return v
}

// replaceHalves replaces halves of surrogate pairs as encoding/json does. Names
// may clash then.
func replaceHalves(v any) (replaced any, clash bool) {
	switch v := v.(type) {
	case string:
		return halves.Replace(v), false
	case []any:
		for i := range v {
			e, c := replaceHalves(v[i])
			v[i] = e
			clash = clash || c
		}
	case map[string]any:
		m := make(map[string]any)
		for name, e := range v {
			e, c := replaceHalves(e)
			m[halves.Replace(name)] = e
			clash = clash || c
		}
		return m, clash || len(m) != len(v)
	}
	return v, clash
}

var halves = func() *strings.Replacer {
	var pairs []string
	for r := 0xD800; r < 0xE000; r++ {
		pairs = append(pairs, string([]byte{0xE0 | byte(r>>12), 0x80 | byte(r>>6)&0x3F, 0x80 | byte(r)&0x3F}), "\uFFFD")
	}
	return strings.NewReplacer(pairs...)
}()

// checkError looks at what an error says about a document.
func checkError(t *testing.T, doc []byte, err error) {
	t.Helper()
	e, ok := err.(*codec.Error)
	if !ok {
		t.Fatalf("Unmarshal(%q) = %T, want *codec.Error", doc, err)
	}
	if e.Offset < 0 || e.Offset > len(doc) {
		t.Errorf("Unmarshal(%q): offset %d", doc, e.Offset)
	}
	if s := e.Error(); strings.ContainsAny(s, "\r\n") {
		t.Errorf("Unmarshal(%q): message %q has more than one line", doc, s)
	}
}

// TestUnmarshal_truncated decodes every beginning of an order, which is an
// error each time.
func TestUnmarshal_truncated(t *testing.T) {
	for i := range orderJSON {
		err := codec.Unmarshal(orderJSON[:i], new(Order))
		if err == nil {
			t.Fatalf("Unmarshal(%q) = nil", orderJSON[:i])
		}
		checkError(t, orderJSON[:i], err)
	}
}

// TestUnmarshal_space puts white space between all tokens.
func TestUnmarshal_space(t *testing.T) {
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, orderJSON, " \r", "\t\n "); err != nil {
		t.Fatal(err)
	}
	var want, got Order
	for doc, v := range map[*Order][]byte{&want: orderJSON, &got: spaced.Bytes()} {
		if err := codec.Unmarshal(v, doc); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("with white space: %+v, want %+v", got, want)
	}
}

// FuzzOrder compares what a struct accepts and holds with encoding/json.
func FuzzOrder(f *testing.F) {
	f.Add(orderJSON)
	f.Add([]byte(`{"id":"ord-0123456789ab","placed":"2024-01-02T03:04:05Z","status":"open","customer":{"id":1.0,"name":"A","email":"a@b"},"items":[{"sku":"AA-1234","title":"t","quantity":1e0,"price":0}],"gift":true,"total":1}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var v Order
		err := codec.Unmarshal(doc, &v)
		if problems := codec.Problems(doc, new(Order)); (err == nil) != (len(problems) == 0) {
			t.Errorf("Problems(%q) = %v, but Unmarshal says %v", doc, problems, err)
		}
		if err != nil {
			checkError(t, doc, err)
			return
		}
		if !json.Valid(doc) {
			t.Fatalf("Unmarshal accepts %q", doc)
		}
		again, err := v.AppendJSON(nil)
		if err != nil {
			t.Fatalf("AppendJSON of %q: %v", doc, err)
		}
		if a, b := generic(t, again), generic(t, doc); a != nil && b != nil && !reflect.DeepEqual(a, b) {
			t.Errorf("%q encodes as %q", doc, again)
		}
		var w Order
		if err := codec.Unmarshal(again, &w); err != nil || !reflect.DeepEqual(v, w) {
			t.Errorf("%q encodes as %q, which decodes as %+v, %v", doc, again, w, err)
		}
	})
}

// TestUnmarshal_nothingLost decodes and encodes an order.
func TestUnmarshal_nothingLost(t *testing.T) {
	doc := bytes.Replace(orderJSON, []byte(`"gift":false`), []byte(`"later":{"x":[1,2.50]},"gift":false`), 1)
	var v Order
	if err := codec.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	got, err := v.AppendJSON(nil)
	if err != nil || !reflect.DeepEqual(generic(t, got), generic(t, doc)) {
		t.Errorf("%s encodes as %s, %v", doc, got, err)
	}
	if err := codec.Validate(v, new(Order)); err != nil {
		t.Errorf("Validate() = %v", err)
	}
	v.Items[2].Quantity = 0
	want := "at /items/2/quantity: expected at least 1, found 0"
	if err := codec.Validate(v, new(Order)); err == nil || err.Error() != want {
		t.Errorf("Validate() = %v, want %s", err, want)
	}
}

func TestUnmarshal_allocations(t *testing.T) {
	// The order itself, its strings, two lists, a map (which is two), and
	// five pointers.
	const most = 1 + 1 + 2 + 2 + 5
	n := testing.AllocsPerRun(100, func() {
		var v Order
		if err := codec.Unmarshal(orderJSON, &v); err != nil {
			t.Fatal(err)
		}
	})
	if n > most {
		t.Errorf("decoding makes %v allocations, want at most %d", n, most)
	}
}

func TestDecoder_depth(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(strings.Repeat(`[{"a":`, n/2) + "1" + strings.Repeat("}]", n/2))
	}
	for _, into := range []codec.Unmarshaler{new(Any), new(Skipped)} {
		if err := codec.Unmarshal(nested(10000), into); err != nil {
			t.Errorf("%T at depth 10000: %v", into, err)
		}
		if err := codec.Unmarshal(nested(10002), into); err == nil || !strings.HasSuffix(err.Error(), "expected less nesting, found an array") {
			t.Errorf("%T at depth 10002: %v", into, err)
		}
	}
	d := codec.Decoder{MaxDepth: 4}
	for n, want := range map[int]bool{4: true, 6: false} {
		d.Reset(nested(n))
		d.Skip()
		d.End()
		if got := d.Err() == nil; got != want {
			t.Errorf("depth %d with MaxDepth 4: accepted %v, want %v", n, got, want)
		}
	}
}

// TestDecoder_hostile decodes big documents that run into the test's timeout
// if anything takes time with the square of something, or worse.
func TestDecoder_hostile(t *testing.T) {
	const n = 1 << 16
	var members, nested strings.Builder
	for i := range n {
		fmt.Fprintf(&members, `"m%d":0,`, i)
	}
	for range 5000 {
		nested.WriteString(`{"next":`)
	}
	nested.WriteString(`{"kind":"leaf","pad":"` + strings.Repeat("x", n) + `"}`)
	for range 5000 {
		nested.WriteString(`,"kind":"node"}`)
	}
	for name, c := range map[string]struct {
		doc  string
		into codec.Unmarshaler
		ok   bool
	}{
		"unknown members":      {`{` + members.String() + `"x":0}`, new(kept), true},
		"unknown member twice": {`{` + members.String() + `"m7":0}`, new(kept), false},
		"open arrays":          {strings.Repeat("[", n), new(Any), false},
		"arrays":               {strings.Repeat("[", 9999) + strings.Repeat("[],", n) + "0" + strings.Repeat("]", 9999), new(Any), true},
		"escapes":              {`"` + strings.Repeat(`\u0041`, n) + `"`, new(Any), true},
		"unique":               {`[` + strings.Repeat("[", 99) + numbers(n) + strings.Repeat("]", 99) + `]`, unique, true},
		"nested unions":        {nested.String(), new(node), true},
		"trials":               {strings.Repeat(`{"next":`, 2000) + `{"b":1}` + strings.Repeat(`}`, 2000), new(trial), true},
		"failing trials":       {strings.Repeat(`{"next":`, 2000) + `{"c":1}` + strings.Repeat(`}`, 2000), new(trial), false},
		"digits":               {strings.Repeat("7", n), Func(func(d *codec.Decoder) { d.Float64() }), false},
		"integer":              {strings.Repeat("7", n) + "e-" + strings.Repeat("7", n), Func(func(d *codec.Decoder) { d.Int64() }), false},
	} {
		err := codec.Unmarshal([]byte(c.doc), c.into)
		if (err == nil) != c.ok {
			t.Errorf("%s: %.200v", name, err)
		}
		codec.Problems([]byte(c.doc), c.into)
	}
}

func numbers(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "%d,", i)
	}
	return strings.TrimSuffix(s.String(), ",")
}

type kept struct{ members codec.Unknown }

func (v *kept) DecodeJSON(d *codec.Decoder) {
	*v = kept{}
	d.Object()
	for d.Member() {
		v.members = d.Keep(v.members)
	}
}

var unique = Func(func(d *codec.Decoder) {
	at := d.Offset()
	d.Skip()
	d.Unique(at)
})

// A node is a union told apart by a member that stands last.
type node struct{ next *node }

func (v *node) DecodeJSON(d *codec.Decoder) {
	*v = node{}
	switch kind, _ := d.Discriminator("kind"); kind {
	case "node":
		d.Object()
		for d.Member() {
			if d.Name() != "next" {
				d.Skip()
				continue
			}
			v.next = new(node)
			v.next.DecodeJSON(d)
		}
	case "leaf":
		d.Skip()
	default:
		d.NoBranch("node", "leaf")
	}
}

// A trial is a union of two branches that begin alike, so that each tries all
// that is inside.
type trial struct {
	a *branchA
	b *branchB
}

func (v *trial) DecodeJSON(d *codec.Decoder) {
	*v = trial{}
	switch {
	case codec.Try(d, &v.a):
	case codec.Try(d, &v.b):
	default:
		d.NoBranch("A", "B")
	}
}

type (
	branchA struct{ next trial }
	branchB struct{ next trial }
)

func (v *branchA) DecodeJSON(d *codec.Decoder) { v.next.decode(d, "a") }
func (v *branchB) DecodeJSON(d *codec.Decoder) { v.next.decode(d, "b") }

func (v *trial) decode(d *codec.Decoder, leaf string) {
	at := d.Object()
	n := 0
	for d.Member() {
		n++
		switch d.Name() {
		case "next":
			v.DecodeJSON(d)
		case leaf:
			d.Int64()
		default:
			d.NeverMember()
		}
	}
	d.Properties(at, n, 1, -1)
}
