// Package envelope parses and writes the envelopes of TPP: the keys around the bodies of
// requests and responses. Other wires with the same envelopes use it too.
package envelope
