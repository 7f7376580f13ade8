// Package model holds contracts after everything about JSON Schema has been
// resolved: the graph that every emitter and checker walks.
//
// A contract is services and types. A type answers four questions apart: how
// its value is represented (Kind and what belongs to it), which checks the
// value must pass (Checks, and Rules for what no straight-line code can
// decide), how the branches of a union are told apart (Branch), and what it
// refers to (pointers; cycles are real).
//
// Every node knows where it stands (Pos), and what its author says for readers
// and tools (Notes).
//
// The package knows nothing of JSON Schema's drafts, and of no target language:
// names are lists of words, from which an emitter makes its own. It imports the
// standard library only. Package gen/shape builds the values; they must not be
// changed after that.
package model

// A Contract is what one run of the generator works on.
type Contract struct {
	// Source is the base name of the file that the contract came from, and Pos
	// where the contract stands in it.
	Source string
	Pos    Pos

	// Service is nil if the source holds types alone.
	Service *Service

	// Document is the contract as one document in JSON, with everything that it refers
	// to; "" if the source holds types alone.
	Document string

	// Types are the types that get a name of their own, in the order of the
	// source. Types that are used only in place aren't listed.
	Types []*Type

	// Aliases are further names for such types.
	Aliases []*Alias
}

// An Alias is a second name for a type, such as that of a whole document that
// is no more than a reference to a definition.
type Alias struct {
	Words []string
	Pos   Pos
	Type  *Type
}

// A Service is a set of actions that one peer offers.
type Service struct {
	Name        string
	Pos         Pos // where its name stands
	Version     string
	Description string
	Deprecated  string // why, or "" if it isn't

	Actions []*Action
	Errors  []*Error

	// Envelope is a struct type whose fields are the request keys other than
	// token, action and body; nil if there are none.
	Envelope *Type
}

// An Action is one thing a service can be asked to do.
type Action struct {
	Name        string // on the wire
	Pos         Pos    // where the name stands
	Description string
	Deprecated  string
	Names       Names

	Request *Type

	// Response is the result of a unary action, or one item of a stream.
	Response *Type

	// Reply says where Response sits in the body.
	Reply Reply

	// Stream is nil for an action with one response.
	Stream *Stream

	// Upload is one item of what the caller sends behind the request; nil if that is
	// all.
	Upload *Type

	Errors     []*Error // those it may answer with, besides those of every service
	Idempotent bool     // may be sent again when unsure
	NoAuth     bool     // our server asks no token
	NoEnvelope bool     // carries none of the service's envelope keys
	Wire       map[string]string
}

// Types returns the types of the messages of a, in the order of a call.
func (a *Action) Types() []*Type {
	if a.Upload == nil {
		return []*Type{a.Request, a.Response}
	}
	return []*Type{a.Request, a.Upload, a.Response}
}

// An Error is an error that a service answers with.
type Error struct {
	Name        string
	Pos         Pos // where the name stands
	Code        int
	Description string
	Names       Names

	// Message is what a peer is told if the service says no more: the contract's
	// message, or else the words of the name. It fits Match.
	Message string

	// Data is what the error carries beside its code and message; nil if there is
	// nothing.
	Data *Type

	// Match is a regular expression (RE2) for the message, by which a caller
	// tells errors that share a code apart; "" matches every message.
	Match string
}

// A Type is how one JSON value is represented, and what is asked of it.
//
// Decoding a Type accepts a JSON value if and only if the schema it came from
// does; whatever the representation and Checks leave open is in Rules.
type Type struct {
	Kind Kind

	// Words are what the name is made of, from the outside in: a definition's
	// key, or the words of the owner followed by the property. Never empty for
	// a type in Contract.Types.
	Words []string
	Pos   Pos // where the schema stands
	Notes

	// Declared says that the type has a name of its own. Struct, Union, Enum
	// and Tuple types always do.
	Declared bool

	Elem   *Type    // List, Map, Nullable: what it holds
	Prefix []*Type  // Tuple: the leading items; Elem is the rest, or nil if there is none
	Fields []*Field // Struct
	Open   *Type    // Struct: what further properties hold; Any keeps them as they are; nil: none allowed

	// Groups hold the properties of a Struct that have no field and a name that matches a
	// pattern: each is in the first group with such a pattern. Open is for the others.
	Groups []*Group
	// Loose says that the schema of a Struct gives no type: a value that isn't an
	// object is accepted as well, and kept as it is.
	Loose bool

	Branches []*Branch // Union
	Select   *Select   // Union: how branches are told apart; nil means by trial, in order
	AtMost   int       // Union: 1 if exactly one branch may accept (oneOf); 0 if any number may (anyOf)

	Values []Value // Enum: the values; Const: the one value

	// Others tells that an Enum of strings isn't closed: other strings are accepted
	// as well, and kept.
	Others bool

	// FormatChecked says that values are checked for Notes.Format, by the
	// representation or by Checks.
	FormatChecked bool

	Checks Checks
	// Narrow says that the schema of an Int or a Uint allows integers that 64 bits don't
	// hold. They are refused, because the author or the user said so.
	Narrow bool
	Rules  *Schema // what is left to an evaluator; nil for ordinary types

	// Schema is the whole predicate, of which Kind, Checks and Rules are parts. If
	// nil, the type stands for no schema, such as that of an envelope, and its
	// parts say all.
	Schema *Schema
}

// A Field is one property of a Struct.
type Field struct {
	Name     string // on the wire
	Pos      Pos    // where its schema stands; of a key of the envelope, its name
	Type     *Type
	Required bool

	// Notes are those of the property, which may differ from the notes of its
	// type: more properties can have that.
	Notes
}

// A Group is the properties of a Struct whose names match one of some patterns.
type Group struct {
	Patterns []*Pattern
	Pos      Pos   // where the schema for the first pattern stands
	Type     *Type // what each property holds
	Notes          // of the schema for the first pattern
}

// A Value is a constant of a schema.
type Value struct {
	JSON  string // its text, compact
	Pos   Pos    // where it stands, or the schema whose const it is
	Words []string
	Notes // those of the branch that is this constant, if there is one
}

// Checks are what straight-line code asks of a value. Each applies to the
// values its keyword speaks of and is absent when zero.
type Checks struct {
	MinLength, MaxLength *int // code points
	Pattern              *Pattern
	Format               string // an asserted format that doesn't shape the type

	// Decimal texts, exactly as declared; "" if there is no such bound.
	Minimum, Maximum                   string
	ExclusiveMinimum, ExclusiveMaximum string
	MultipleOf                         string

	// Strict says that an integer must be written as one: 1.0 isn't (draft 4).
	Strict bool

	MinItems, MaxItems *int
	UniqueItems        bool

	MinProperties, MaxProperties *int
}

// A Pattern is a regular expression of ECMA-262, which is valid. Emitters
// translate it for their language; schemas/ecma does so for Go's regexp.
type Pattern struct {
	Source string
}
