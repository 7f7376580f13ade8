package schema

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
	"github.com/tpp-rpc/tpp/schemas/ecma"
)

// keywords fills in one model.Schema.
type keywords struct {
	z    *normalizer
	n    *Node
	s    *model.Schema
	path string
	home *resource
}

// draft returns what the schema is written in.
func (k *keywords) draft() keyword.Draft { return k.home.dialect.draft }

// read reads all keywords but references.
func (k *keywords) read() {
	for i := range keyword.All {
		row := &keyword.All[i]
		if value := k.n.Member(row.Name); value != nil && row.In(k.draft()) && k.home.dialect.has(row.Vocabulary) && !k.idle(row) {
			k.keyword(row, value)
		}
	}
	k.exclusive()
	k.asserted()
	k.s.ContainsUncounted = k.s.Contains != nil && k.draft() == keyword.Draft2019
	if k.s.Then == nil && k.s.Else == nil && !k.z.unevaluated(k.home) {
		k.s.If = nil // it has no effect
	}
}

// idle reports whether a keyword has no effect because there's none before it
// that it belongs to.
func (k *keywords) idle(row *keyword.Keyword) bool {
	switch row.Name {
	case "then", "else":
		return k.s.If == nil
	case "minContains", "maxContains":
		return k.s.Contains == nil
	}
	return false
}

// keyword reads the value of one keyword. A value of the wrong kind, which the
// metaschema has reported, is left out.
func (k *keywords) keyword(row *keyword.Keyword, value *Node) {
	path := k.path + "/" + row.Name
	var field any
	if row.Field != nil {
		field = row.Field(k.s)
	}
	switch row.Holds {
	case keyword.Reference, keyword.Remark:
	case keyword.Types:
		k.types(value)
	case keyword.Values:
		if value.Kind == Array {
			list := []string{}
			for _, v := range value.Items {
				list = append(list, v.JSON())
				k.s.ValuePos = append(k.s.ValuePos, v.Pos())
			}
			*field.(*[]string) = list
		}
	case keyword.Value:
		*field.(*string) = value.JSON()
		if k.s.Enum == nil {
			k.s.ValuePos = []model.Pos{value.Pos()}
		}
	case keyword.Number:
		if value.Kind == Number {
			*field.(*string) = value.Text
		}
	case keyword.Count:
		*field.(**int) = count(value)
	case keyword.Flag:
		if field != nil {
			*field.(*bool) = value.True()
		}
	case keyword.Text:
		if field != nil {
			*field.(*string), _ = value.Str()
		}
	case keyword.Pattern:
		if value.Kind == String {
			*field.(**model.Pattern) = k.pattern(value)
		}
	case keyword.Names:
		*field.(*[]string) = names(value)
	case keyword.NameMap:
		list := field.(*[]model.Dependent)
		for _, m := range value.Members {
			*list = append(*list, model.Dependent{Name: m.Name, Required: names(m.Value)})
		}
	case keyword.Schema:
		if field != nil {
			*field.(**model.Schema) = k.schema(value, path)
		}
	case keyword.SchemaList:
		list := field.(*[]*model.Schema)
		*list = append(*list, k.schemas(value, path)...)
	case keyword.SchemaMap:
		if field != nil {
			list := field.(*[]model.Property)
			for _, m := range value.Members {
				*list = append(*list, model.Property{Name: m.Name, Schema: k.z.schema(m.Value, path+"/"+escapeToken(m.Name))})
			}
		}
	case keyword.PatternMap:
		list := field.(*[]model.PatternProperty)
		for i := range value.Members {
			m := &value.Members[i]
			*list = append(*list, model.PatternProperty{
				Pattern: k.pattern(&m.Key), Schema: k.z.schema(m.Value, path+"/"+escapeToken(m.Name)),
			})
		}
	case keyword.Items:
		k.items(value, path)
	case keyword.Dependencies:
		for _, m := range value.Members {
			k.depend(m, path)
		}
	default:
		panic(fmt.Sprintf("schema: no rule to read %s, which holds %v", row.Name, row.Holds))
	}
}

// schema returns the schema that is the value of a keyword, or nil.
func (k *keywords) schema(value *Node, path string) *model.Schema {
	if value.Kind != Object && value.Kind != Bool {
		return nil
	}
	return k.z.schema(value, path)
}

// schemas returns the schemas that are the items of a keyword's array.
func (k *keywords) schemas(value *Node, path string) []*model.Schema {
	var list []*model.Schema
	for i, item := range value.Items {
		list = append(list, k.z.schema(item, path+"/"+strconv.Itoa(i)))
	}
	return list
}

