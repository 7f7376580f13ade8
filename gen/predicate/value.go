package predicate

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// This file reads the values of keywords that hold no schemas.

// pattern returns the regular expression at a node, or nil after adding that it
// isn't one.
func (k *keywords) pattern(at *document.Node) *model.Pattern {
	if _, _, err := ecma.Translate(at.Text); err != nil {
		k.r.problems.Add(at.Pos(), "%v", err)
		return nil
	}
	return &model.Pattern{Source: at.Text}
}

// namesOnly is a pattern that no names match but those it lists.
var namesOnly = regexp.MustCompile(`^\^(?:\((?:\?:)?([\w-]+(?:\|[\w-]+)*)\)|([\w-]+))\$$`)

// spellOut makes properties of the patterns that list names, such as ^(get|put)$, unless one
// of these is a property anyway.
func (k *keywords) spellOut() {
	s := k.s
	var patterns []model.PatternProperty
	for _, p := range s.PatternProperties {
		m := namesOnly.FindStringSubmatch(p.Pattern.Source)
		var names []string
		if m != nil {
			names = slices.Compact(slices.Sorted(strings.SplitSeq(m[1]+m[2], "|")))
		}
		taken := slices.ContainsFunc(s.Properties, func(have model.Property) bool { return slices.Contains(names, have.Name) })
		if m == nil || taken {
			patterns = append(patterns, p)
			continue
		}
		for name := range strings.SplitSeq(m[1]+m[2], "|") {
			if i := slices.Index(names, name); i >= 0 {
				names = slices.Delete(names, i, i+1) // each once, in their order
				s.Properties = append(s.Properties, model.Property{Name: name, Schema: p.Schema})
			}
		}
	}
	s.PatternProperties = patterns
}

// types reads type.
func (k *keywords) types(v *document.Node) {
	list := v.Items
	if v.Kind == document.String {
		list = []*document.Node{v}
	}
	anyNumber := false
	for _, name := range list {
		k.s.Types |= model.JSONTypeNamed(name.Text)
		anyNumber = anyNumber || name.Text == "number"
		k.s.Int = k.s.Int || name.Text == "integer"
	}
	k.s.Int = k.s.Int && !anyNumber
	k.s.Strict = k.s.Int && k.draft() == keyword.Draft4
	k.s.Never = k.s.Types == 0
}

// enum reads enum.
func (k *keywords) enum(v *document.Node) {
	if v.Kind != document.Array {
		return
	}
	k.s.Enum, k.s.ValuePos = []string{}, nil
	for _, item := range v.Items {
		k.s.Enum = append(k.s.Enum, item.JSON())
		k.s.ValuePos = append(k.s.ValuePos, item.Pos())
	}
}

// count returns the number of things that v is, or nil if it isn't one. JSON
// Schema allows 2.0 where it asks for 2.
func count(v *document.Node) *int {
	if v.Kind != document.Number {
		return nil
	}
	r, ok := new(big.Rat).SetString(v.Text)
	if !ok || r.Sign() < 0 || !r.IsInt() {
		return nil
	}
	if !r.Num().IsInt64() || r.Num().Int64() > math.MaxInt32 {
		return new(math.MaxInt32)
	}
	return new(int(r.Num().Int64()))
}

// names returns the texts in an array.
func names(v *document.Node) []string {
	if v.Kind != document.Array {
		return nil
	}
	var list []string
	for _, item := range v.Items {
		list = append(list, item.Text)
	}
	return list
}
