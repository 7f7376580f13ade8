package golang

// This file decides which claim gets a name. That depends on what the name is for and how
// it is spelled, never on the order of the contract.

import (
	"cmp"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
)

// A scope is a set of names that have to differ, with what has each.
type scope map[string]holder

// A holder is what has a name. It has no position if it's in every package or type
// of its kind.
type holder struct {
	what string
	pos  model.Pos
}

// String returns the holder as messages name it.
func (h holder) String() string {
	if h.pos == (model.Pos{}) {
		return h.what
	}
	return h.what + " at " + h.pos.String()
}

// A claim is a request for a name, by a type, a field or another thing that needs one.
type claim struct {
	holder
	forced string   // the name that its author chose, or ""
	names  []string // what it may be called, the best first; at least one
	rank   int      // of two that want the same name, the one with the lower rank gets it
	key    string   // and of the same rank, the one whose key comes first
	path   bool     // the names come from a path: those that want the same all take more of it
	fix    string   // what gives it another name; if empty, x-go-name
	set    func(name string)
}

// compare orders claims: the first one gets a name that both want.
func (c *claim) compare(other *claim) int {
	return cmp.Or(cmp.Compare(c.rank, other.rank), strings.Compare(c.key, other.key), c.pos.Compare(other.pos))
}

// grant gives each claim a name in s. A name that two want is a problem if the
// author of the contract can mend it; see mendable. Otherwise the loser takes the next
// of its names, and in the end the first one with a number behind it.
func (n *names) grant(s scope, claims []claim) {
	var open []*claim
	for i := range claims {
		open = append(open, &claims[i])
	}
	slices.SortStableFunc(open, (*claim).compare)
	open = slices.DeleteFunc(open, func(c *claim) bool {
		if c.forced != "" {
			n.force(s, c)
		}
		return c.forced != ""
	})
	for round := 0; len(open) > 0; round++ {
		paths := map[string]int{}
		for _, c := range open {
			if c.path && round < len(c.names) {
				paths[c.names[round]]++
			}
		}
		var losers []*claim
		for _, c := range open {
			name := ""
			if round < len(c.names) {
				name = c.names[round]
			} else {
				name = c.names[0] + strconv.Itoa(round-len(c.names)+2)
			}
			has, taken := s[name]
			switch {
			case !taken && paths[name] > 1 && c.path:
				losers = append(losers, c)
			case !taken:
				s[name] = c.holder
				c.set(name)
			case n.mendable(name, c.holder, has):
				n.collision(name, c, has)
				c.set(name + " " + c.pos.String()) // so that what is named after c doesn't collide, too
			default:
				losers = append(losers, c)
			}
		}
		open = losers
	}
}

// force gives c the name that its author chose. It adds a problem if that is invalid or
// taken.
func (n *names) force(s scope, c *claim) {
	switch has, taken := s[c.forced]; {
	case !token.IsIdentifier(c.forced) || !token.IsExported(c.forced):
		n.problems.Add(c.pos, "x-go-name %q isn't an exported Go identifier", c.forced)
	case taken:
		mine := c.holder
		if has.pos.Compare(mine.pos) > 0 {
			mine, has = has, mine
		}
		n.problems.Add(mine.pos, "x-go-name %q of %s is taken by %s: choose another", c.forced, mine.what, has)
	}
	s[c.forced] = c.holder
	c.set(c.forced)
}

// mendable reports whether a and b wanting the same name is a problem for the author of the
// contract. It isn't in a plain schema, which the user may not be able to edit, nor between
// two things in files that a contract refers to, nor for names that aren't exported.
func (n *names) mendable(name string, a, b holder) bool {
	return n.file != "" && token.IsExported(name) && (a.pos.File == n.file || b.pos.File == n.file)
}

// collision adds the problem that c wants a name that another has.
func (n *names) collision(name string, c *claim, has holder) {
	mine := c.holder
	if has.pos.Compare(mine.pos) > 0 {
		mine, has = has, mine
	}
	if pair := [2]model.Pos{mine.pos, has.pos}; n.collided[pair] {
		return // it's said already, of what they are named after
	} else {
		n.collided[pair] = true
	}
	which := "one of them another"
	if has.pos == (model.Pos{}) {
		which = "it another"
	}
	n.problems.Add(mine.pos, "%s gets the name %s in Go, which %s has: give %s with %s", mine.what, name, has, which, cmp.Or(c.fix, "x-go-name"))
}

// distance tells how far a text is from the name that it gives: 0 if it is the name,
// and more with each sign that the name leaves out.
func distance(text, name string) int {
	if text == name {
		return 0
	}
	signs := 1
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			signs++
		}
	}
	return signs
}

// spellings returns the names that a text may give: the one that readers expect, then
// one with all signs spelled out, then one with the capitals of the text.
func spellings(prefix, text, name string) []string {
	spelled := words.Spell(text)
	list := []string{name}
	if all := pascal(spelled...); prefix != "" && all != "" || token.IsExported(all) {
		list = append(list, prefix+all)
	}
	if plain := strings.Join(spelled, ""); plain != "" && (prefix != "" || token.IsExported(plain)) {
		list = append(list, prefix+plain)
	}
	return list
}

// sortable returns a text whose order is that of text if numbers in it count as such.
func sortable(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		j := i
		for j < len(text) && text[j] >= '0' && text[j] <= '9' {
			j++
		}
		if j > i {
			b.WriteString(strings.Repeat("0", max(0, 8-(j-i))))
			b.WriteString(text[i:j])
			i = j
		}
		if i < len(text) {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
