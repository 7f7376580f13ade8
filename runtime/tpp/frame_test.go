package tpp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tpp-rpc/tpp/runtime"
)

func TestEndFrame(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 1023, 1024, 1025, 99999} {
		text := strings.Repeat("x", n)
		if got, want := string(endFrame(append(beginFrame(nil), text...))), strconv.Itoa(n)+"\n"+text; got != want {
			t.Errorf("%d bytes: %.20q", n, got)
		}
	}
}

func TestParseHeader(t *testing.T) {
	for _, tt := range []struct {
		in      string
		n, size int
		ok      bool
	}{
		{"5\n", 5, 2, true},
		{"5\nxxx", 5, 2, true},
		{"\n", 0, 1, true},
		{"00000000000000000005\n", 5, 21, true},
		{"000000000000000000005\n", 0, 0, false},
		{"1000\n", 1000, 5, true},
		{"1001\n", 1001, 5, false},
		{"99999999999999999999\n", math.MaxInt32, 21, false},
		{"12", 0, 0, true},
		{"", 0, 0, true},
		{"1x", 0, 0, true},
		{"1x\n", 0, 0, false},
		{"-1\n", 0, 0, false},
		{"\xd9\xa1\n", 0, 0, false},
	} {
		n, size, err := parseHeader([]byte(tt.in), 1000)
		if n != tt.n || size != tt.size || (err == nil) != tt.ok {
			t.Errorf("parseHeader(%q) = %d, %d, %v, want %d, %d, %v", tt.in, n, size, err, tt.n, tt.size, tt.ok)
		}
	}
}

func TestFrameReader_pieces(t *testing.T) {
	var sent []byte
	var want []string
	for _, n := range []int{0, 1, 3, minRead - 1, minRead, minRead + 1, 4096, maxRead, maxRead + 1, 1 << 20} {
		text := strings.Repeat(strconv.Itoa(n%10), n)
		want = append(want, text)
		sent = append(sent, endFrame(append(beginFrame(nil), text...))...)
	}
	for name, r := range map[string]io.Reader{
		"whole":       bytes.NewReader(sent),
		"halves":      iotest.HalfReader(bytes.NewReader(sent)),
		"error early": iotest.DataErrReader(bytes.NewReader(sent)),
		"by byte":     iotest.OneByteReader(bytes.NewReader(sent)),
		"late":        &lateReader{r: iotest.HalfReader(bytes.NewReader(sent))},
	} {
		f := frameReader{src: r, limit: 1 << 20}
		for i, text := range want {
			frame, err := f.next()
			for errors.Is(err, os.ErrDeadlineExceeded) {
				frame, err = f.next()
			}
			if err != nil || string(frame.b) != text {
				t.Fatalf("%s: frame %d: %v", name, i, err)
			}
			frame.free()
		}
		_, err := f.next()
		for errors.Is(err, os.ErrDeadlineExceeded) {
			_, err = f.next()
		}
		if err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

// A lateReader misses a deadline before each read.
type lateReader struct {
	r    io.Reader
	late bool
}

func (l *lateReader) Read(p []byte) (int, error) {
	if l.late = !l.late; l.late {
		return 0, os.ErrDeadlineExceeded
	}
	return l.r.Read(p)
}

// A frame that is only announced costs no memory.
func TestFrameReader_announcement(t *testing.T) {
	f := frameReader{src: strings.NewReader("16777216\n{"), limit: 16 << 20}
	if _, err := f.next(); !errors.As(err, new(errCutShort)) {
		t.Errorf("%v", err)
	}
	if n := cap(f.frame.b); n > maxPooled {
		t.Errorf("%d bytes were allocated", n)
	}
	for _, header := range []string{"4294967296\n", strings.Repeat("9", 20) + "\n"} {
		n := testing.AllocsPerRun(10, func() {
			f := frameReader{src: strings.NewReader(header), limit: 16 << 20}
			if _, err := f.next(); runtime.CodeOf(err) != runtime.Failed {
				t.Errorf("%q: %v", header, err)
			}
		})
		if n > 20 {
			t.Errorf("%q: %v allocations", header, n)
		}
	}
}

// FuzzFrameReader checks that cutting the input into pieces changes nothing, and that frames
// that are read and written again are the same, except for leading zeros.
func FuzzFrameReader(f *testing.F) {
	for _, seed := range []string{"2\n{}", "\n", "0\n5\nhello3\nabc", "00002\n{}x", "12", "99999999999\n", "-1\n", "5\nab"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, end := frames(bytes.NewReader(data))
		pieces, end2 := frames(iotest.OneByteReader(bytes.NewReader(data)))
		if whole != pieces || end != end2 {
			t.Fatalf("%q: %q, %s; by byte %q, %s", data, whole, end, pieces, end2)
		}
		again, end3 := frames(strings.NewReader(whole))
		if again != whole || end3 != "EOF" {
			t.Fatalf("%q: written again as %q, which is read as %q, %s", data, whole, again, end3)
		}
	})
}

// frames reads all frames of r, and writes them again.
func frames(r io.Reader) (all, end string) {
	f := frameReader{src: r, limit: 1 << 16}
	for {
		frame, err := f.next()
		if err != nil {
			f.forget()
			return all, err.Error()
		}
		all += string(endFrame(append(beginFrame(nil), frame.b...)))
		frame.free()
	}
}
