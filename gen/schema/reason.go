package schema

// This file words the errors of metaschemas for authors of schemas.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tpp-rpc/tpp/gen"
	"github.com/tpp-rpc/tpp/gen/document"
	"github.com/tpp-rpc/tpp/gen/keyword"
)

// reason returns what is wrong with a value in a schema of a draft, or "" if
// another leaf of the same error says it better.
func reason(at *document.Node, leaf *jsonschema.ValidationError, d keyword.Draft) string {
	name := lastKeyword(leaf.InstanceLocation)
	want, isType := strings.CutPrefix(leaf.Message, "expected ")
	want, _, _ = strings.Cut(want, ", but got ")
	switch rule := leaf.KeywordLocation[strings.LastIndexByte(leaf.KeywordLocation, '/')+1:]; {
	case name == "type" && rule == "enum":
		if at.Kind == document.Array && strings.HasSuffix(leaf.InstanceLocation, "/type") {
			return "" // each item is reported by itself
		}
		return typeReason(at)
	case name == "type" && want == "array":
		return "" // that it's no type has been reported
	case isType && strings.Contains(want, "object") && strings.Contains(want, "boolean"):
		if name == "items" && at.Kind == document.Array && d >= keyword.Draft2020 {
			return "items is one schema for all items: use prefixItems for a list of schemas"
		}
		return fmt.Sprintf("%q must be a schema, an object or a boolean, not %s", name, saying(at))
	case isType && name == "required":
		return fmt.Sprintf("required must be a list of names, not %s", saying(at))
	case isType:
		hint := ""
		if _, err := strconv.ParseFloat(at.Text, 64); err == nil && at.Kind == document.String && !strings.Contains(want, "string") {
			hint = ": leave out the quotes"
		}
		if name == "$ref" && at.Kind == document.Null {
			hint = ": put it in quotes, since # begins a comment"
		}
		return fmt.Sprintf("%s must be %s, not %s%s", name, wanted(want), saying(at), hint)
	case rule == "uniqueItems":
		return fmt.Sprintf("%s has something twice: remove one", name)
	case rule == "minItems":
		return fmt.Sprintf("%s is empty: fill it in, or leave it out", name)
	}
	if bound, found, ok := strings.Cut(leaf.Message, " but found "); ok {
		return fmt.Sprintf("%s %s, not %s", name, bound, found)
	}
	return fmt.Sprintf("%s: %s", name, leaf.Message)
}

// lastKeyword returns the name that stands last in a JSON pointer.
func lastKeyword(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i := len(tokens) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(tokens[i]); err != nil {
			return strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[i])
		}
	}
	return "schema"
}

// otherTypes are what other languages call the types of JSON.
var otherTypes = map[string]string{
	"str": "string", "text": "string", "char": "string", "bytes": "string", "date": "string", "datetime": "string",
	"int": "integer", "int32": "integer", "int64": "integer", "uint": "integer", "long": "integer",
	"float": "number", "float32": "number", "float64": "number", "double": "number", "decimal": "number",
	"bool": "boolean", "map": "object", "dict": "object", "struct": "object", "record": "object",
	"list": "array", "slice": "array", "tuple": "array", "nil": "null", "none": "null",
}

// typeReason says why n is no type.
func typeReason(n *document.Node) string {
	known := []string{"string", "integer", "number", "boolean", "object", "array", "null"}
	switch n.Kind {
	case document.Null:
		return `type null must stand in quotes: write "null"`
	case document.String:
	default:
		return fmt.Sprintf("type must be the name of one or a list of names, not %s", saying(n))
	}
	name := strings.ToLower(n.Text)
	hint := gen.Suggest(name, known)
	switch other := otherTypes[name]; {
	case other != "":
		hint = fmt.Sprintf(": it's called %q here", other)
	case keyword.Checked(name):
		hint = ": write type: string, format: " + name
	case hint == "":
		hint = ": there are " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("type %q isn't one that JSON has%s", n.Text, hint)
}

// saying returns what n is, and what it says if that's short.
func saying(n *document.Node) string {
	switch n.Kind {
	case document.Null:
		return "null"
	case document.Bool:
		return strconv.FormatBool(n.Bool)
	case document.Number:
		return n.Text
	case document.String:
		if len(n.Text) < 40 {
			text, _ := json.Marshal(n.Text)
			return "the string " + string(text)
		}
	}
	return n.Kind.One()
}

// wanted returns the names of types, such as "integer or null", with articles.
func wanted(names string) string {
	list := strings.Split(names, " or ")
	for i, name := range list {
		a := "a"
		if slices.Contains([]string{"integer", "array", "object"}, name) {
			a = "an"
		}
		list[i] = a + " " + name
	}
	return strings.Join(list, " or ")
}
