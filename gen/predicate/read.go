package predicate

import (
	"fmt"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
)

// A reader makes one Graph.
type reader struct {
	set      *schema.Set
	problems *gen.Problems
	graph    *Graph
	entries  []entry
}

// schema returns the predicate that the schema at n is. The same node always
// gives the same one, so that cycles end.
func (r *reader) schema(n *document.Node) *model.Schema {
	if s := r.graph.at[n]; s != nil {
		return s
	}
	s := &model.Schema{Pos: n.Pos()}
	r.graph.at[n], r.graph.node[s] = s, n
	r.graph.Schemas = append(r.graph.Schemas, s)
	from := r.set.Of(n)
	if from == nil {
		return s // it's no schema, which has been reported
	}
	s.Pointer = n.File.Title() + "#" + from.Path
	if n.Kind != document.Object {
		s.Never = n.Kind == document.Bool && !n.Bool
		return s
	}
	if from.IsResource() {
		r.entries = append(r.entries, entry{s, from.Resource})
	}
	k := keywords{r: r, n: n, from: from, s: s}
	k.references()
	for i := range keyword.All {
		k.read(&keyword.All[i])
	}
	k.adjust()
	s.Notes = notes(n)
	return s
}

// keywords fills in one model.Schema.
type keywords struct {
	r    *reader
	n    *document.Node
	from *schema.Schema
	s    *model.Schema
}

func (k *keywords) draft() keyword.Draft { return k.from.Draft() }

// member returns the value of a keyword, or nil if the schema doesn't have it, or
// it has no meaning there.
func (k *keywords) member(name string) *document.Node {
	for i := range k.n.Members {
		if m := &k.n.Members[i]; m.Name == name && k.from.Keyword(m) != nil {
			return m.Value
		}
	}
	return nil
}

// read fills in the field that a keyword has, if the schema has the keyword.
func (k *keywords) read(row *keyword.Keyword) {
	if !row.In(k.draft()) {
		return
	}
	v := k.member(row.Name)
	if v == nil || k.idle(row) {
		return
	}
	switch row.Holds {
	case keyword.Items:
		k.items(v)
		return
	case keyword.Dependencies:
		k.dependencies(v)
		return
	}
	if row.Field == nil {
		return // it's an annotation, or another method reads it
	}
	switch field := row.Field(k.s); row.Holds {
	case keyword.Types:
		k.types(v)
	case keyword.Values:
		k.enum(v)
	case keyword.Value:
		*field.(*string) = v.JSON()
		if k.s.Enum == nil {
			k.s.ValuePos = []model.Pos{v.Pos()}
		}
	case keyword.Number:
		if v.Kind == document.Number {
			*field.(*string) = v.Text
		}
	case keyword.Count:
		*field.(**int) = count(v)
	case keyword.Flag:
		*field.(*bool) = v.True()
	case keyword.Text:
		*field.(*string), _ = v.Str()
	case keyword.Pattern:
		if v.Kind == document.String {
			*field.(**model.Pattern) = k.pattern(v)
		}
	case keyword.Names:
		*field.(*[]string) = names(v)
	case keyword.NameMap:
		for i := range v.Members {
			m := &v.Members[i]
			*field.(*[]model.Dependent) = append(*field.(*[]model.Dependent), model.Dependent{Name: m.Name, Required: names(m.Value)})
		}
	case keyword.Schema:
		*field.(**model.Schema) = k.sub(v)
	case keyword.SchemaList:
		*field.(*[]*model.Schema) = append(*field.(*[]*model.Schema), k.list(v)...)
	case keyword.SchemaMap:
		*field.(*[]model.Property) = append(*field.(*[]model.Property), k.properties(v)...)
	case keyword.PatternMap:
		*field.(*[]model.PatternProperty) = k.patternProperties(v)
	case keyword.Reference: // see references
	default:
		panic(fmt.Sprintf("predicate: no rule to read %s, which holds %v", row.Name, row.Holds))
	}
}

// idle reports whether a keyword says nothing because the keyword that it belongs to
// is absent.
func (k *keywords) idle(row *keyword.Keyword) bool {
	switch row.Name {
	case "then", "else":
		return k.s.If == nil
	case "minContains", "maxContains":
		return k.s.Contains == nil
	}
	return false
}

// sub returns the schema that v is, or nil if it's none.
func (k *keywords) sub(v *document.Node) *model.Schema {
	if !v.IsSchema() {
		return nil
	}
	return k.r.schema(v)
}

// list returns the schemas that are the items of v.
func (k *keywords) list(v *document.Node) []*model.Schema {
	var list []*model.Schema
	for _, item := range v.Items {
		list = append(list, k.r.schema(item))
	}
	return list
}

func (k *keywords) properties(v *document.Node) []model.Property {
	var list []model.Property
	for i := range v.Members {
		m := &v.Members[i]
		list = append(list, model.Property{Name: m.Name, Schema: k.r.schema(m.Value)})
	}
	return list
}

func (k *keywords) patternProperties(v *document.Node) []model.PatternProperty {
	var list []model.PatternProperty
	for i := range v.Members {
		m := &v.Members[i]
		if p := k.pattern(&m.Key); p != nil {
			list = append(list, model.PatternProperty{Pattern: p, Schema: k.r.schema(m.Value)})
		}
	}
	return list
}

// items reads what prefixItems and items were before 2020-12: a schema, or a list
// whose rest is additionalItems.
func (k *keywords) items(v *document.Node) {
	if v.Kind != document.Array {
		k.s.Items = k.sub(v)
		return
	}
	k.s.PrefixItems = k.list(v)
	if rest := k.member("additionalItems"); rest != nil {
		k.s.Items = k.sub(rest)
	}
}

// dependencies reads the keyword that 2019-09 split in two, and authors still write.
func (k *keywords) dependencies(v *document.Node) {
	for i := range v.Members {
		m := &v.Members[i]
		if m.Value.Kind == document.Array {
			k.s.DependentRequired = append(k.s.DependentRequired, model.Dependent{Name: m.Name, Required: names(m.Value)})
			continue
		}
		k.s.DependentSchemas = append(k.s.DependentSchemas, model.Property{Name: m.Name, Schema: k.r.schema(m.Value)})
	}
}

// adjust corrects keywords that have a meaning in some drafts only, or only next to
// other keywords.
func (k *keywords) adjust() {
	s, d := k.s, k.from.Resource.Dialect
	k.spellOut()
	if d.Draft == keyword.Draft4 { // exclusive bounds are flags
		if v := k.member("exclusiveMinimum"); v.True() {
			s.ExclusiveMinimum, s.Minimum = s.Minimum, ""
		}
		if v := k.member("exclusiveMaximum"); v.True() {
			s.ExclusiveMaximum, s.Maximum = s.Maximum, ""
		}
	}
	unevaluated := d.Has(keyword.Unevaluated) && d.Draft >= keyword.Draft2019
	if s.Then == nil && s.Else == nil && !unevaluated {
		s.If = nil // nothing follows from it
	}
	s.ContainsUncounted = s.Contains != nil && d.Draft == keyword.Draft2019
	if !d.AssertFormat || !keyword.Checked(s.Format) {
		s.Format = ""
	}
	if !d.AssertContent || s.ContentEncoding != "base64" {
		s.ContentEncoding = "" // other encodings are annotations in every draft
	}
	if !d.AssertContent || s.ContentMediaType != "application/json" {
		s.ContentMediaType = ""
	}
}
