package model

import (
	"iter"
	"strings"
)

// JSONType is a set of JSON types.
type JSONType uint8

const (
	JSONNull JSONType = 1 << iota
	JSONBool
	JSONNumber
	JSONString
	JSONArray
	JSONObject

	// JSONAll is the set of all types.
	JSONAll = JSONNull | JSONBool | JSONNumber | JSONString | JSONArray | JSONObject
)

// jsonTypes are the JSON types and what they're called: in a schema, in the
// name of a branch, and in a sentence about one value or several.
var jsonTypes = [...]struct {
	is                    JSONType
	name, word, one, many string
}{
	{JSONNull, "null", "null", "null", "null"},
	{JSONBool, "boolean", "bool", "a boolean", "booleans"},
	{JSONNumber, "number", "number", "a number", "numbers"},
	{JSONString, "string", "string", "a string", "strings"},
	{JSONArray, "array", "array", "an array", "arrays"},
	{JSONObject, "object", "object", "an object", "objects"},
}

// JSONTypeNamed returns the type that a schema calls name, or 0 if there is
// none. Integers are numbers.
func JSONTypeNamed(name string) JSONType {
	for _, t := range jsonTypes {
		if t.name == name {
			return t.is
		}
	}
	if name == "integer" {
		return JSONNumber
	}
	return 0
}

// JSONTypeOf returns the type of a value by its JSON text, which mustn't begin
// with white space. It returns 0 for no text.
func JSONTypeOf(text string) JSONType {
	if text == "" {
		return 0
	}
	switch text[0] {
	case 'n':
		return JSONNull
	case 't', 'f':
		return JSONBool
	case '"':
		return JSONString
	case '[':
		return JSONArray
	case '{':
		return JSONObject
	}
	return JSONNumber
}

// Each returns the types in the set, one at a time.
func (set JSONType) Each() iter.Seq[JSONType] {
	return func(yield func(JSONType) bool) {
		for _, t := range jsonTypes {
			if set&t.is != 0 && !yield(t.is) {
				return
			}
		}
	}
}

// String returns what schemas call the types of the set, such as "boolean" or
// "null or string".
func (set JSONType) String() string {
	return set.names(func(i int) string { return jsonTypes[i].name })
}

// Word returns what the types are called in a name, such as "bool".
func (set JSONType) Word() string {
	return set.names(func(i int) string { return jsonTypes[i].word })
}

// One returns what one value of the types is, such as "null or a string".
func (set JSONType) One() string {
	return set.names(func(i int) string { return jsonTypes[i].one })
}

// Many returns what several values of the types are, such as "strings".
func (set JSONType) Many() string {
	return set.names(func(i int) string { return jsonTypes[i].many })
}

func (set JSONType) names(name func(i int) string) string {
	var names []string
	for i, t := range jsonTypes {
		if set&t.is != 0 {
			names = append(names, name(i))
		}
	}
	return strings.Join(names, " or ")
}