func escapeToken(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// follow returns the schema that the reference in a keyword points to, or nil
// after noting that there is none.
func (k *keywords) follow(keyword string) (*model.Schema, *Node) {
	at := k.n.Member(keyword)
	ref, ok := at.Str()
	if !ok {
		return nil, nil
	}
	target, err := k.z.resolve(ref, k.home, k.n.File)
	if err != nil {
		k.z.problems.Add(at.Pos(), "%s %q: %v", keyword, ref, err)
		return nil, nil
	}
	if !k.z.options.Types && target == target.File.Root && target.Member("tpp") != nil {
		k.z.problems.Add(at.Pos(), "%s %q leads to a contract, which is no schema: refer to one of its $defs", keyword, ref)
		return nil, nil
	}
	k.z.targets = append(k.z.targets, target)
	s := k.z.schema(target, k.z.path(target))
	if home := k.z.homes[target]; home != k.home {
		s.Scope = k.z.scope(home) // whoever enters a resource, even in its middle, enters its dynamic scope
	}
	return s, target
}

func (k *keywords) ref() {
	k.s.Ref, _ = k.follow("$ref")
}

// references reads $ref and its dynamic relatives. One that can only lead to
// one place becomes a plain reference.
func (k *keywords) references() {
	k.ref()
	if k.draft() == keyword.Draft2019 {
		if s, n := k.follow("$recursiveRef"); s != nil {
			k.dynamic(s, "", k.z.homes[n].recursive)
		}
	}
	if k.draft() >= keyword.Draft2020 {
		if s, n := k.follow("$dynamicRef"); s != nil {
			ref, _ := k.n.Member("$dynamicRef").Str()
			_, anchor, _ := strings.Cut(ref, "#")
			own, _ := n.Member("$dynamicAnchor").Str()
			k.dynamic(s, anchor, anchor != "" && own == anchor)
		}
	}
}

// dynamic notes a reference whose target may depend on the dynamic scope.
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

// types reads type.
func (k *keywords) types(value *Node) {
	names := value.Items
	if value.Kind == String {
		names = []*Node{value}
	}
	anyNumber := false
	for _, name := range names {
		k.s.Types |= model.JSONTypeNamed(name.Text)
		anyNumber = anyNumber || name.Text == "number"
		k.s.Int = k.s.Int || name.Text == "integer"
	}
	k.s.Int = k.s.Int && !anyNumber
	k.s.Strict = k.s.Int && k.draft() == keyword.Draft4
	if k.s.Types == 0 {
		k.s.Never = true
	}
}

// exclusive reads the flags by which draft 4 makes bounds exclusive.
func (k *keywords) exclusive() {
	if k.draft() != keyword.Draft4 {
		return
	}
	if k.n.Member("exclusiveMinimum").True() {
		k.s.ExclusiveMinimum, k.s.Minimum = k.s.Minimum, ""
	}
	if k.n.Member("exclusiveMaximum").True() {
		k.s.ExclusiveMaximum, k.s.Maximum = k.s.Maximum, ""
	}
}

// count returns the value of a keyword that counts, or nil. JSON Schema allows
// 2.0 where it asks for 2.
func count(n *Node) *int {
	if n.Kind != Number {
		return nil
	}
	r, ok := new(big.Rat).SetString(n.Text)
	if !ok || r.Sign() < 0 || !r.IsInt() {
		return nil
	}
	if !r.Num().IsInt64() || r.Num().Int64() > math.MaxInt32 {
		return new(math.MaxInt32)
	}
	return new(int(r.Num().Int64()))
}

// pattern reads a regular expression. It notes what's wrong with one that isn't
// valid.
func (k *keywords) pattern(at *Node) *model.Pattern {
	if _, _, err := ecma.Translate(at.Text); err != nil {
		k.z.problems.Add(at.Pos(), "%v", err)
	}
	return &model.Pattern{Source: at.Text}
}

// asserted removes the formats and contents that are remarks only: in 2019-09
// and later that is what they are unless told otherwise.
func (k *keywords) asserted() {
	d := k.home.dialect
	if !knownFormats[k.s.Format] || !d.assertFormat && !k.z.options.AssertFormats {
		k.s.Format = ""
	}
	content := d.draft == keyword.Draft7 || k.z.options.AssertFormats
	if !content || k.s.ContentEncoding != "base64" {
		k.s.ContentEncoding = "" // others are annotations everywhere
	}
	if !content || k.s.ContentMediaType != "application/json" {
		k.s.ContentMediaType = ""
	}
}

// knownFormats are the formats that can be asserted.
var knownFormats = func() map[string]bool {
	known := map[string]bool{}
	for _, f := range strings.Fields("date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 " +
		"uri uri-reference iri iri-reference uri-template json-pointer relative-json-pointer uuid regex") {
		known[f] = true
	}
	return known
}()

// unevaluated reports whether annotations matter in a resource.
func (ix *index) unevaluated(r *resource) bool {
	return r.dialect.unevaluated && r.dialect.draft >= keyword.Draft2019
}

// items reads items as it was before 2020-12: a schema, or a list whose rest is
// additionalItems.
func (k *keywords) items(value *Node, path string) {
	if value.Kind != Array {
		k.s.Items = k.schema(value, path)
		return
	}
	k.s.PrefixItems = k.schemas(value, path)
	if rest := k.n.Member("additionalItems"); rest != nil {
		k.s.Items = k.schema(rest, k.path+"/additionalItems")
	}
}

// depend reads what an object with the property m.Name must have, or must be, by
// dependencies.
func (k *keywords) depend(m Member, path string) {
	if m.Value.Kind == Array {
		k.s.DependentRequired = append(k.s.DependentRequired, model.Dependent{Name: m.Name, Required: names(m.Value)})
		return
	}
	k.s.DependentSchemas = append(k.s.DependentSchemas, model.Property{
		Name: m.Name, Schema: k.z.schema(m.Value, path+"/"+escapeToken(m.Name)),
	})
}

// names returns the strings of an array.
func names(n *Node) []string {
	if n.Kind != Array {
		return nil
	}
	var names []string
	for _, item := range n.Items {
		names = append(names, item.Text)
	}
	return names
}
