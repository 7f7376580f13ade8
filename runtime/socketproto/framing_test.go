package socketproto

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tpp-rpc/tpp/runtime"
)

var framings = map[string]Framing{"stp": STP{}, "csp": CSP{}}

// TestSTP_documented has the example of the author's documentation.
func TestSTP_documented(t *testing.T) {
	frame, err := STP{}.Append(nil, []byte(":message:"))
	if err != nil || string(frame) != ":<:=message:=:>" {
		t.Errorf("Append = %q, %v", frame, err)
	}
	if p, err := (STP{}).Message(frame); err != nil || string(p) != ":message:" {
		t.Errorf("Message = %q, %v", p, err)
	}
}

func TestCSP_separator(t *testing.T) {
	if b, err := (CSP{}).Append([]byte("x"), []byte("a\nb")); err == nil || string(b) != "x" {
		t.Errorf("Append = %q, %v", b, err)
	}
}

func TestFraming(t *testing.T) {
	for name, framing := range framings {
		var all []byte
		want := []string{"a", "", ":", "<", ">", "=", "::", ":<", ":>", ":=", ":<:>", ">:<", ":<:=:>", strings.Repeat(":", 600), strings.Repeat("x", 900)}
		for _, message := range want {
			var err error
			if all, err = framing.Append(all, []byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		for split, src := range []io.Reader{bytes.NewReader(all), iotest.OneByteReader(bytes.NewReader(all)), iotest.HalfReader(bytes.NewReader(all))} {
			r := frameReader{src: src, framing: framing, limit: 2000}
			for _, message := range want {
				frame, err := r.next()
				if err != nil {
					t.Fatalf("%s, %d: %v", name, split, err)
				}
				if got, err := framing.Message(frame); err != nil || string(got) != message {
					t.Errorf("%s, %d: got %q, %v, want %q", name, split, got, err, message)
				}
			}
			if _, err := r.next(); err != io.EOF {
				t.Errorf("%s: at the end: %v", name, err)
			}
		}
	}
}

// TestSTP_noise: a receiver finds the next message after bytes that aren't one.
func TestSTP_noise(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"noise:<a:>", "!,a"},
		{"\n:<a:>\r\n:<b:>", "!,a,!,b"},
		{":<cut:<a:>", "!,a"},
		{":>:<a:>", "!,a"},
		{":<a:b:>:<c:>", "!,c"},
		{":<a::>:<c:>", "!,c"},
		{":<:=:>:<::>:<c:>", ":,!,c"},
		{":::<a:>", "!,a"},
		{":<<:>", "<"},
		{":<>:>", ">"},
		{":<:<:>", "!,"},
		{"<:>:<=:>", "!,="},
	} {
		for _, one := range []bool{false, true} {
			var src io.Reader = strings.NewReader(test.in)
			if one {
				src = iotest.OneByteReader(src)
			}
			r := frameReader{src: src, framing: STP{}, limit: 100}
			var got []string
			for {
				frame, err := r.next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%q: %v", test.in, err)
				}
				p, err := STP{}.Message(frame)
				if err != nil {
					p = []byte("!")
				}
				got = append(got, string(p))
			}
			if s := strings.Join(got, ","); s != test.want {
				t.Errorf("%q has %q, want %q", test.in, s, test.want)
			}
		}
	}
}

func TestFrameReader_limits(t *testing.T) {
	for name, framing := range framings {
		frame, _ := framing.Append(nil, []byte(strings.Repeat("x", 1000)))
		r := frameReader{src: bytes.NewReader(frame), framing: framing, limit: len(frame)}
		if _, err := r.next(); err != nil {
			t.Errorf("%s: a frame of the limit: %v", name, err)
		}
		r = frameReader{src: bytes.NewReader(frame), framing: framing, limit: len(frame) - 1}
		if _, err := r.next(); !errors.Is(err, runtime.OverLimit) {
			t.Errorf("%s: a frame above the limit: %v", name, err)
		}
		for _, noise := range []string{"x", ":", ":<"[:1] + "="} {
			endless := io.MultiReader(strings.NewReader(strings.Repeat(noise, 1<<20)), iotest.ErrReader(io.ErrNoProgress))
			r = frameReader{src: endless, framing: framing, limit: 10000}
			if _, err := r.next(); !errors.Is(err, runtime.OverLimit) || len(r.buf) > 64<<10 {
				t.Errorf("%s: a frame without end: %v, with a buffer of %d", name, err, len(r.buf))
			}
		}
		r = frameReader{src: bytes.NewReader(frame[:len(frame)-1]), framing: framing, limit: 10000}
		if _, err := r.next(); err != io.ErrUnexpectedEOF {
			t.Errorf("%s: a frame cut short: %v", name, err)
		}
	}
}

// fuzzFraming checks that a reader gets the same from the same bytes however they are cut, that
// it uses no more memory than its limit, and that a message comes back after any bytes.
func fuzzFraming(f *testing.F, framing Framing) {
	for _, c := range conversations(f) {
		for _, s := range c.Steps {
			f.Add(s.Data)
		}
	}
	f.Add([]byte("noise:<cut:<a:b:>:<c:=:>:"))
	const limit = 8 << 10
	read := func(src io.Reader) (all []string) {
		r := frameReader{src: src, framing: framing, limit: limit}
		for {
			frame, err := r.next()
			if err != nil {
				return append(all, err.Error())
			}
			p, err := framing.Message(frame)
			if err != nil {
				p = []byte(err.Error())
			}
			if all = append(all, string(p)); len(r.buf) > 4*limit {
				panic("the buffer is too large")
			}
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		got := read(bytes.NewReader(stream))
		again := read(iotest.OneByteReader(bytes.NewReader(stream)))
		if len(stream) < limit && strings.Join(got, "\n\n") != strings.Join(again, "\n\n") {
			t.Fatalf("%q is read as %q, and byte by byte as %q", stream, got, again)
		}
		frame, err := framing.Append(nil, stream)
		if err != nil || len(stream) > limit/4 {
			return
		}
		got = read(bytes.NewReader(append([]byte("::\n"), frame...)))
		if len(got) < 2 || got[len(got)-2] != string(stream) {
			t.Fatalf("%q comes back as %q", stream, got)
		}
	})
}

func FuzzSTP(f *testing.F) { fuzzFraming(f, STP{}) }

func FuzzCSP(f *testing.F) { fuzzFraming(f, CSP{}) }
