package codec_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// decode returns what f reads from a document.
func decode[T any](doc string, f func(d *codec.Decoder) T) (v T, err error) {
	err = codec.Unmarshal([]byte(doc), Func(func(d *codec.Decoder) { v = f(d) }))
	return v, err
}

func TestDecoder_Int64(t *testing.T) {
	for doc, want := range map[string]int64{
		"0": 0, "-0": 0, "7": 7, "-7": -7, "1.0": 1, "1e2": 100, "-12.50e1": -125, "0e99": 0, "0.0": 0,
		"999999999999999999": 999999999999999999, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64,
		"922337203685477580.7e1": math.MaxInt64, "10000000000000000000e-1": 1e18,
	} {
		if got, err := decode(doc, (*codec.Decoder).Int64); got != want || err != nil {
			t.Errorf("Int64 of %s = %d, %v", doc, got, err)
		}
	}
	for _, doc := range []string{"1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999", "01", "-", "", "null", "18446744073709551616"} {
		if got, err := decode(doc, (*codec.Decoder).Int64); got != 0 || err == nil {
			t.Errorf("Int64 of %s = %d, %v", doc, got, err)
		}
	}
	if got, err := decode("18446744073709551615", (*codec.Decoder).Uint64); got != math.MaxUint64 || err != nil {
		t.Errorf("Uint64 = %d, %v", got, err)
	}
	if got, err := decode("12345678901234567890123.0", (*codec.Decoder).Integer); got != "12345678901234567890123.0" || err != nil {
		t.Errorf("Integer = %s, %v", got, err)
	}
	if _, err := decode("0.5", (*codec.Decoder).Integer); err == nil {
		t.Error("Integer accepts 0.5")
	}
}

// FuzzFloat64 compares numbers read and written with package strconv.
func FuzzFloat64(f *testing.F) {
	for _, s := range []string{"0", "-0", "0.1", "1e-7", "123456.789", "9007199254740993", "1e22", "0.30000000000000004", "5e-324", "1.7976931348623157e308", "1e999", "0.00001", "99999999999.9999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want float64
		if json.Unmarshal([]byte(s), &want) != nil || strings.TrimSpace(s) == "null" {
			if _, err := decode(s, (*codec.Decoder).Float64); err == nil {
				t.Errorf("Float64 accepts %q", s)
			}
			return
		}
		got, err := decode(s, (*codec.Decoder).Float64)
		if err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("Float64 of %q = %v, %v, want %v", s, got, err, want)
		}
		text, err := codec.AppendFloat(nil, got)
		if err != nil || !json.Valid(text) {
			t.Errorf("AppendFloat(%v) = %s, %v", got, text, err)
		}
		if again, err := strconv.ParseFloat(string(text), 64); err != nil || math.Float64bits(again) != math.Float64bits(got) {
			t.Errorf("AppendFloat(%v) = %s", got, text)
		}
		if shortest, _ := json.Marshal(got); len(text) > len(shortest)+1 { // json drops a 0 in e-07
			t.Errorf("AppendFloat(%v) = %s, want %s", got, text, shortest)
		}
	})
}

// TestDecoder_CompareFloat compares numbers with bounds that they're rounded to.
func TestDecoder_CompareFloat(t *testing.T) {
	for _, c := range []struct {
		doc   string
		bound float64
		want  int
	}{
		{"0.99999999999999999999", 1, -1}, {"1.00", 1, 0}, {"1e0", 1, 0}, {"1.00000000000000000001", 1, 1},
		{"0.5000000000000000000000001", 0.5, 1}, {"0.5", 0.5, 0}, {"-2", -1, -1}, {"3", 2.5, 1},
	} {
		var got int
		err := codec.Unmarshal([]byte(c.doc), Func(func(d *codec.Decoder) { got = d.CompareFloat(d.Float64(), c.bound) }))
		if err != nil || got != c.want {
			t.Errorf("%s against %v: %d, %v, want %d", c.doc, c.bound, got, err, c.want)
		}
	}
}

func TestDecoder_OneOf(t *testing.T) {
	texts := []string{`1`, `"a"`, `null`, `{"x":[1,2],"y":"é"}`, `[]`, `{}`}
	for doc, want := range map[string]string{
		`1`: `1`, `1.0`: `1`, `10e-1`: `1`, `"\u0061"`: `"a"`, `null`: `null`, `{"y":"\u00e9", "x" : [1.0,2e0]}`: texts[3], `[ ]`: `[]`, ` { } `: `{}`,
		`2`: "", `"1"`: "", `{"x":[2,1],"y":"é"}`: "", `{"x":[1,2],"y":"é","z":1}`: "", `[[]]`: "", `false`: "", `1]`: "",
	} {
		got, err := decode(doc, func(d *codec.Decoder) string { return d.OneOf(texts...) })
		if err == nil && got != want || (err == nil) != (want != "") {
			t.Errorf("OneOf of %s = %s, %v, want %s", doc, got, err, want)
		}
	}
}

