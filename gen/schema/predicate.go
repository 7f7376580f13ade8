package schema

import (
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

// sub returns the schema that is the value of a keyword, or nil.
func (k *keywords) sub(keyword string) *model.Schema {
	n := k.n.Member(keyword)
	if n == nil || n.Kind != Object && n.Kind != Bool {
		return nil
	}
	return k.z.schema(n, k.path+"/"+keyword)
}

// list returns the schemas that are the items of a keyword's array.
func (k *keywords) list(keyword string) []*model.Schema {
	n := k.n.Member(keyword)
	if n == nil {
		return nil
	}
	var list []*model.Schema
	for i, item := range n.Items {
		list = append(list, k.z.schema(item, k.path+"/"+keyword+"/"+strconv.Itoa(i)))
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

// values reads type, enum and const.
func (k *keywords) values() {
	if t := k.n.Member("type"); t != nil {
		names := t.Items
		if t.Kind == String {
			names = []*Node{t}
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
	if e := k.n.Member("enum"); e != nil && e.Kind == Array {
		k.s.Enum = []string{}
		for _, v := range e.Items {
			k.s.Enum = append(k.s.Enum, v.JSON())
			k.s.ValuePos = append(k.s.ValuePos, v.Pos())
		}
	}
	if c := k.n.Member("const"); c != nil && k.draft() >= keyword.Draft6 {
		k.s.Const = c.JSON()
		if k.s.Enum == nil {
			k.s.ValuePos = []model.Pos{c.Pos()}
		}
	}
}

// number returns the decimal text of a number keyword, or "".
func (k *keywords) number(keyword string) string {
	if n := k.n.Member(keyword); n != nil && n.Kind == Number {
		return n.Text
	}
	return ""
}

func (k *keywords) numbers() {
	k.s.Minimum, k.s.Maximum = k.number("minimum"), k.number("maximum")
	k.s.MultipleOf = k.number("multipleOf")
	if k.draft() > keyword.Draft4 {
		k.s.ExclusiveMinimum, k.s.ExclusiveMaximum = k.number("exclusiveMinimum"), k.number("exclusiveMaximum")
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
func (k *keywords) count(keyword string) *int {
	n := k.n.Member(keyword)
	if n == nil || n.Kind != Number {
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

func (k *keywords) strings() {
	k.s.MinLength, k.s.MaxLength = k.count("minLength"), k.count("maxLength")
	if p := k.n.Member("pattern"); p != nil && p.Kind == String {
		k.s.Pattern = k.pattern(p)
	}
}

// pattern translates a regular expression.
func (k *keywords) pattern(at *Node) *model.Pattern {
	re2, ok, err := ecma.Translate(at.Text)
	if err != nil {
		k.z.problems.Add(at.Pos(), "%v", err)
	}
	if !ok {
		re2 = ""
	}
	return &model.Pattern{Source: at.Text, RE2: re2}
}

// formats reads what 2019-09 and later take for annotations unless told
// otherwise.
func (k *keywords) formats() {
	d := k.home.dialect
	if f, ok := k.n.Member("format").Str(); ok && knownFormats[f] && (d.assertFormat || k.z.options.AssertFormats) {
		k.s.Format = f
	}
	if d.draft == keyword.Draft7 || d.draft > keyword.Draft7 && k.z.options.AssertFormats {
		k.s.ContentEncoding, _ = k.n.Member("contentEncoding").Str()
		k.s.ContentMediaType, _ = k.n.Member("contentMediaType").Str()
		if k.s.ContentEncoding != "base64" {
			k.s.ContentEncoding = "" // others are annotations everywhere
		}
		if k.s.ContentMediaType != "application/json" {
			k.s.ContentMediaType = ""
		}
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

func (k *keywords) inPlace() {
	k.s.AllOf = append(k.s.AllOf, k.list("allOf")...)
	k.s.AnyOf, k.s.OneOf = k.list("anyOf"), k.list("oneOf")
	k.s.Not = k.sub("not")
	if k.draft() >= keyword.Draft7 {
		if k.s.If = k.sub("if"); k.s.If != nil {
			k.s.Then, k.s.Else = k.sub("then"), k.sub("else")
		}
		if k.s.Then == nil && k.s.Else == nil && !k.z.unevaluated(k.home) {
			k.s.If = nil // it has no effect
		}
	}
}

// unevaluated reports whether annotations matter in a resource.
func (ix *index) unevaluated(r *resource) bool {
	return r.dialect.unevaluated && r.dialect.draft >= keyword.Draft2019
}

func (k *keywords) arrays() {
	d := k.home.dialect
	if d.validation {
		k.s.MinItems, k.s.MaxItems = k.count("minItems"), k.count("maxItems")
		k.s.UniqueItems = k.n.Member("uniqueItems").True()
	}
	if d.unevaluated && d.draft >= keyword.Draft2019 {
		k.s.UnevaluatedItems = k.sub("unevaluatedItems")
	}
	if !d.applicator {
		return
	}
	items := k.n.Member("items")
	switch {
	case d.draft >= keyword.Draft2020:
		k.s.PrefixItems, k.s.Items = k.list("prefixItems"), k.sub("items")
	case items != nil && items.Kind == Array:
		k.s.PrefixItems, k.s.Items = k.list("items"), k.sub("additionalItems")
	default:
		k.s.Items = k.sub("items")
	}
	if d.draft >= keyword.Draft6 {
		k.s.Contains = k.sub("contains")
	}
	if k.s.Contains != nil && d.draft >= keyword.Draft2019 {
		k.s.ContainsUncounted = d.draft == keyword.Draft2019
		if d.validation {
			k.s.MinContains, k.s.MaxContains = k.count("minContains"), k.count("maxContains")
		}
	}
}

func (k *keywords) objects() {
	d := k.home.dialect
	if d.validation {
		k.s.MinProperties, k.s.MaxProperties = k.count("minProperties"), k.count("maxProperties")
		k.s.Required = k.names(k.n.Member("required"))
		if r := k.n.Member("dependentRequired"); r != nil && d.draft >= keyword.Draft2019 {
			for _, m := range r.Members {
				k.s.DependentRequired = append(k.s.DependentRequired, model.Dependent{Name: m.Name, Required: k.names(m.Value)})
			}
		}
	}
	if d.unevaluated && d.draft >= keyword.Draft2019 {
		k.s.UnevaluatedProps = k.sub("unevaluatedProperties")
	}
	if !d.applicator {
		return
	}
	k.s.Properties = k.properties("properties")
	k.s.Additional = k.sub("additionalProperties")
	if d.draft >= keyword.Draft6 {
		k.s.PropertyNames = k.sub("propertyNames")
	}
	if d.draft >= keyword.Draft2019 {
		k.s.DependentSchemas = k.properties("dependentSchemas")
	}
	if p := k.n.Member("patternProperties"); p != nil {
		for i := range p.Members {
			m := &p.Members[i]
			k.s.PatternProperties = append(k.s.PatternProperties, model.PatternProperty{
				Pattern: k.pattern(&m.Key),
				Schema:  k.z.schema(m.Value, k.path+"/patternProperties/"+escapeToken(m.Name)),
			})
		}
	}
	k.dependencies()
}

// dependencies reads what 2019-09 split in two, and everybody still writes.
func (k *keywords) dependencies() {
	n := k.n.Member("dependencies")
	if n == nil {
		return
	}
	for _, m := range n.Members {
		if m.Value.Kind == Array {
			k.s.DependentRequired = append(k.s.DependentRequired, model.Dependent{Name: m.Name, Required: k.names(m.Value)})
			continue
		}
		k.s.DependentSchemas = append(k.s.DependentSchemas, model.Property{
			Name: m.Name, Schema: k.z.schema(m.Value, k.path+"/dependencies/"+escapeToken(m.Name)),
		})
	}
}

func (k *keywords) properties(keyword string) []model.Property {
	n := k.n.Member(keyword)
	if n == nil {
		return nil
	}
	var list []model.Property
	for _, m := range n.Members {
		list = append(list, model.Property{
			Name: m.Name, Schema: k.z.schema(m.Value, k.path+"/"+keyword+"/"+escapeToken(m.Name)),
		})
	}
	return list
}

// names returns the strings of an array.
func (k *keywords) names(n *Node) []string {
	if n == nil || n.Kind != Array {
		return nil
	}
	var names []string
	for _, item := range n.Items {
		names = append(names, item.Text)
	}
	return names
}
