// Package envelope parses and writes the envelopes of TPP: the keys around the bodies of
// requests and responses. Other wires with the same envelopes use it too. The keys that a
// contract adds under its key envelope are a part of these: this package keeps their text.
package envelope