func TestDecoder_Unique(t *testing.T) {
	long := strings.Repeat("x", 300)
	for doc, want := range map[string]bool{
		`[]`: true, `[1]`: true, `[1,2,"1",true,null,[],{},[1],["1"],{"a":1},{"a":"1"},[[1]],"",[{}],[[]]]`: true, `[1,true,0,false]`: true,
		`[1,1.0]`: false, `[{"a":1,"b":2},{"b":2,"a":1}]`: false, `[[1,2],[2,1]]`: true, `["\u0061","a"]`: false, `[[ ],[]]`: false, `[{"a":{"b":1}},{"a":{"b":1.0}}]`: false,
		`["` + long + `",["` + long + `"],{"` + long + `":1},{"x":"` + long + `"}]`: true, `[{"p":["` + long + `"],"a":1},{"a":1,"p":["` + long + `"]}]`: false,
		`["a,b",["a","b"],"a","b"]`: true, `[{"a":{},"b":{}},{"a":{"b":{}}}]`: true, `["\ud800","\ud801","\ufffd"]`: true, `["\ud800","\uD800"]`: false,
	} {
		if err := codec.Unmarshal([]byte(doc), unique); (err == nil) != want {
			t.Errorf("Unique of %.100s: %v", doc, err)
		}
	}
}

func TestDecoder_Base64(t *testing.T) {
	for doc, want := range map[string]string{`""`: "", `"YQ=="`: "a", `"\u0059WI="`: "ab", `"+/+/"`: "\xfb\xff\xbf"} {
		got, err := decode(doc, (*codec.Decoder).Base64)
		if string(got) != want || err != nil {
			t.Errorf("Base64 of %s = %q, %v", doc, got, err)
		}
	}
	for _, doc := range []string{`"YQ"`, `"YR=="`, `"YQ==\n"`, `"-_-_"`, `"Y"`, `" "`, `1`} {
		if got, err := decode(doc, (*codec.Decoder).Base64); err == nil {
			t.Errorf("Base64 of %s = %q", doc, got)
		}
	}
}

