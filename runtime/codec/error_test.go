package codec_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

func TestError(t *testing.T) {
	rule := ruleFunc(func(doc []byte) error {
		return &codec.Error{Pointer: "/1/x", Expected: "a prime", Found: "4"}
	})
	plain := ruleFunc(func(doc []byte) error { return fmt.Errorf("%s is bad", doc) })
	for _, c := range []struct {
		doc  string
		into codec.Unmarshaler
		want string
	}{
		{order(`"total":1`, `"total":"1"`), new(Order), `at /total: expected a number, found "1"`},
		{order(`"status":"open"`, `"status":"gone"`), new(Order), `at /status: expected one of "open", "paid", "sent", found "gone"`},
		{order(`"quantity":1`, `"quantity":1.5`), new(Order), `at /items/0/quantity: expected an integer, found 1.5`},
		{order(`"quantity":1`, `"quantity":1e3`), new(Order), `at /items/0/quantity: expected at most 999, found 1e3`},
		{order(`"price":0`, `"price":-0.001`), new(Order), `at /items/0/price: expected at least 0, found -0.001`},
		{order(`"price":0`, `"price":100000.00`), new(Order), `at /items/0/price: expected less than 100000, found 100000.00`},
		{order(`"sku":"AA-1234"`, `"sku":"x"`), new(Order), `at /items/0/sku: expected a match of ^[A-Z]{2}-[0-9]{4,6}$, found "x"`},
		{order(`"sku":"AA-1234",`, ``), new(Order), `at /items/0: missing property "sku"`},
		{order(`"sku":"AA-1234",`, `"sku":"AA-1234","sku":"AA-1234",`), new(Order), `at /items/0: property "sku" twice`},
		{order(`"sku":"AA-1234",`, `"sku":"AA-1234","a/b":1,`), new(Order), `at /items/0: unknown property "a/b"`},
		{order(`"gift":true`, `"gift":true,"note":"`+strings.Repeat("é", 501)+`"`), new(Order), `at /note: expected at most 500 characters, found 501`},
		{order(`"gift":true`, `"gift":true,"labels":{"a~/":1}`), new(Order), `at /labels/a~0~1: expected a string, found 1`},
		{order(`"gift":true`, `"gift":true,"labels":{"a":"","\u0061":""}`), new(Order), `at /labels: property "a" twice`},
		{order(`"gift":true`, `"gift":true,"x":1,"x":2`), new(Order), `property "x" twice`},
		{order(`"gift":true`, `"gift":yes`), new(Order), `at /gift: expected a value, found 'y'`},
		{order(`"gift":true`, `"gift":tru`), new(Order), `at /gift: expected a value, found 't'`},
		{order(`"gift":true`, `"gift":true true`), new(Order), `at /gift: expected "," or "}", found true`},
		{order(`"2024-01-02T03:04:05Z"`, `"2024-02-30T03:04:05Z"`), new(Order), `at /placed: expected a date-time of RFC 3339, found "2024-02-30T03:04:05Z"`},
		{order(`[{`, `[],"tags":[{`), new(Order), `at /items: expected at least 1 item, found 0`},
		{`[1,[2,{"a\nb":x}]]`, new(Any), `at "/1/1/a\nb": expected a value, found 'x'`},
		{`[] []`, new(Any), `expected the end of the document, found an array`},
		{``, new(Any), `expected a value, found the end of the document`},
		{"[\"\xff\"]", new(Any), `at /0: expected valid UTF-8, found byte 0xff`},
		{`[1,"` + strings.Repeat("x", 99), new(Any), `at /1: expected a character of a string, found the end of the document`},
		{`"` + strings.Repeat("é", 99) + `"`, Func(func(d *codec.Decoder) { d.Int64() }), `expected an integer, found "` + strings.Repeat("é", 30) + `…"`},
		{`[5]`, Func(func(d *codec.Decoder) { d.Object() }), `expected an object, found an array`},
		{`{}`, Func(func(d *codec.Decoder) { d.Array() }), `expected an array, found an object`},
		{`3`, Func(func(d *codec.Decoder) { d.Never() }), `expected no value, found 3`},
		{`"a"`, Func(func(d *codec.Decoder) { d.Format(d.String(), "ipv4") }), `expected an IPv4 address, found "a"`},
		{`9223372036854775808`, Func(func(d *codec.Decoder) { d.Int64() }), `expected an integer that fits 64 bits, found 9223372036854775808`},
		{`-1`, Func(func(d *codec.Decoder) { d.Uint64() }), `expected a non-negative integer that fits 64 bits, found -1`},
		{`1e999`, Func(func(d *codec.Decoder) { d.Float64() }), `expected a number that fits 64 bits, found 1e999`},
		{`7`, Func(func(d *codec.Decoder) { d.Expect(d.Int64()%2 == 0, "a multiple of 2") }), `expected a multiple of 2, found 7`},
		{`7.5`, Func(func(d *codec.Decoder) { d.Number(); d.Expect(d.MultipleOf("0.2"), "a multiple of 0.2") }), `expected a multiple of 0.2, found 7.5`},
		{`1e99`, Func(func(d *codec.Decoder) { d.Number(); d.Expect(d.Compare("9e98") <= 0, "at most 9e98") }), `expected at most 9e98, found 1e99`},
		{`2.0`, Func(func(d *codec.Decoder) { d.Const("3") }), `expected 3, found 2.0`},
		{`[1,{"a":1,"b":2},1.0]`, unique, `expected unique items, found items 0 and 2 equal`},
		{`{"y":[0,{"x":4}]}`, Func(func(d *codec.Decoder) {
			for d.Object(); d.Member(); {
				at := d.Offset()
				d.Skip()
				d.Check(at, rule)
			}
		}), `at /y/1/x: expected a prime, found 4`},
		{`[4]`, Func(func(d *codec.Decoder) { d.Skip(); d.Check(0, plain) }), `[4] is bad`},
		{`["hunter2"]`, Func(func(d *codec.Decoder) {
			for d.Array(); d.Element(); {
				at := d.Offset()
				d.Int64()
				d.Secret(at)
			}
		}), `at /0: expected an integer, found a secret`},
	} {
		err := codec.Unmarshal([]byte(c.doc), c.into)
		if err == nil || err.Error() != c.want {
			t.Errorf("Unmarshal(%s)\n got %v\nwant %s", c.doc, err, c.want)
		}
	}
}

