package document

import (
	"strconv"
	"strings"
)

// This file follows JSON pointers through documents.

// Child returns the member or item of n that a token of a JSON pointer names,
// with the token still escaped. It returns nil if there is none.
func (n *Node) Child(token string) *Node {
	if n.Kind != Array {
		return n.Member(Unescape(token))
	}
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Items) {
		return n.Items[i]
	}
	return nil
}

// Escape returns a name as a token of a JSON pointer.
func Escape(name string) string { return escaper.Replace(name) }

// Unescape returns the name that a token of a JSON pointer stands for.
func Unescape(token string) string { return unescaper.Replace(token) }

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)
