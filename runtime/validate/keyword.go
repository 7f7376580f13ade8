package validate

import (
	"sync"

	"github.com/tpp-rpc/tpp/runtime/format"
)

// A keyword is a row of the table. To add a keyword, add its row, the field of
// node that it's compiled into, and the check that judges by it. A test in
// gen/rules holds the table against the one by which the generator prints.
type keyword struct {
	name string

	// compile reads the value at a token into s.
	compile func(c *compiler, s *node, at int)

	// check judges by the keyword, or by several that share it. It's nil for
	// keywords that valid and evaluated look at themselves.
	check *check

	// phrase puts what the keyword expects into words, for messages. It returns ""
	// if node.phrase finds the words. If phrase is nil, it takes more than a few
	// words, for the keyword and every schema that has it.
	phrase func(s *node) string

	order int // of the rows
}

// A check judges values by one keyword or a few.
type check struct {
	about    kind // the values it judges; 0 means all
	composed bool // it judges by other schemas for the same value
	inside   bool // it may have a problem with something inside of the value
	run      run
}

// A run judges the value at a token by s, and sets the marks of what it
// evaluates.
type run = func(e *evaluation, s *node, at, marks int) bool

var (
	byKind    = &check{run: (*evaluation).ofKind}
	byValue   = &check{run: (*evaluation).ofEnum}
	byBounds  = &check{about: number, run: (*evaluation).number}
	byText    = &check{about: text, run: (*evaluation).string}
	byCount   = &check{about: array, run: (*evaluation).itemCount}
	byItems   = &check{about: array, inside: true, run: (*evaluation).items}
	byContent = &check{about: array, run: (*evaluation).contains}
	bySize    = &check{about: object, run: (*evaluation).memberCount}
	byMembers = &check{about: object, inside: true, run: (*evaluation).members}
	byIf      = &check{composed: true, run: (*evaluation).conditional}
)

