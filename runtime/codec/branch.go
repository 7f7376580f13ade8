package codec

import "fmt"

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

// OneBranch returns an error unless exactly one branch of a union is set.
func OneBranch(set ...bool) error {
	if n := Count(set...); n != 1 {
		return branchError(n)
	}
	return nil
}

// AtMostOneBranch returns an error if several branches of a union are set. One
// that may be null has none then.
func AtMostOneBranch(set ...bool) error {
	if n := Count(set...); n > 1 {
		return branchError(n)
	}
	return nil
}

func branchError(n int) error {
	return fmt.Errorf("encoding a union: %d of its fields are set, and it must be one", n)
}