func TestDateTime(t *testing.T) {
	utc := func(s string) time.Time {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			panic(err)
		}
		return t
	}
	for s, want := range map[string]time.Time{
		"1963-06-19T08:30:06.283185Z":          utc("1963-06-19T08:30:06.283185Z"),
		"1963-06-19t08:30:06.28z":              utc("1963-06-19T08:30:06.28Z"),
		"1937-01-01T12:00:27.870+00:20":        utc("1937-01-01T12:00:27.87+00:20"),
		"1998-12-31T23:59:60Z":                 utc("1999-01-01T00:00:00Z"),
		"1998-12-31T15:59:60.123-08:00":        utc("1998-12-31T16:00:00.123-08:00"),
		"1999-01-01T02:29:60+02:30":            utc("1999-01-01T02:30:00+02:30"),
		"1985-04-12T00:59:59.999999999999999Z": utc("1985-04-12T00:59:59.999999999Z"),
		"2024-02-29T00:00:00-00:00":            utc("2024-02-29T00:00:00Z"),
		"0000-06-01T00:00:00+23:59":            utc("0000-06-01T00:00:00+23:59"),
	} {
		doc := `"` + s + `"`
		got, err := decode(doc, (*codec.Decoder).DateTime)
		if err != nil || !got.Equal(want) {
			t.Errorf("DateTime of %s = %v, %v, want %v", s, got, err, want)
		}
		if text, err := codec.AppendDateTime(nil, got); string(text) != doc || err != nil || got.String() != s {
			t.Errorf("AppendDateTime of %s = %s, %v", s, text, err)
		}
		got.Time = got.Add(time.Hour).UTC()
		again, err := codec.AppendDateTime(nil, got)
		if changed, err := decode(string(again), (*codec.Decoder).DateTime); err != nil || !changed.Equal(want.Add(time.Hour)) {
			t.Errorf("an hour after %s it's %s, %v", s, again, err)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{
		"", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1998-12-31T23:59:61Z", "1998-12-31T23:58:60Z", "1998-12-31T22:59:60Z", "1990-12-31T15:59:59-24:00",
		"1963-06-19T08:30:06.28123+01:00Z", "1990-12-31T24:00:00Z", "1990-12-31T15:60:00Z", "1990-12-31T10:00:00+10:60", "06/19/1963 08:30:06 PST",
		"2013-350T01:01:01", "1963-6-19T08:30:06.283185Z", "1963-06-1৪T00:00:00Z", "+11963-06-19T08:30:06.283185Z", "1985-04-12T23:20:50+01", "1985-04-12T23:20:50",
		"1985-04-12T23:20:50.Z", "1985-04-12T23:20:50.5", "1985-04-12 23:20:50Z", "1985-04-12T23:20:50Z ", "1985-00-12T23:20:50Z", "1985-04-00T23:20:50Z", "1985-04-12T23:20:50+0100",
	} {
		if got, err := codec.ParseDateTime(s); err == nil {
			t.Errorf("ParseDateTime(%q) = %v", s, got)
		}
	}
	if b, err := codec.AppendDateTime(nil, codec.DateTime{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Errorf("AppendDateTime of the year 10000 = %s", b)
	}
	odd := time.Date(2024, 1, 1, 0, 0, 0, 0, time.FixedZone("", 90))
	if b, err := codec.AppendDateTime(nil, codec.DateTime{Time: odd}); string(b) != `"2023-12-31T23:58:30Z"` || err != nil {
		t.Errorf("AppendDateTime with an odd zone = %s, %v", b, err)
	}
}

func TestAddr(t *testing.T) {
	for doc, want := range map[string]string{
		`"127.0.0.1"`: "127.0.0.1", `"::1"`: "::1", `"2001:DB8:0:0:0:0:0:1"`: "2001:db8::1", `"::ffff:1.2.3.4"`: "::ffff:1.2.3.4",
	} {
		read := (*codec.Decoder).IPv6
		if strings.Contains(want, ".") && !strings.Contains(want, ":") {
			read = (*codec.Decoder).IPv4
		}
		got, err := decode(doc, read)
		if err != nil || got.Addr.String() != want {
			t.Errorf("Addr of %s = %v, %v", doc, got, err)
		}
		if b, err := codec.AppendAddr(nil, got); string(b) != doc || err != nil {
			t.Errorf("AppendAddr of %s = %s, %v", doc, b, err)
		}
		got.Addr = got.Next()
		b, err := codec.AppendAddr(nil, got)
		if string(b) != `"`+got.Addr.String()+`"` || err != nil {
			t.Errorf("AppendAddr after %s = %s, %v", doc, b, err)
		}
	}
	for _, doc := range []string{`""`, `"1.2.3"`, `"01.2.3.4"`, `"fe80::1%eth0"`, `"1.2.3.4/8"`, `1`} {
		if got, err := decode(doc, (*codec.Decoder).IPv4); err == nil {
			t.Errorf("Addr of %s = %v", doc, got)
		}
	}
	if _, err := decode(`"::1"`, (*codec.Decoder).IPv4); err == nil {
		t.Error("IPv4 accepts ::1")
	}
	if _, err := decode(`"1.2.3.4"`, (*codec.Decoder).IPv6); err == nil {
		t.Error("IPv6 accepts 1.2.3.4")
	}
	if b, err := codec.AppendAddr(nil, codec.Addr{}); err == nil {
		t.Errorf("AppendAddr of none = %s", b)
	}
}

// FuzzAppendString compares with encoding/json, but for halves of surrogate
// pairs, which it can't keep.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "quote\" back\\slash /", "\x00\x1f\b\f\n\r\t\x7f", "é日本😀\u2028", "\xff\xc3", "\xed\xa0\x80x\xed\xbf\xbf", "<&>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := codec.AppendString(nil, s)
		got, err := decode(string(text), (*codec.Decoder).String)
		if err != nil {
			t.Fatalf("AppendString(%q) = %s: %v", s, text, err)
		}
		var buf bytes.Buffer
		e := json.NewEncoder(&buf)
		e.SetEscapeHTML(false)
		if err := e.Encode(halves.Replace(s)); err != nil {
			t.Fatal(err)
		}
		if a, b := generic(t, text), generic(t, buf.Bytes()); a != b && !strings.Contains(s, "\xed") {
			t.Errorf("AppendString(%q) = %s, want %s", s, text, buf.Bytes())
		}
		if again, err := decode(string(codec.AppendString(nil, got)), (*codec.Decoder).String); again != got || err != nil {
			t.Errorf("%q becomes %q, and when encoded again %q, %v", s, got, again, err)
		}
	})
}

