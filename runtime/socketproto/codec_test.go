package socketproto

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

var codecs = map[string]Codec{"json": JSON{}, "struct": Struct{}}

func TestCodec(t *testing.T) {
	for name, codec := range codecs {
		for _, data := range []string{"", `""`, `{"a":[1,2.5e3,"ü\u0000"]}`, `"` + strings.Repeat("x", 253) + `"`, `"` + strings.Repeat("y", 600) + `"`, "0"} {
			m := Message{Status: 7, Service: Read, DataID: 1 << 31}
			if data != "" {
				m.Data = json.RawMessage(data)
			}
			p, err := codec.Append([]byte("x"), m)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := codec.Parse(p[1:]); err != nil || fmt.Sprint(got) != fmt.Sprint(m) {
				t.Errorf("%s: Parse(%q) = %v, %v, want %v", name, p[1:], got, err, m)
			}
		}
	}
}

// TestCodec_spaces: line feeds between the tokens of data don't get into a message.
func TestCodec_spaces(t *testing.T) {
	b, err := JSON{}.Append(nil, Message{Service: Read, Data: json.RawMessage("{\n \"a b\": 1\r\n}")})
	if err != nil || bytes.Contains(b, []byte("\n")) {
		t.Errorf("Append = %q, %v", b, err)
	}
	if m, err := (JSON{}).Parse(b); err != nil || string(m.Data) != `{"a b":1}` {
		t.Errorf("Parse(%q) = %s, %v", b, m.Data, err)
	}
}

func TestCodec_badData(t *testing.T) {
	for name, codec := range codecs {
		for _, data := range []string{"", "{", "1 2", "nul", "\"\n\""} {
			if b, err := codec.Append([]byte("x"), Message{Data: json.RawMessage(data)}); err == nil || string(b) != "x" {
				t.Errorf("%s: Append of %q = %q, %v", name, data, b, err)
			}
		}
	}
}

// summed returns a text with its checksum, as JSON has it.
func summed(text string) string {
	return fmt.Sprintf("%s %08x", text, crc32.Checksum([]byte(text), castagnoli))
}

// packed returns bytes with their checksum, as Struct has it.
func packed(p string) string {
	return string(binary.BigEndian.AppendUint32([]byte(p), crc32.Checksum([]byte(p), castagnoli)))
}

// framed returns the frame of a JSON text.
func framed(text string) string {
	b, _ := STP{}.Append(nil, []byte(summed(text)))
	return string(b)
}

func TestCodec_badMessages(t *testing.T) {
	ids := "\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x07"
	for _, test := range []struct {
		codec   Codec
		message string
	}{
		{JSON{}, ""},
		{JSON{}, "{}"},
		{JSON{}, `{"service_id":1,"data_id":1}`},
		{JSON{}, `{"service_id":1,"data_id":1} 0000000g`},
		{JSON{}, summed(`{}`)},
		{JSON{}, summed(`[]`)},
		{JSON{}, summed(`{"service_id":1}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":-1}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1.5}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":4294967295}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1e99}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1,"data_id":2}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1,"data":}`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1}x`)},
		{JSON{}, summed(`{"service_id":1,"data_id":1,"data":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`)},
		{Struct{}, ""},
		{Struct{}, "\x00\x00\x00\x00"},
		{Struct{}, packed("")},
		{Struct{}, packed(ids[:11])},
		{Struct{}, packed(ids + "nul")},
		{Struct{}, packed(ids + "1 2")},
		{Struct{}, packed("\xff\xff\xff\xff" + ids[4:])},
	} {
		if m, err := test.codec.Parse([]byte(test.message)); err == nil || err == ErrChecksum || m.Service != Any {
			t.Errorf("%T.Parse(%.80q) = %v, %v", test.codec, test.message, m, err)
		}
	}
}

// TestCodec_flipped: a message with one changed bit is refused.
func TestCodec_flipped(t *testing.T) {
	for name, codec := range codecs {
		p, _ := codec.Append(nil, Message{Service: Read, DataID: 7, Data: json.RawMessage(`{"n":5}`)})
		for i := range p {
			for bit := range 8 {
				changed := bytes.Clone(p)
				changed[i] ^= 1 << bit
				if m, err := codec.Parse(changed); err == nil && !bytes.EqualFold(changed, p) {
					t.Errorf("%s: Parse(%q) = %v", name, changed, m)
				}
			}
		}
	}
}

// fuzzCodec checks that a message stays the same when it is written and read again.
func fuzzCodec(f *testing.F, codec Codec) {
	for _, c := range conversations(f) {
		for _, s := range c.Steps {
			if p, err := framingOf(c).Message(bytes.Clone(s.Data)); err == nil {
				f.Add(p)
			}
		}
	}
	f.Add([]byte(summed(`{"service_id":1,"data_id":1,"x":[]}`)))
	f.Add([]byte(packed("\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x07[]")))
	f.Fuzz(func(t *testing.T, p []byte) {
		m, err := codec.Parse(p)
		if err != nil {
			return
		}
		again, err := codec.Append(nil, m)
		if err != nil {
			t.Fatalf("Append(%v): %v", m, err)
		}
		if m2, err := codec.Parse(again); err != nil || m.Address() != m2.Address() || m.Status != m2.Status || (m.Data == nil) != (m2.Data == nil) {
			t.Fatalf("Parse(%q) = %v, %v, want %v", again, m2, err, m)
		}
	})
}

func FuzzJSON(f *testing.F) { fuzzCodec(f, JSON{}) }

func FuzzStruct(f *testing.F) { fuzzCodec(f, Struct{}) }
