package decimal

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	// Each is less than the next; those on one line are equal.
	order := []string{
		"-1e99999999999999999999",
		"-1e999999999 -10e999999998",
		"-12345678901234567890123 -1.2345678901234567890123e22",
		"-2 -2.0 -20e-1",
		"-0.5 -5e-1",
		"-1e-999999999",
		"-1e-99999999999999999999",
		"0 -0 0.0 0e5 -0.000e-7 0e99999999999999999999",
		"1e-99999999999999999999",
		"1e-999999999 0.1e-999999998",
		"0.00001 1e-5 0.1E-4",
		"1 1.0 1e0 1e+0 1E-0 10e-1 0.001e3",
		"1.00000000000000000001",
		"9 9.0",
		"9.5 0.95e1 95e-1",
		"10 1e1 1e0000000000000000000000001",
		"999999999999999999",
		"9007199254740993000",
		"9007199254740993000.5",
		"18446744073709551616",
		"1e999999999999999999 1000e999999999999999996",
		"1e1000000000000000000 10e999999999999999999 0.1e1000000000000000001",
		"1.5e1000000000000000000",
		"1e9999999999999999999 0.01e10000000000000000001",
		"1e10000000000000000000 10e9999999999999999999",
	}
	for i, line := range order {
		for j, other := range order {
			for a := range strings.FieldsSeq(line) {
				for b := range strings.FieldsSeq(other) {
					want := min(1, max(-1, i-j))
					if got := Compare(a, b); got != want {
						t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
					}
					same := string(AppendCanonical(nil, a)) == string(AppendCanonical(nil, b))
					if same != (want == 0) {
						t.Errorf("AppendCanonical gives %s and %s the same text: %v", a, b, same)
					}
				}
			}
		}
	}
}

func TestIsInteger(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "-0.0": true, "0e-9": true, "7": true, "7.0": true, "7.5": false, "75e-1": false, "750e-1": true, "7.5e1": true,
		"1e999999999": true, "1e-999999999": false, "1e-99999999999999999999": false, "123456789012345678901234567890.000": true,
		"123456789012345678901234567890.001": false,
	} {
		if got := IsInteger(s); got != want {
			t.Errorf("IsInteger(%s) = %v, want %v", s, got, want)
		}
	}
}

func TestMultipleOf(t *testing.T) {
	for _, c := range []struct {
		n, of string
		want  bool
	}{
		{"10", "5", true}, {"-10", "5", true}, {"11", "5", false}, {"0", "5", true}, {"0", "0", true}, {"5", "0", false},
		{"0.0075", "0.0001", true}, {"0.00751", "0.0001", false}, {"4.02", "0.01", true}, {"19.99", "0.01", true},
		{"35", "1.5", false}, {"4.5", "1.5", true}, {"1e308", "0.123456789", false}, {"12391239123", "1e-8", true},
		{"1e999999999", "7", false}, {"7e999999999", "7", true}, {"1e999999999", "1024", true}, {"1e9", "1024", false}, {"1e10", "1024", true},
		{"1e999999999", "1e-999999999", true}, {"1e-999999999", "1e999999999", false}, {"1e-999999999", "1", false},
		{"1e10000000000000000001", "1e10000000000000000000", true}, {"1e10000000000000000000", "4e9999999999999999999", false},
		{"1e10000000000000000000", "4e9999999999999999998", true},
		{"3702962957407410837027408370074", "12345678901234567890123", false},
		{"37037036703703703670369", "12345678901234567890123", true}, {"37037036703703703670369e40", "12345678901234567890123", true},
		{"37037036703703703670368e40", "12345678901234567890123", false}, {"37037036703703703670369e-1", "12345678901234567890123", false},
	} {
		if got := MultipleOf(c.n, c.of); got != c.want {
			t.Errorf("MultipleOf(%s, %s) = %v, want %v", c.n, c.of, got, c.want)
		}
	}
}

func TestUint64(t *testing.T) {
	for _, c := range []struct {
		s       string
		abs     uint64
		neg, ok bool
	}{
		{"0", 0, false, true}, {"-0.0", 0, true, true}, {"1e2", 100, false, true}, {"-12.50e1", 125, true, true},
		{"18446744073709551615", math.MaxUint64, false, true}, {"18446744073709551616", 0, false, false},
		{"1844674407370955161.5e1", math.MaxUint64, false, true}, {"1e19", 1e19, false, true}, {"1e20", 0, false, false},
		{"1e999999999", 0, false, false}, {"1e99999999999999999999", 0, false, false}, {"1.5", 0, false, false}, {"0e99999999999999999999", 0, false, true},
	} {
		if abs, neg, ok := Uint64(c.s); abs != c.abs || neg != c.neg || ok != c.ok {
			t.Errorf("Uint64(%s) = %d, %v, %v, want %d, %v, %v", c.s, abs, neg, ok, c.abs, c.neg, c.ok)
		}
	}
}

// TestBig passes if it ends soon: nothing may grow with an exponent, or with
// the square of a text's length.
func TestBig(t *testing.T) {
	long := strings.Repeat("123456789", 1<<17)
	if Compare(long+"1", long+"2") != -1 || Compare("1e"+long+"1", "1e"+long+"2") != -1 {
		t.Error("Compare is wrong for long texts")
	}
	if !MultipleOf(long, "9") || MultipleOf(long, "17000000000000000000000000000000000001") || IsInteger("1e-"+long) {
		t.Error("MultipleOf is wrong for long texts")
	}
}

func FuzzDecimal(f *testing.F) {
	f.Add("1.5e3", "-0.02E-1")
	f.Add("1e999999999999999999", "10e999999999999999998")
	f.Add("12345678901234567890.5", "0.5")
	f.Fuzz(func(t *testing.T, a, b string) {
		Compare(a, b) // whatever they are, without a panic
		MultipleOf(a, b)
		x, ok := rat(a)
		if !ok {
			return
		}
		y, ok := rat(b)
		if !ok {
			return
		}
		if got, want := Compare(a, b), x.Cmp(y); got != want {
			t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
		if got, want := IsInteger(a), x.IsInt(); got != want {
			t.Errorf("IsInteger(%s) = %v, want %v", a, got, want)
		}
		want := x.Sign() == 0
		if y.Sign() != 0 {
			want = new(big.Rat).Quo(x, y).IsInt()
		}
		if got := MultipleOf(a, b); got != want {
			t.Errorf("MultipleOf(%s, %s) = %v, want %v", a, b, got, want)
		}
		if same := string(AppendCanonical(nil, a)) == string(AppendCanonical(nil, b)); same != (x.Cmp(y) == 0) {
			t.Errorf("AppendCanonical gives %s and %s the same text: %v", a, b, same)
		}
	})
}

// rat reads s if it's a JSON number of a size that big.Rat can take.
func rat(s string) (*big.Rat, bool) {
	var n json.Number
	if json.Unmarshal([]byte(s), &n) != nil || string(n) != s || len(s) > 100 {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func BenchmarkCompare(b *testing.B) {
	for b.Loop() {
		Compare("1234", "99999")
		Compare("19.99", "0.01")
	}
}
