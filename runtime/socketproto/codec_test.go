package socketproto

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var codecs = map[string]Codec{"json": JSON{}, "struct": Struct{}}

func TestCodec(t *testing.T) {
	for name, codec := range codecs {
		var all []byte
		var want []Message
		for _, data := range []string{"", `""`, `{"a":[1,2.5e3,"ü\u0000"]}`, `"` + strings.Repeat("x", 253) + `"`, `"` + strings.Repeat("y", 600) + `"`, "0"} {
			m := Message{Status: 7, Service: Read, DataID: 1 << 31}
			if data != "" {
				m.Data = json.RawMessage(data)
			}
			var err error
			if all, err = codec.Append(all, m); err != nil {
				t.Fatal(err)
			}
			want = append(want, m)
		}
		for split, src := range []io.Reader{bytes.NewReader(all), iotest.OneByteReader(bytes.NewReader(all))} {
			r := frameReader{src: src, codec: codec, limit: 1000}
			for _, m := range want {
				frame, err := r.next()
				if err != nil {
					t.Fatalf("%s, %d: %v", name, split, err)
				}
				if got, err := codec.Parse(frame); err != nil || fmt.Sprint(got) != fmt.Sprint(m) {
					t.Errorf("%s: Parse(%q) = %v, %v, want %v", name, frame, got, err, m)
				}
			}
			if _, err := r.next(); err != io.EOF {
				t.Errorf("%s: at the end: %v", name, err)
			}
		}
	}
}

// TestCodec_spaces: line feeds between the tokens of data don't end a line.
func TestCodec_spaces(t *testing.T) {
	b, err := JSON{}.Append(nil, Message{Service: Read, Data: json.RawMessage("{\n \"a b\": 1\r\n}")})
	if err != nil || bytes.Count(b, []byte("\n")) != 1 {
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

// line returns text with its checksum.
func line(text string) string {
	sum := crc32.Checksum([]byte(text), castagnoli)
	return fmt.Sprintf("%s %08x\n", text, sum)
}

// stuffed returns the frame of some bytes with their checksum.
func stuffed(p string) string {
	sum := crc32.Checksum([]byte(p), castagnoli)
	return string(appendStuffed(nil, append([]byte(p), byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)))) + "\x00"
}

func TestCodec_badFrames(t *testing.T) {
	ids := "\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x07"
	for _, test := range []struct {
		codec Codec
		frame string
	}{
		{JSON{}, "\n"},
		{JSON{}, "{}\n"},
		{JSON{}, `{"service_id":1,"data_id":1}` + "\n"},
		{JSON{}, `{"service_id":1,"data_id":1} 0000000g` + "\n"},
		{JSON{}, line(`{}`)},
		{JSON{}, line(`[]`)},
		{JSON{}, line(`{"service_id":1}`)},
		{JSON{}, line(`{"service_id":1,"data_id":-1}`)},
		{JSON{}, line(`{"service_id":1,"data_id":1.5}`)},
		{JSON{}, line(`{"service_id":1,"data_id":4294967295}`)},
		{JSON{}, line(`{"service_id":1,"data_id":1e99}`)},
		{JSON{}, line(`{"service_id":1,"data_id":1,"data_id":2}`)},
		{JSON{}, line(`{"service_id":1,"data_id":1,"data":}`)},
		{JSON{}, line(`{"service_id":1,"data_id":1}x`)},
		{JSON{}, line(`{"service_id":1,"data_id":1,"data":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`)},
		{Struct{}, "\x00"},
		{Struct{}, "\x01\x00"},
		{Struct{}, "\x05\x01\x00"},
		{Struct{}, stuffed("")},
		{Struct{}, stuffed(ids[:11])},
		{Struct{}, stuffed(ids + "nul")},
		{Struct{}, stuffed(ids + "1 2")},
		{Struct{}, stuffed("\xff\xff\xff\xff" + ids[4:])},
	} {
		if m, err := test.codec.Parse([]byte(test.frame)); err == nil || err == ErrChecksum || m.Service != Any {
			t.Errorf("%T.Parse(%.80q) = %v, %v", test.codec, test.frame, m, err)
		}
	}
}

// TestCodec_flipped: a message with one changed bit is refused.
func TestCodec_flipped(t *testing.T) {
	for name, codec := range codecs {
		frame, _ := codec.Append(nil, Message{Service: Read, DataID: 7, Data: json.RawMessage(`{"n":5}`)})
		for i := range frame[:len(frame)-1] {
			for bit := range 8 {
				changed := bytes.Clone(frame)
				changed[i] ^= 1 << bit
				if m, err := codec.Parse(changed); err == nil && !bytes.EqualFold(changed, frame) {
					t.Errorf("%s: Parse(%q) = %v", name, changed, m)
				}
			}
		}
	}
}

func TestFrameReader_limits(t *testing.T) {
	for name, codec := range codecs {
		frame, _ := codec.Append(nil, Message{Data: json.RawMessage(`"` + strings.Repeat("x", 1000) + `"`)})
		r := frameReader{src: bytes.NewReader(frame), codec: codec, limit: len(frame)}
		if _, err := r.next(); err != nil {
			t.Errorf("%s: a frame of the limit: %v", name, err)
		}
		r = frameReader{src: bytes.NewReader(frame), codec: codec, limit: len(frame) - 1}
		if _, err := r.next(); err == nil {
			t.Errorf("%s: a frame above the limit is read", name)
		}
		endless := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), iotest.ErrReader(io.ErrNoProgress))
		r = frameReader{src: endless, codec: codec, limit: 10000}
		if _, err := r.next(); err == nil || err == io.ErrNoProgress || len(r.buf) > 64<<10 {
			t.Errorf("%s: a frame without end: %v, with a buffer of %d", name, err, len(r.buf))
		}
		r = frameReader{src: bytes.NewReader(frame[:len(frame)-1]), codec: codec, limit: 10000}
		if _, err := r.next(); err != io.ErrUnexpectedEOF {
			t.Errorf("%s: a frame cut short: %v", name, err)
		}
	}
}

