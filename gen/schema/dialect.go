package schema

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// A Dialect is what the keywords of a schema mean: a draft, and the vocabularies
// of it that are in use.
type Dialect struct {
	URI   string // of its metaschema, without an empty fragment
	Draft keyword.Draft

	AssertFormat  bool // format is a check rather than an annotation
	AssertContent bool // so are contentEncoding and contentMediaType

	without map[keyword.Vocabulary]bool
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
func newDialect(uri string, d keyword.Draft, o Options) *Dialect {
	return &Dialect{
		URI: uri, Draft: d,
		AssertFormat:  o.AssertFormats || d < keyword.Draft2019 && !o.IgnoreFormats,
		AssertContent: d == keyword.Draft7 || d > keyword.Draft7 && o.AssertFormats,
	}
}

// Has reports whether the dialect has the keywords of a vocabulary.
func (d *Dialect) Has(v keyword.Vocabulary) bool { return !d.without[v] }

// restrict takes away the vocabularies that a metaschema doesn't declare. The core
// and annotations always stay.
func (d *Dialect) restrict(vocabulary *document.Node, o Options) {
	d.without = map[keyword.Vocabulary]bool{keyword.Applicator: true, keyword.Unevaluated: true, keyword.Validation: true}
	d.AssertFormat = o.AssertFormats
	for i := range vocabulary.Members {
		m := &vocabulary.Members[i]
		_, name, _ := strings.Cut(m.Name, "/vocab/")
		switch name {
		case "format-assertion":
			d.AssertFormat = d.AssertFormat || !o.IgnoreFormats
		case "format":
			d.AssertFormat = d.AssertFormat || m.Value.True() && !o.IgnoreFormats
		case "applicator":
			if d.Draft == keyword.Draft2019 {
				delete(d.without, keyword.Unevaluated) // a vocabulary since 2020-12 only
			}
		}
		delete(d.without, keyword.Vocabulary(name))
	}
}

// dialect returns the dialect of a metaschema, which is read if it isn't one of
// the drafts.
func (f *finder) dialect(uri string) (*Dialect, error) {
	uri = trimFragment(uri)
	if d := f.dialects[uri]; d != nil {
		return d, nil
	}
	file, err := f.open(uri, nil)
	if err != nil {
		return nil, err
	}
	base := DefaultDialect
	if s, ok := file.Root.Member("$schema").Str(); ok && trimFragment(s) != uri {
		base = s
	}
	parent, err := f.dialect(base)
	if err != nil {
		return nil, err
	}
	d := newDialect(uri, parent.Draft, f.options)
	if v := file.Root.Member("$vocabulary"); v != nil {
		d.restrict(v, f.options)
	}
	f.dialects[uri] = d
	return d, nil
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
