package schema

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// A dialect is what the keywords of a schema mean: a draft, and the
// vocabularies of it that are in use.
type dialect struct {
	uri   string // of its metaschema, without an empty fragment
	draft draft

	applicator, unevaluated, validation, content bool
	assertFormat                                 bool
}

// draft is a version of JSON Schema. Later ones are greater.
type draft int

const (
	draft4 draft = iota
	draft6
	draft7
	draft2019
	draft2020
)

// id returns the keyword that names a schema.
func (d draft) id() string {
	if d == draft4 {
		return "id"
	}
	return "$id"
}

// DefaultDialect is the dialect of a schema that doesn't name one.
const DefaultDialect = "https://json-schema.org/draft/2020-12/schema"

var draftURIs = map[string]draft{
	"http://json-schema.org/draft-04/schema":       draft4,
	"http://json-schema.org/draft-06/schema":       draft6,
	"http://json-schema.org/draft-07/schema":       draft7,
	"https://json-schema.org/draft/2019-09/schema": draft2019,
	"https://json-schema.org/draft/2020-12/schema": draft2020,
}

// newDialect returns the dialect of one of the drafts itself.
func newDialect(uri string, d draft) *dialect {
	return &dialect{
		uri: uri, draft: d,
		applicator: true, unevaluated: true, validation: true, content: true,
		assertFormat: d < draft2019,
	}
}

// trimFragment removes an empty fragment: http://json-schema.org/draft-07/schema#
// and the same without # are one dialect.
func trimFragment(uri string) string {
	uri = strings.TrimSuffix(uri, "#")
	if rest, ok := strings.CutPrefix(uri, "https://json-schema.org/draft-0"); ok {
		return "http://json-schema.org/draft-0" + rest // a spelling often met
	}
	if rest, ok := strings.CutPrefix(uri, "http://json-schema.org/draft/20"); ok {
		return "https://json-schema.org/draft/20" + rest
	}
	return uri
}

// restrict turns the vocabularies off that a metaschema doesn't declare.
func (d *dialect) restrict(vocabulary *Node) {
	const prefix = "https://json-schema.org/draft/"
	*d = dialect{uri: d.uri, draft: d.draft}
	for _, m := range vocabulary.Members {
		_, name, _ := strings.Cut(strings.TrimPrefix(m.Name, prefix), "/vocab/")
		switch name {
		case "applicator":
			d.applicator = true
			d.unevaluated = d.unevaluated || d.draft == draft2019
		case "unevaluated":
			d.unevaluated = true
		case "validation":
			d.validation = true
		case "content":
			d.content = true
		case "format-assertion":
			d.assertFormat = true
		case "format":
			d.assertFormat = d.assertFormat || m.Value.True()
		}
	}
}

// metaschemaFiles holds the metaschemas of the drafts, as published.
//
//go:embed metaschemas
var metaschemaFiles embed.FS

// metaschema returns the document of a metaschema of JSON Schema, or nil if
// uri names none.
func metaschema(uri string) []byte {
	name := ""
	if rest, ok := strings.CutPrefix(uri, "http://json-schema.org/draft-0"); ok {
		name = "draft-0" + strings.TrimSuffix(rest, "/schema")
	} else if rest, ok := strings.CutPrefix(uri, "https://json-schema.org/draft/"); ok {
		name = strings.Replace(rest, "/meta/", "/", 1)
	}
	data, err := fs.ReadFile(metaschemaFiles, path.Join("metaschemas", name+".json"))
	if err != nil {
		return nil
	}
	return data
}

// position says what a keyword's value holds.
type position int

const (
	aSchema     position = 1 << iota // a schema
	aList                            // an array of schemas
	aMap                             // an object of schemas
	anItemsList                      // items before 2020-12: a schema or an array of them
	aDependency                      // an object of schemas and arrays of names
)

// positions tells where a draft's schemas hold further schemas. Definitions
// are looked through under both of their names, as everybody does.
func (d draft) positions(keyword string) position {
	switch keyword {
	case "definitions", "$defs":
		if keyword == "$defs" && d < draft2019 {
			return 0
		}
		return aMap
	case "properties", "patternProperties":
		return aMap
	case "additionalProperties", "not":
		return aSchema
	case "allOf", "anyOf", "oneOf":
		return aList
	case "items":
		if d < draft2020 {
			return anItemsList
		}
		return aSchema
	case "additionalItems":
		if d < draft2020 {
			return aSchema
		}
	case "dependencies":
		return aDependency
	case "contains", "propertyNames":
		if d >= draft6 {
			return aSchema
		}
	case "if", "then", "else":
		if d >= draft7 {
			return aSchema
		}
	case "dependentSchemas":
		if d >= draft2019 {
			return aMap
		}
	case "unevaluatedProperties", "unevaluatedItems", "contentSchema":
		if d >= draft2019 {
			return aSchema
		}
	case "prefixItems":
		if d >= draft2020 {
			return aList
		}
	}
	return 0
}