func TestStuffing(t *testing.T) {
	for n := range 800 {
		for _, p := range [][]byte{bytes.Repeat([]byte{1}, n), make([]byte, n), append(bytes.Repeat([]byte{1}, n), 0)} {
			s := appendStuffed(nil, p)
			if bytes.IndexByte(s, 0) >= 0 || len(s) > len(p)+len(p)/maxRun+1 {
				t.Fatalf("%d bytes are stuffed to %d: %s", len(p), len(s), hex.EncodeToString(s))
			}
			if got, ok := appendUnstuffed(nil, s); !ok || !bytes.Equal(got, p) {
				t.Fatalf("%x comes back as %x", p, got)
			}
		}
	}
}

// fuzzCodec checks that a message stays the same when it is written and read again, and that
// no bytes make a reader use more memory than its limit.
func fuzzCodec(f *testing.F, codec Codec) {
	for _, c := range pageConversations(f) {
		for _, s := range c.Steps {
			f.Add(s.Data)
		}
	}
	f.Add([]byte(line(`{"service_id":1,"data_id":1,"x":[]}`)))
	f.Add([]byte(stuffed("\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x00\x07[]")))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := frameReader{src: bytes.NewReader(stream), codec: codec, limit: 4 << 10}
		for range len(stream) + 1 {
			frame, err := r.next()
			if err != nil {
				return
			}
			m, err := codec.Parse(frame)
			if err != nil {
				continue
			}
			again, err := codec.Append(nil, m)
			if err != nil {
				t.Fatalf("Append(%v): %v", m, err)
			}
			if n := codec.Scan(again, 0); n != len(again) {
				t.Fatalf("Scan(%q) = %d", again, n)
			}
			if m2, err := codec.Parse(again); err != nil || m.Address() != m2.Address() || m.Status != m2.Status || (m.Data == nil) != (m2.Data == nil) {
				t.Fatalf("Parse(%q) = %v, %v, want %v", again, m2, err, m)
			}
		}
		t.Fatal("a reader without end")
	})
}

func FuzzJSON(f *testing.F) { fuzzCodec(f, JSON{}) }

func FuzzStruct(f *testing.F) { fuzzCodec(f, Struct{}) }
