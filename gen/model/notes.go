package model

import "cmp"

// Notes are what an author says about a schema for readers, tools and target
// languages: annotations, which don't affect validation. Zero fields say nothing.
type Notes struct {
	Title       string
	Description string
	Examples    []string // JSON texts
	Default     string   // JSON text of what an absent value stands for

	Deprecated string // why
	ReadOnly   bool   // only the service sets the value
	WriteOnly  bool   // the service never tells the value
	Secret     bool   // the value must not reach a log; what is WriteOnly is secret too

	// Format is the format as it's written, whether it means anything or not; see
	// Type.FormatChecked.
	Format string

	// Names are the names that the author chose for target languages, and
	// ValueNames those for constants, by their text: of a string, what is between
	// the quotes.
	Names      Names
	ValueNames map[string]Names

	// Import is set if the author represents the type by one of their own: a
	// package path and a type name by target language, such as
	// {"go": "example.org/money.Amount"}. Such a type decodes and encodes itself
	// by the language's usual means.
	Import Names
	// Wide is Int or Uint if the author says that 64 bits hold the integers of the
	// schema, and Any if not.
	Wide Kind

	// Extensions are the keywords that begin with x- and belong to other tools,
	// in their order.
	Extensions []Extension
}

// An Extension is a keyword of another tool.
type Extension struct {
	Name string // x- included
	Pos  Pos
	JSON string // its value, compact
}

// Doc returns the description, or the title if there is none.
func (n *Notes) Doc() string { return cmp.Or(n.Description, n.Title) }

// Names are names that an author chose for target languages, such as
// {"go": "UserID"}. Nil means that emitters choose.
type Names map[string]string