// order returns a small order in which a part was replaced.
func order(old, new string) string {
	const doc = `{"id":"ord-0123456789ab","placed":"2024-01-02T03:04:05Z","status":"open",` +
		`"customer":{"id":1,"name":"A","email":"a@b"},"items":[{"sku":"AA-1234","title":"t","quantity":1,"price":0}],` +
		`"gift":true,"total":1}`
	if !strings.Contains(doc, old) {
		panic("the order has no " + old)
	}
	return strings.Replace(doc, old, new, 1)
}

type ruleFunc func(doc []byte) error

func (f ruleFunc) Check(doc []byte) error { return f(doc) }

func TestProblems(t *testing.T) {
	doc := `{"id":"x","placed":17,"status":"gone","customer":[],
		"items":[{"sku":"AA-1234","title":"","quantity":"1","price":-1,"price":{"a":[1]}},{"more":1}],
		"gift":0,"gift":1,"later":1,"later":2,"total":01}`
	var got []string
	for _, err := range codec.Problems([]byte(doc), new(Order)) {
		got = append(got, err.Error())
	}
	want := []string{
		`at /id: expected a match of ^ord-[0-9a-f]{12}$, found "x"`,
		`at /placed: expected a string, found 17`,
		`at /status: expected one of "open", "paid", "sent", found "gone"`,
		`at /customer: expected an object, found an array`,
		`at /items/0/title: expected at least 1 character, found 0`,
		`at /items/0/quantity: expected an integer, found "1"`,
		`at /items/0/price: expected at least 0, found -1`,
		`at /items/0: property "price" twice`,
		`at /items/0/price: expected a number, found an object`,
		`at /items/1: missing property "sku"`,
		`at /items/1: missing property "title"`,
		`at /items/1: missing property "quantity"`,
		`at /items/1: missing property "price"`,
		`at /items/1: unknown property "more"`,
		`at /gift: expected a boolean, found 0`,
		`property "gift" twice`,
		`at /gift: expected a boolean, found 1`,
		`property "later" twice`,
		`at /total: expected "," or "}", found 1`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("Problems() =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := len(codec.Problems([]byte(`[`+strings.Repeat(`"x",`, 5000)+`0]`), Func(func(d *codec.Decoder) {
		for d.Array(); d.Element(); {
			d.Bool()
		}
	}))); n != 1000 {
		t.Errorf("Problems() tells %d, want 1000", n)
	}
}

func TestUnmarshal_errorType(t *testing.T) {
	err := fmt.Errorf("reading: %w", codec.Unmarshal([]byte(`{"a":[7,x]}`), new(Any)))
	var e *codec.Error
	if !errors.As(err, &e) || e.Pointer != "/a/1" || e.Offset != 8 || e.Expected != "a value" || e.Found != "'x'" {
		t.Errorf("Unmarshal() = %#v", e)
	}
}

// The error of encoding says where it happened, from what had been written.
func TestEncodeError(t *testing.T) {
	broken := errors.New("it broke")
	for written, want := range map[string]string{
		``:                             "",
		`{`:                            "",
		`{"a":`:                        "/a",
		`{"a":1`:                       "",
		`{"a":1,"b/c":`:                "/b~1c",
		`{"a":[`:                       "/a/0",
		`{"a":[1,"x,[",`:               "/a/2",
		`{"a":[{"b":1},{"c":true,"d":`: "/a/1/d",
		`{"a":{"b":null}`:              "",
		`{"a":{"b":null},"c":{`:        "/c",
		// Objects whose first brace comes last; see EndObject.
		`,"a":`:                "/a",
		`,"a":1,"b":,"c":`:     "/b/c",
		`[,"a":`:               "/0/a",
		`[{"a":1},,"a":1,"b":`: "/1/b",
	} {
		e := codec.EncodeError([]byte(written), broken)
		if e.Pointer != want || e.Problem != "it broke" {
			t.Errorf("EncodeError(%s) = %v, want it at %q", written, e, want)
		}
	}
}
