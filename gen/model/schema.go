package model

// A Schema is a predicate on JSON values, after references have been resolved
// and the differences between drafts are gone: it means what it would mean in
// draft 2020-12. It's what an evaluator is given for whatever a type's
// representation and checks leave open. Nil pointers and zero values are
// keywords that are absent.
type Schema struct {
	Pointer string // where it stands, such as "order.yaml#/$defs/Item"
	Pos     Pos    // the same place

	// ValuePos are the places of the values of Enum, or else of Const. A schema
	// that was put together from others may have none.
	ValuePos []Pos

	// Notes are what the author says beside; nil for a schema that was put
	// together from others.
	Notes *Notes

	Never bool // the schema false

	Types JSONType // 0 if absent
	Int   bool     // beside Types: the numbers must be integers; Checks.Strict: written as such

	Enum  []string // JSON texts; nil if absent
	Const string   // JSON text

	Checks

	Ref        *Schema
	DynamicRef string  // the anchor looked for in the dynamic scope; Ref is where it leads if it isn't found
	Dynamic    bool    // tells an empty DynamicRef ($recursiveRef) from an absent one
	Scope      []Scope // the dynamic anchors of the resource that begins here

	AllOf, AnyOf, OneOf []*Schema
	Not                 *Schema
	If, Then, Else      *Schema

	Properties        []Property
	PatternProperties []PatternProperty
	Additional        *Schema
	PropertyNames     *Schema
	Required          []string
	DependentRequired []Dependent
	DependentSchemas  []Property
	UnevaluatedProps  *Schema
	PrefixItems       []*Schema
	Items             *Schema // of the items behind PrefixItems
	Contains          *Schema
	MinContains       *int
	MaxContains       *int
	ContainsUncounted bool // what Contains matches stays unevaluated (2019-09)
	UnevaluatedItems  *Schema
	ContentEncoding   string // asserted ones only
	ContentMediaType  string
}

// A Scope is a dynamic anchor and the schema it names in one resource.
type Scope struct {
	Anchor string // "" for $recursiveAnchor
	Schema *Schema
}

// A Property is a schema for the property of one name.
type Property struct {
	Name   string
	Schema *Schema
}

// A PatternProperty is a schema for the properties whose names match.
type PatternProperty struct {
	Pattern *Pattern
	Schema  *Schema
}

// A Dependent is the names that must be there if one is.
type Dependent struct {
	Name     string
	Required []string
}
