package schema

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/tpp-rpc/tpp/gen/keyword"
)

// A dialect is what the keywords of a schema mean: a draft, and the
// vocabularies of it that are in use.
type dialect struct {
	uri   string // of its metaschema, without an empty fragment
	draft keyword.Draft

	applicator, unevaluated, validation, content bool
	assertFormat                                 bool
}

// DefaultDialect is the dialect of a schema that doesn't name one.
const DefaultDialect = "https://json-schema.org/draft/2020-12/schema"

var draftURIs = map[string]keyword.Draft{
	"http://json-schema.org/draft-04/schema":       keyword.Draft4,
	"http://json-schema.org/draft-06/schema":       keyword.Draft6,
	"http://json-schema.org/draft-07/schema":       keyword.Draft7,
	"https://json-schema.org/draft/2019-09/schema": keyword.Draft2019,
	"https://json-schema.org/draft/2020-12/schema": keyword.Draft2020,
}

// newDialect returns the dialect of one of the drafts itself.
func newDialect(uri string, d keyword.Draft) *dialect {
	return &dialect{
		uri: uri, draft: d,
		applicator: true, unevaluated: true, validation: true, content: true,
		assertFormat: d < keyword.Draft2019,
	}
}

// has reports whether a vocabulary is in use.
func (d *dialect) has(v keyword.Vocabulary) bool {
	switch v {
	case keyword.Applicator:
		return d.applicator
	case keyword.Unevaluated:
		return d.unevaluated
	case keyword.Validation:
		return d.validation
	}
	return true
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
			d.unevaluated = d.unevaluated || d.draft == keyword.Draft2019
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
