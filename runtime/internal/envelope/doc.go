// Package envelope takes apart, and puts together, what surrounds the bodies of requests
// and responses in TPP. Other wires that carry the same envelopes use it as well.
package envelope
