package codec

import "testing"

// A clean run ends at the first byte that a string doesn't hold as it is, wherever that
// stands and whatever follows it.
func TestClean(t *testing.T) {
	const most = 90
	for c := range 256 {
		ends := c < ' ' || c == '"' || c == '\\' || c >= 0x80
		for at := range most {
			data := make([]byte, most)
			for i := range data {
				data[i] = "az !#[]~"[i%8]
			}
			data[at] = byte(c)
			want := most
			if ends {
				want = at
			}
			if got := clean(data, 0); got != want {
				t.Fatalf("clean of %q at %d of %d = %d, want %d", byte(c), at, most, got, want)
			}
			if at > 0 {
				data[at-1] = '\\' // what comes first counts
				if got := clean(data, 0); got != at-1 {
					t.Fatalf("clean of a backslash at %d before %q = %d", at-1, byte(c), got)
				}
			}
			if got := clean(data[:at], at); got != at {
				t.Fatalf("clean of nothing = %d, want %d", got, at)
			}
		}
	}
}
