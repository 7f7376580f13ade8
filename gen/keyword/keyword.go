// Package keyword is the table of JSON Schema's keywords. A row says how a
// keyword is written in a schema, and which field of model.Schema holds it; how
// schemas are read, walked, narrowed to a type and printed follows from the
// rows.
//
// To add a keyword that only an evaluator judges: add a field to model.Schema, a
// row to All, a row to the table in runtime/validate, and a case to the test in
// gen/rules, which fails until all of these are there.
package keyword

import (
	"reflect"

	"github.com/tpp-rpc/tpp/gen/model"
)

// A Keyword is a row of the table.
type Keyword struct {
	Name string // as schemas spell it, and the canonical text of rules

	// The drafts whose authors may write it. If Since is zero, no author does:
	// the keyword stands in canonical text alone. If Until is zero, the latest
	// draft has it as well. A name may have rows for several drafts.
	Since, Until Draft

	// Vocabulary is what the keyword belongs to in 2019-09 and later, where a
	// dialect may leave out vocabularies.
	Vocabulary Vocabulary

	// Instead is what to write in drafts that don't have the keyword, or "".
	Instead string

	// About is the types of the values that the keyword applies to; 0 means all.
	About model.JSONType

	Holds ValueKind // the kind of its value
	Place Place     // which values the schemas inside it apply to

	// Field returns a pointer to the field of s that holds the keyword. If Field
	// is nil, reading turns the keyword into others, or leaves it out.
	Field func(s *model.Schema) any
}

// A ValueKind is the kind of a keyword's value.
type ValueKind int

const (
	Types        ValueKind = iota // names of types; model.JSONType
	Part                          // what the row before says and has no name of its own; a field of any type
	Values                        // a list of values; []string of JSON text
	Value                         // a value; string of JSON text
	Number                        // a number; string of decimal text
	Count                         // a number of things; *int
	Flag                          // true or false; bool
	Text                          // string
	Pattern                       // a regular expression; *model.Pattern
	Names                         // a list of texts; []string
	NameMap                       // an object of lists of texts; []model.Dependent
	Schema                        // a schema; *model.Schema
	SchemaList                    // a list of schemas; []*model.Schema
	SchemaMap                     // an object of schemas; []model.Property
	PatternMap                    // an object of schemas with patterns as names; []model.PatternProperty
	Reference                     // a reference to a schema; *model.Schema
	Dynamic                       // a dynamic reference next to a Reference; bool, and a Part with its name
	Anchors                       // names of schemas; []model.Scope
	Items                         // a schema or a list of schemas; no field
	Annotation                    // a value of any type that checks nothing; no field
	Dependencies                  // an object of schemas and lists of texts; no field
)

var valueKindNames = [...]string{
	Types: "Types", Part: "Part", Values: "Values", Value: "Value", Number: "Number", Count: "Count", Flag: "Flag",
	Text: "Text", Pattern: "Pattern", Names: "Names", NameMap: "NameMap", Schema: "Schema", SchemaList: "SchemaList",
	SchemaMap: "SchemaMap", PatternMap: "PatternMap", Reference: "Reference", Dynamic: "Dynamic", Anchors: "Anchors",
	Items: "Items", Annotation: "Annotation", Dependencies: "Dependencies",
}

// String returns the name of k as it's declared here.
func (k ValueKind) String() string { return valueKindNames[k] }

// Place is which values the schemas inside a keyword apply to.
type Place int

const (
	Elsewhere Place = iota // none by themselves: the keyword defines or names schemas, or has none
	InPlace                // the value that the keyword itself is about
	Inside                 // items of that value, properties, or their names
)

// Vocabulary is a part of JSON Schema, named as in the URIs of 2019-09 and later.
type Vocabulary string

const (
	Core        Vocabulary = "core"
	Applicator  Vocabulary = "applicator"
	Unevaluated Vocabulary = "unevaluated"
	Validation  Vocabulary = "validation"
	Format      Vocabulary = "format"
	Content     Vocabulary = "content"
	MetaData    Vocabulary = "meta-data"
)

// In reports whether authors of a draft may write the keyword.
func (k *Keyword) In(d Draft) bool {
	return k.Since != 0 && k.Since <= d && (k.Until == 0 || d <= k.Until)
}

// Lookup returns the row of a name in a draft, or nil if the draft has no such
// keyword.
func Lookup(name string, d Draft) *Keyword {
	for _, k := range byName[name] {
		if k.In(d) {
			return k
		}
	}
	return nil
}

// Named returns the rows of a name, which differ in their drafts. It returns nil
// for what is no keyword of JSON Schema.
func Named(name string) []*Keyword { return byName[name] }

var byName = func() map[string][]*Keyword {
	m := map[string][]*Keyword{}
	for i := range All {
		if All[i].Since == 0 {
			continue // canonical text alone has it
		}
		m[All[i].Name] = append(m[All[i].Name], &All[i])
	}
	return m
}()

// Absent reports whether s doesn't have the keyword.
func (k *Keyword) Absent(s *model.Schema) bool { return k.Field == nil || k.field(s).IsZero() }

// clear makes the keyword absent from s.
func (k *Keyword) clear(s *model.Schema) {
	if k.Field != nil {
		k.field(s).SetZero()
	}
}

// copy makes dst say of the keyword what src does.
func (k *Keyword) copy(dst, src *model.Schema) {
	if k.Field != nil {
		k.field(dst).Set(k.field(src))
	}
}

func (k *Keyword) field(s *model.Schema) reflect.Value { return reflect.ValueOf(k.Field(s)).Elem() }
