package codec

import "fmt"

// Print prints m, a union, for package fmt: its JSON text, whatever the verb. What
// can't be encoded prints as the error.
func Print(f fmt.State, m interface{ AppendJSON([]byte) ([]byte, error) }) {
	b, err := m.AppendJSON(nil)
	if err != nil {
		fmt.Fprintf(f, "%%!v(%v)", err)
		return
	}
	f.Write(b)
}

// Try decodes the next value as a T and makes branch, a field of a union, point
// to it. If it isn't a T, Try reports false, branch is nil, and d stands where it
// stood, without an error.
func Try[T any, P interface {
	*T
	Unmarshaler
}](d *Decoder, branch **T) bool {
	*branch = try[T, P](d)
	return *branch != nil
}

// Fits is Try, but d stands where it stood in any case, for a union whose
// values are those of exactly one branch. See Count.
func Fits[T any, P interface {
	*T
	Unmarshaler
}](d *Decoder, branch **T) bool {
	at := d.Offset()
	if !Try[T, P](d, branch) {
		return false
	}
	d.rewind(at)
	return true
}

// Count returns how many of the conditions hold.
func Count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// OneBranch returns an error unless exactly one branch of the union type is set.
func OneBranch(union string, set ...bool) error {
	if n := Count(set...); n != 1 {
		return branchError(union, n)
	}
	return nil
}

// AtMostOneBranch returns an error if several branches of a union are set. One
// that may be null has none then.
func AtMostOneBranch(union string, set ...bool) error {
	if n := Count(set...); n > 1 {
		return branchError(union, n)
	}
	return nil
}

func branchError(union string, n int) error {
	if n == 0 {
		return fmt.Errorf("no field of %s is set, and one must be", union)
	}
	return fmt.Errorf("%d fields of %s are set, and only one may be", n, union)
}
