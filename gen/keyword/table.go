package keyword

import "github.com/tpp-rpc/tpp/gen/model"

type schema = *model.Schema

const (
	aboutNumbers = model.JSONNumber
	aboutStrings = model.JSONString
	aboutArrays  = model.JSONArray
	aboutObjects = model.JSONObject
)

// All is the table, in the order in which canonical text has the keywords.
// It must not be changed.
var All = []Keyword{
	// Names of schemas.
	{Name: "id", Holds: Text, Since: Draft4, Until: Draft4, Vocabulary: Core, Instead: "$id"},
	{Name: "$id", Holds: Text, Since: Draft6, Vocabulary: Core},
	{Name: "$schema", Holds: Text, Since: Draft4, Vocabulary: Core},
	{Name: "$vocabulary", Holds: Annotation, Since: Draft2019, Vocabulary: Core},
	{Name: "$anchor", Holds: Text, Since: Draft2019, Vocabulary: Core, Instead: `$id: "#NAME"`},
	{Name: "$recursiveAnchor", Holds: Flag, Since: Draft2019, Until: Draft2019, Vocabulary: Core, Instead: "$dynamicAnchor"},
	{Name: "$dynamicAnchor", Holds: Text, Since: Draft2020, Vocabulary: Core},

	// Annotations.
	{Name: "$comment", Holds: Annotation, Since: Draft7, Vocabulary: Core, Instead: "description"},
	{Name: "title", Holds: Annotation, Since: Draft4, Vocabulary: MetaData},
	{Name: "description", Holds: Annotation, Since: Draft4, Vocabulary: MetaData},
	{Name: "default", Holds: Annotation, Since: Draft4, Vocabulary: MetaData},
	{Name: "examples", Holds: Annotation, Since: Draft6, Vocabulary: MetaData, Instead: "description"},
	{Name: "deprecated", Holds: Annotation, Since: Draft2019, Vocabulary: MetaData, Instead: "description"},
	{Name: "readOnly", Holds: Annotation, Since: Draft7, Vocabulary: MetaData, Instead: "description"},
	{Name: "writeOnly", Holds: Annotation, Since: Draft7, Vocabulary: MetaData, Instead: "x-tpp-secret: true"},

	// References and definitions.
	{Name: "x-scope", Holds: Anchors, Field: func(s schema) any { return &s.Scope }},
	{Name: "$ref", Holds: Reference, Place: InPlace, Since: Draft4, Vocabulary: Core,
		Field: func(s schema) any { return &s.Ref }},
	{Name: "$recursiveRef", Holds: Reference, Place: InPlace, Since: Draft2019, Until: Draft2019, Vocabulary: Core, Instead: "$dynamicRef"},
	{Name: "$dynamicRef", Holds: Reference, Place: InPlace, Since: Draft2020, Vocabulary: Core, Instead: "$ref"},
	{Name: "x-dynamicRef", Holds: Dynamic, Field: func(s schema) any { return &s.Dynamic }},
	{Name: "x-dynamicRef", Holds: Part, Field: func(s schema) any { return &s.DynamicRef }},
	{Name: "definitions", Holds: SchemaMap, Since: Draft4, Vocabulary: Core}, // looked through in every draft
	{Name: "$defs", Holds: SchemaMap, Since: Draft2019, Vocabulary: Core, Instead: "definitions"},

	// Any value.
	{Name: "type", Holds: Types, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Types }},
	{Name: "type", Holds: Part, About: aboutNumbers, Field: func(s schema) any { return &s.Int }},
	{Name: "type", Holds: Part, About: aboutNumbers, Field: func(s schema) any { return &s.Strict }},
	{Name: "enum", Holds: Values, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Enum }},
	{Name: "const", Holds: Value, Since: Draft6, Vocabulary: Validation, Instead: "enum with one value",
		Field: func(s schema) any { return &s.Const }},

	// Numbers. The exclusive bounds of draft 4 are flags next to the others.
	{Name: "multipleOf", Holds: Number, About: aboutNumbers, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MultipleOf }},
	{Name: "minimum", Holds: Number, About: aboutNumbers, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Minimum }},
	{Name: "exclusiveMinimum", Holds: Number, About: aboutNumbers, Since: Draft6, Vocabulary: Validation,
		Field: func(s schema) any { return &s.ExclusiveMinimum }},
	{Name: "maximum", Holds: Number, About: aboutNumbers, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Maximum }},
	{Name: "exclusiveMaximum", Holds: Number, About: aboutNumbers, Since: Draft6, Vocabulary: Validation,
		Field: func(s schema) any { return &s.ExclusiveMaximum }},
	{Name: "exclusiveMinimum", Holds: Flag, About: aboutNumbers, Since: Draft4, Until: Draft4, Vocabulary: Validation},
	{Name: "exclusiveMaximum", Holds: Flag, About: aboutNumbers, Since: Draft4, Until: Draft4, Vocabulary: Validation},

	// Strings. Reading decides which formats and contents are more than annotations.
	{Name: "minLength", Holds: Count, About: aboutStrings, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MinLength }},
	{Name: "maxLength", Holds: Count, About: aboutStrings, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MaxLength }},
	{Name: "pattern", Holds: Pattern, About: aboutStrings, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Pattern }},
	{Name: "format", Holds: Text, About: aboutStrings, Since: Draft4, Vocabulary: Format,
		Field: func(s schema) any { return &s.Format }},
	{Name: "contentEncoding", Holds: Text, About: aboutStrings, Since: Draft7, Vocabulary: Content,
		Field: func(s schema) any { return &s.ContentEncoding }},
	{Name: "contentMediaType", Holds: Text, About: aboutStrings, Since: Draft7, Vocabulary: Content,
		Field: func(s schema) any { return &s.ContentMediaType }},
	{Name: "contentSchema", Holds: Schema, About: aboutStrings, Since: Draft2019, Vocabulary: Content},

	// Sizes of arrays and objects.
	{Name: "minItems", Holds: Count, About: aboutArrays, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MinItems }},
	{Name: "maxItems", Holds: Count, About: aboutArrays, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MaxItems }},
	{Name: "uniqueItems", Holds: Flag, About: aboutArrays, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.UniqueItems }},
	{Name: "minProperties", Holds: Count, About: aboutObjects, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MinProperties }},
	{Name: "maxProperties", Holds: Count, About: aboutObjects, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MaxProperties }},

	// Schemas for the same value.
	{Name: "allOf", Holds: SchemaList, Place: InPlace, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.AllOf }},
	{Name: "anyOf", Holds: SchemaList, Place: InPlace, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.AnyOf }},
	{Name: "oneOf", Holds: SchemaList, Place: InPlace, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.OneOf }},
	{Name: "not", Holds: Schema, Place: InPlace, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Not }},
	{Name: "if", Holds: Schema, Place: InPlace, Since: Draft7, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.If }},
	{Name: "then", Holds: Schema, Place: InPlace, Since: Draft7, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Then }},
	{Name: "else", Holds: Schema, Place: InPlace, Since: Draft7, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Else }},

	// Properties of objects. Until 2019-09 dependencies are both, of names and of
	// schemas, and are written ever since.
	{Name: "properties", Holds: SchemaMap, Place: Inside, About: aboutObjects, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Properties }},
	{Name: "patternProperties", Holds: PatternMap, Place: Inside, About: aboutObjects, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.PatternProperties }},
	{Name: "additionalProperties", Holds: Schema, Place: Inside, About: aboutObjects, Since: Draft4, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Additional }},
	{Name: "propertyNames", Holds: Schema, Place: Inside, About: aboutObjects, Since: Draft6, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.PropertyNames }},
	{Name: "required", Holds: Names, About: aboutObjects, Since: Draft4, Vocabulary: Validation,
		Field: func(s schema) any { return &s.Required }},
	{Name: "dependentRequired", Holds: NameMap, About: aboutObjects, Since: Draft2019, Vocabulary: Validation, Instead: "dependencies",
		Field: func(s schema) any { return &s.DependentRequired }},
	{Name: "dependentSchemas", Holds: SchemaMap, Place: InPlace, About: aboutObjects, Since: Draft2019, Vocabulary: Applicator, Instead: "dependencies",
		Field: func(s schema) any { return &s.DependentSchemas }},
	{Name: "dependencies", Holds: Dependencies, Place: InPlace, About: aboutObjects, Since: Draft4, Vocabulary: Applicator},
	{Name: "unevaluatedProperties", Holds: Schema, Place: Inside, About: aboutObjects, Since: Draft2019, Vocabulary: Unevaluated,
		Field: func(s schema) any { return &s.UnevaluatedProps }},

	// Items of arrays. Before 2020-12 items is what prefixItems and items are now.
	{Name: "prefixItems", Holds: SchemaList, Place: Inside, About: aboutArrays, Since: Draft2020, Vocabulary: Applicator, Instead: "a list in items",
		Field: func(s schema) any { return &s.PrefixItems }},
	{Name: "items", Holds: Schema, Place: Inside, About: aboutArrays, Since: Draft2020, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Items }},
	{Name: "items", Holds: Items, Place: Inside, About: aboutArrays, Since: Draft4, Until: Draft2019, Vocabulary: Applicator},
	{Name: "additionalItems", Holds: Schema, Place: Inside, About: aboutArrays, Since: Draft4, Until: Draft2019, Vocabulary: Applicator, Instead: "prefixItems and items"},
	{Name: "contains", Holds: Schema, Place: Inside, About: aboutArrays, Since: Draft6, Vocabulary: Applicator,
		Field: func(s schema) any { return &s.Contains }},
	{Name: "minContains", Holds: Count, About: aboutArrays, Since: Draft2019, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MinContains }},
	{Name: "maxContains", Holds: Count, About: aboutArrays, Since: Draft2019, Vocabulary: Validation,
		Field: func(s schema) any { return &s.MaxContains }},
	{Name: "x-containsUncounted", Holds: Flag, About: aboutArrays,
		Field: func(s schema) any { return &s.ContainsUncounted }},
	{Name: "unevaluatedItems", Holds: Schema, Place: Inside, About: aboutArrays, Since: Draft2019, Vocabulary: Unevaluated,
		Field: func(s schema) any { return &s.UnevaluatedItems }},
}