// rows returns the table. Checks run in the order of its rows, and phrases are
// put together in it.
func rows() []keyword {
	return []keyword{
		{name: "x-scope", compile: (*compiler).scope, phrase: elsewhere},

		{name: "type", compile: func(c *compiler, s *node, at int) { s.kinds = c.kinds(at) }, check: byKind, phrase: elsewhere},
		{name: "enum", compile: func(c *compiler, s *node, at int) { c.enum(s, c.list(at)) }, check: byValue, phrase: elsewhere},
		{name: "const", compile: func(c *compiler, s *node, at int) { c.enum(s, []int{at}) }, check: byValue, phrase: elsewhere},

		{name: "minimum", compile: bound(func(s *node) *string { return &s.minimum }), check: byBounds,
			phrase: func(s *node) string { return "at least " + s.minimum }},
		{name: "exclusiveMinimum", compile: bound(func(s *node) *string { return &s.over }), check: byBounds,
			phrase: func(s *node) string { return "more than " + s.over }},
		{name: "maximum", compile: bound(func(s *node) *string { return &s.maximum }), check: byBounds,
			phrase: func(s *node) string { return "at most " + s.maximum }},
		{name: "exclusiveMaximum", compile: bound(func(s *node) *string { return &s.under }), check: byBounds,
			phrase: func(s *node) string { return "less than " + s.under }},
		{name: "multipleOf", compile: bound(func(s *node) *string { return &s.multipleOf }), check: byBounds,
			phrase: func(s *node) string { return "a multiple of " + s.multipleOf }},

		{name: "minLength", compile: count(func(s *node) *int { return &s.minLength }), check: byText,
			phrase: func(s *node) string { return "at least " + plural(s.minLength, "character", "characters") }},
		{name: "maxLength", compile: count(func(s *node) *int { return &s.maxLength }), check: byText,
			phrase: func(s *node) string { return "at most " + plural(s.maxLength, "character", "characters") }},
		{name: "pattern", compile: func(c *compiler, s *node, at int) { s.pattern = c.pattern(at) }, check: byText,
			phrase: func(s *node) string { return "a match of " + s.pattern.source }},
		{name: "format", compile: func(c *compiler, s *node, at int) { s.format = c.text(at) }, check: byText,
			phrase: func(s *node) string { return format.Phrase(s.format) }},
		{name: "contentEncoding", compile: func(c *compiler, s *node, at int) { s.encoding = c.oneOf(at, "base64") }, check: byText,
			phrase: func(*node) string { return "bytes in base64" }},
		{name: "contentMediaType", compile: func(c *compiler, s *node, at int) { s.media = c.oneOf(at, "application/json") }, check: byText,
			phrase: func(*node) string { return "a string that holds JSON" }},

		{name: "minItems", compile: count(func(s *node) *int { return &s.minItems }), check: byCount,
			phrase: func(s *node) string { return "at least " + plural(s.minItems, "item", "items") }},
		{name: "maxItems", compile: count(func(s *node) *int { return &s.maxItems }), check: byCount,
			phrase: func(s *node) string { return "at most " + plural(s.maxItems, "item", "items") }},
		{name: "prefixItems", compile: several(func(s *node) *[]*node { return &s.prefix }), check: byItems},
		{name: "items", compile: one(func(s *node) **node { return &s.items }), check: byItems},
		{name: "contains", compile: one(func(s *node) **node { return &s.contains }), check: byContent},
		{name: "minContains", compile: count(func(s *node) *int { return &s.minContains }), check: byContent},
		{name: "maxContains", compile: count(func(s *node) *int { return &s.maxContains }), check: byContent},
		{name: "x-containsUncounted", compile: func(c *compiler, s *node, at int) { s.uncounted = c.flag(at) }, check: byContent},
		{name: "uniqueItems", compile: func(c *compiler, s *node, at int) { s.unique = c.flag(at) },
			check: &check{about: array, run: (*evaluation).unique}},

		{name: "minProperties", compile: count(func(s *node) *int { return &s.minProperties }), check: bySize},
		{name: "maxProperties", compile: count(func(s *node) *int { return &s.maxProperties }), check: bySize},
		{name: "properties", compile: (*compiler).properties, check: byMembers},
		{name: "required", compile: (*compiler).required, check: byMembers, phrase: elsewhere},
		{name: "patternProperties", compile: (*compiler).patternProperties, check: byMembers},
		{name: "x-patternProperties", compile: (*compiler).ecmaProperties, check: byMembers},
		{name: "additionalProperties", compile: one(func(s *node) **node { return &s.additional }), check: byMembers},
		{name: "propertyNames", compile: one(func(s *node) **node { return &s.names }),
			check: &check{about: object, run: (*evaluation).propertyNames}},
		{name: "dependentRequired", compile: (*compiler).dependentRequired,
			check: &check{about: object, run: (*evaluation).dependentRequired}},
		{name: "dependentSchemas", compile: (*compiler).dependentSchemas,
			check: &check{about: object, run: (*evaluation).dependentSchemas}},

		{name: "$ref", compile: func(c *compiler, s *node, at int) { s.ref = c.target(at) },
			check: &check{inside: true, run: (*evaluation).follow}},
		{name: "x-dynamicRef", compile: func(c *compiler, s *node, at int) { s.dynamic, s.isDynamic = c.text(at), true }}, // follow looks at it
		{name: "allOf", compile: several(func(s *node) *[]*node { return &s.allOf }),
			check: &check{composed: true, inside: true, run: (*evaluation).all}},
		{name: "anyOf", compile: several(func(s *node) *[]*node { return &s.anyOf }),
			check: &check{composed: true, run: (*evaluation).anyOf}},
		{name: "oneOf", compile: several(func(s *node) *[]*node { return &s.oneOf }),
			check: &check{composed: true, run: (*evaluation).oneOf}},
		{name: "not", compile: (*compiler).not,
			check: &check{composed: true, run: (*evaluation).excludes}},
		{name: "if", compile: one(func(s *node) **node { return &s.test }), check: byIf},
		{name: "then", compile: one(func(s *node) **node { return &s.then }), check: byIf},
		{name: "else", compile: one(func(s *node) **node { return &s.orElse }), check: byIf},

		// These ask what the others have evaluated; see evaluated.
		{name: "unevaluatedItems", compile: one(func(s *node) **node { return &s.unevaluatedItems })},
		{name: "unevaluatedProperties", compile: one(func(s *node) **node { return &s.unevaluatedProperties })},
	}
}

// elsewhere is the phrase of keywords whose words node.phrase finds.
func elsewhere(*node) string { return "" }

// keywords returns the rows by name.
var keywords = sync.OnceValue(func() map[string]*keyword {
	byName := map[string]*keyword{}
	for i, k := range rows() {
		k.order = i
		byName[k.name] = &k
	}
	return byName
})

// one compiles a schema.
func one(field func(s *node) **node) func(c *compiler, s *node, at int) {
	return func(c *compiler, s *node, at int) { *field(s) = c.schema(at) }
}

// several compiles a list of schemas.
func several(field func(s *node) *[]*node) func(c *compiler, s *node, at int) {
	return func(c *compiler, s *node, at int) {
		for _, at := range c.list(at) {
			*field(s) = append(*field(s), c.schema(at))
		}
	}
}

// bound compiles a number.
func bound(field func(s *node) *string) func(c *compiler, s *node, at int) {
	return func(c *compiler, s *node, at int) {
		c.need(at, number, "a number")
		*field(s) = c.raw(at)
	}
}

// count compiles a number of things.
func count(field func(s *node) *int) func(c *compiler, s *node, at int) {
	return func(c *compiler, s *node, at int) { *field(s) = c.count(at) }
}