func TestAppendString_halves(t *testing.T) {
	for s, want := range map[string]string{
		"\xed\xa0\x80": `"\ud800"`, "a\xed\xbf\xbfb": `"a\udfffb"`, "\xed\xae\x93": `"\udb93"`, "\xed\xa0": `"\ufffd\ufffd"`, "\xed\x9f\xbf": "\"\ud7ff\"",
	} {
		if got := string(codec.AppendString(nil, s)); got != want {
			t.Errorf("AppendString(%q) = %s, want %s", s, got, want)
		}
	}
	if got, err := decode(`"\ud800\udbff x\udc00"`, (*codec.Decoder).String); got != "\xed\xa0\x80\xed\xaf\xbf x\xed\xb0\x80" || err != nil {
		t.Errorf("String = %q, %v", got, err)
	}
	length := Func(func(d *codec.Decoder) { d.Length(d.String(), 5, 5) })
	if err := codec.Unmarshal([]byte(`"\ud800\u00e9\ud83d\ude00a\udc00"`), length); err != nil {
		t.Errorf("Length: %v", err)
	}
}

func TestAppend_refuses(t *testing.T) {
	for _, n := range []json.Number{"x", "1.", "01", "1 ", " 1", "-", "NaN", "0x1"} {
		if b, err := codec.AppendNumber(nil, n); err == nil {
			t.Errorf("AppendNumber(%q) = %s", n, b)
		}
	}
	for _, r := range []string{"", " ", "1 2", "{", "nul", "\"\xff\"", "[1,]"} {
		if b, err := codec.AppendRaw(nil, json.RawMessage(r)); err == nil {
			t.Errorf("AppendRaw(%q) = %s", r, b)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if b, err := codec.AppendFloat(nil, f); err == nil {
			t.Errorf("AppendFloat(%v) = %s", f, b)
		}
	}
	for _, u := range []codec.Unknown{" ", "x", `"a"`, `"a":`, `"a":x`, `"a":1,`, `"a":1 "b":2`, `{"a":1}`, `"a":1}`} {
		if b, err := codec.AppendUnknown(nil, u); err == nil {
			t.Errorf("AppendUnknown(%q) = %s", u, b)
		}
	}
	if _, err := codec.AppendUnknown(nil, `"a":x`); err == nil ||
		err.Error() != `encoding unknown properties: expected a digit at offset 4, found 'x'` &&
			err.Error() != `encoding unknown properties: expected a value at offset 4, found 'x'` {
		t.Errorf("AppendUnknown: %v", err)
	}
}

func TestAppend_zero(t *testing.T) {
	number, _ := codec.AppendNumber(nil, "")
	raw, _ := codec.AppendRaw(nil, nil)
	raw2, _ := codec.AppendRaw(nil, json.RawMessage(" {\n\"a b\" :\r\n1 } "))
	unknown, _ := codec.AppendUnknown(nil, "\"é\\n\": null,\n\"\" :1")
	for got, want := range map[string]string{
		string(number): "0", string(raw): "null", string(raw2): `{"a b":1}`, string(unknown): `,"é\n":null,"":1`,
		string(codec.EndObject([]byte("x"), 1)): "x{}", string(codec.EndObject([]byte(`x,"a":1`), 1)): `x{"a":1}`, string(codec.AppendBase64(nil, []byte("a"))): `"YQ=="`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOptional(t *testing.T) {
	var absent codec.Optional[int]
	if _, ok := absent.Get(); ok || !absent.IsAbsent() || absent.IsNull() || absent.Or(3) != 3 {
		t.Errorf("the zero Optional = %+v", absent)
	}
	if null := codec.Null[int](); null.IsAbsent() || !null.IsNull() || null.Or(3) != 3 {
		t.Errorf("Null() = %+v", null)
	}
	some := codec.Some(0)
	if v, ok := some.Get(); !ok || v != 0 || some.IsAbsent() || some.IsNull() || some.Or(3) != 0 {
		t.Errorf("Some(0) = %+v", some)
	}
}

// TestDecoder_Borrow shows that strings point into the document only where
// that was asked for.
func TestDecoder_Borrow(t *testing.T) {
	for _, pad := range []int{0, 20 << 10} {
		for _, borrow := range []bool{false, true} {
			doc := []byte(`["abc","\u0061bc",{"abc":0}` + strings.Repeat(" ", pad) + `]`)
			before := string(doc)
			d := codec.Decoder{Borrow: borrow}
			d.Reset(doc)
			d.Array()
			d.Element()
			plain := d.String()
			d.Element()
			escaped := d.String()
			d.Element()
			d.Object()
			d.Member()
			name := d.Key()
			if string(doc) != before {
				t.Errorf("decoding changed the document to %s", doc)
			}
			copy(doc, strings.ToUpper(before))
			if same := plain == "abc" && name == "abc"; same == borrow || escaped != "abc" {
				t.Errorf("Borrow %v, %d bytes: %q, %q, %q", borrow, len(doc), plain, escaped, name)
			}
		}
	}
}
