package describe

// This file writes types and their rules in the notation of the pages: [T] is an
// array of T, {*: T} an object whose properties are all T, A | B either of the
// two.

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/words"
)

// typeName returns the name that a type's words make, spelled as the contract
// spells them: RepoURL for repo_URL.
func typeName(t *model.Type) string {
	var name strings.Builder
	for _, text := range t.Words {
		for _, w := range words.Dictionary(nil).Split(text) {
			first, size := utf8.DecodeRuneInString(w)
			name.WriteRune(unicode.ToUpper(first))
			name.WriteString(w[size:])
		}
	}
	return name.String()
}

// reference returns the name of t, or its shape if it has none.
func reference(t *model.Type) string {
	if t.Declared {
		return typeName(t)
	}
	return shape(t)
}

// shape returns what values of t look like.
func shape(t *model.Type) string {
	switch t.Kind {
	case model.Bool:
		return "boolean"
	case model.Int, model.Uint, model.Integer:
		return "integer"
	case model.Float, model.Number:
		return "number"
	case model.String:
		return "string"
	case model.Bytes:
		return "base64"
	case model.DateTime:
		return "date-time"
	case model.Addr:
		return t.Checks.Format
	case model.Enum, model.Const:
		var values []string
		for _, v := range t.Values {
			values = append(values, v.JSON)
		}
		if t.Others {
			values = append(values, "string")
		}
		return strings.Join(values, " | ")
	case model.List:
		return "[" + reference(t.Elem) + "]"
	case model.Tuple:
		return "[" + tupleItems(t) + "]"
	case model.Map:
		return "{*: " + reference(t.Elem) + "}"
	case model.Struct:
		return "object"
	case model.Union:
		var branches []string
		for _, b := range t.Branches {
			branches = append(branches, reference(b.Type))
		}
		return strings.Join(branches, " | ")
	case model.Nullable:
		if sameName(t) {
			return shape(t.Elem) + " | null"
		}
		return reference(t.Elem) + " | null"
	case model.Never:
		return "nothing"
	}
	return "any"
}

func tupleItems(t *model.Type) string {
	var items []string
	for _, p := range t.Prefix {
		items = append(items, reference(p))
	}
	if t.Elem != nil {
		items = append(items, "*: "+reference(t.Elem))
	}
	return strings.Join(items, ", ")
}

// rules returns the checks that a value must pass in addition to having the shape of t.
func rules(t *model.Type) []string {
	if t.Kind == model.Nullable && (!t.Elem.Declared || sameName(t)) {
		return rules(t.Elem)
	}
	var list []string
	c := &t.Checks
	list = appendCount(list, c.MinLength, c.MaxLength, "character", "characters")
	if c.Pattern != nil {
		list = append(list, "matches "+c.Pattern.Source)
	}
	if c.Format != "" && t.Kind != model.Addr {
		list = append(list, c.Format)
	}
	for _, bound := range []struct{ what, value string }{
		{"at least ", c.Minimum}, {"at most ", c.Maximum},
		{"more than ", c.ExclusiveMinimum}, {"less than ", c.ExclusiveMaximum},
		{"a multiple of ", c.MultipleOf},
	} {
		if bound.value != "" {
			list = append(list, bound.what+bound.value)
		}
	}
	list = appendCount(list, c.MinItems, c.MaxItems, "item", "items")
	if c.UniqueItems {
		list = append(list, "no two equal")
	}
	list = appendCount(list, c.MinProperties, c.MaxProperties, "property", "properties")
	if t.Rules != nil {
		list = append(list, "further rules")
	}
	return list
}

func appendCount(list []string, least, most *int, one, many string) []string {
	count := func(n int) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	switch {
	case least != nil && most != nil && *least == *most:
		return append(list, count(*least))
	case least != nil && most != nil:
		return append(list, fmt.Sprintf("%d to %d %s", *least, *most, many))
	case least != nil:
		return append(list, "at least "+count(*least))
	case most != nil:
		return append(list, "at most "+count(*most))
	}
	return list
}

// mentioned returns the named types that some types are made of, without these
// themselves, in the order in which a reader meets them.
func mentioned(from ...*model.Type) []*model.Type {
	var list []*model.Type
	listed := map[string]bool{}
	for _, t := range from {
		listed[typeName(t)] = t.Declared
	}
	for t := range model.Walk(from...) {
		if name := typeName(t); t.Declared && !listed[name] {
			listed[name] = true
			list = append(list, t)
		}
	}
	return list
}
