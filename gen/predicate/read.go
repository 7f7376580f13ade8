package predicate

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/gen/schema"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// A reader makes one Graph.
type reader struct {
	set      *schema.Set
	problems *gen.Problems
	graph    *Graph
	entries  []entry
}

// An entry is a predicate with which a resource is entered, even in its middle,
// and with the resource its dynamic scope.
type entry struct {
	by       *model.Schema
	resource *schema.Resource
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
		return s // it's no schema, which has been told
	}
	s.Pointer = n.File.Name + "#" + from.Path
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
	s.Notes = notes(n, s)
	return s
}

// enter gives the predicates by which resources are entered their dynamic
// anchors.
func (r *reader) enter() {
	for i := 0; i < len(r.entries); i++ { // anchors can lead to more entries
		e := r.entries[i]
		e.by.Scope = nil
		for _, a := range e.resource.Scope(r.set) {
			e.by.Scope = append(e.by.Scope, model.Scope{Anchor: a.Name, Schema: r.schema(a.Schema.Node)})
		}
	}
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
		return // it's a remark, or others read it
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

// idle reports whether a keyword says nothing, for want of the one before it that
// it belongs to.
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

// pattern returns the regular expression at a node, or nil after adding that it
// isn't one.
func (k *keywords) pattern(at *document.Node) *model.Pattern {
	if _, _, err := ecma.Translate(at.Text); err != nil {
		k.r.problems.Add(at.Pos(), "%v", err)
		return nil
	}
	return &model.Pattern{Source: at.Text}
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

// references reads $ref and its dynamic relatives. One that can only lead to one
// place becomes a plain reference.
func (k *keywords) references() {
	k.s.Ref = k.follow("$ref")
	if s := k.follow("$recursiveRef"); s != nil {
		k.dynamic(s, "", k.from.Refs["$recursiveRef"].Resource.Recursive())
	}
	if s := k.follow("$dynamicRef"); s != nil {
		ref, _ := k.n.Member("$dynamicRef").Str()
		_, anchor, _ := strings.Cut(ref, "#")
		own, _ := k.from.Refs["$dynamicRef"].Node.Member("$dynamicAnchor").Str()
		k.dynamic(s, anchor, anchor != "" && own == anchor)
	}
}

// follow returns the schema that the reference in a keyword points to, or nil if
// there is none.
func (k *keywords) follow(name string) *model.Schema {
	target := k.from.Refs[name]
	if target == nil {
		return nil
	}
	s := k.r.schema(target.Node)
	if target.Resource != k.from.Resource {
		k.r.entries = append(k.r.entries, entry{s, target.Resource})
	}
	return s
}

// dynamic notes a reference to s. Where it leads may depend on the dynamic scope.
func (k *keywords) dynamic(s *model.Schema, anchor string, depends bool) {
	ref := &model.Schema{Pointer: k.s.Pointer, Pos: k.s.Pos, Ref: s, DynamicRef: anchor, Dynamic: depends}
	if !depends {
		ref.DynamicRef = ""
	}
	if k.s.Ref == nil {
		k.s.Ref, k.s.DynamicRef, k.s.Dynamic = ref.Ref, ref.DynamicRef, ref.Dynamic
		return
	}
	k.s.AllOf = append(k.s.AllOf, ref)
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

// dependencies reads what 2019-09 split in two, and everybody still writes.
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

// adjust takes back what keywords say in some drafts only, or only beside others.
func (k *keywords) adjust() {
	s, d := k.s, k.from.Resource.Dialect
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
		s.ContentEncoding = "" // others are remarks everywhere
	}
	if !d.AssertContent || s.ContentMediaType != "application/json" {
		s.ContentMediaType = ""
	}
}
