// Package format judges strings by the formats of JSON Schema, exactly as the
// optional/format part of its official test suite does.
package format

import "github.com/tpp-rpc/tpp/runtime/internal/ecma"

// formats has a function for every format of the drafts 4 to 2020-12.
var formats = map[string]func(string) bool{
	"date":                  date,
	"date-time":             dateTime,
	"duration":              duration,
	"email":                 email,
	"hostname":              hostname,
	"idn-email":             idnEmail,
	"idn-hostname":          idnHostname,
	"ipv4":                  ipv4,
	"ipv6":                  ipv6,
	"iri":                   iri,
	"iri-reference":         iriReference,
	"json-pointer":          jsonPointer,
	"regex":                 regex,
	"relative-json-pointer": relativeJSONPointer,
	"time":                  clockTime,
	"uri":                   uri,
	"uri-reference":         uriReference,
	"uri-template":          uriTemplate,
	"uuid":                  uuid,
}

// Known reports if name is a format that Valid judges.
func Known(name string) bool { return formats[name] != nil }

// Valid reports if s has the format of that name. Every string has a format
// that isn't known.
func Valid(name, s string) bool {
	valid := formats[name]
	return valid == nil || valid(s)
}

// regex reports if s is a regular expression of ECMA-262.
func regex(s string) bool {
	_, err := ecma.Parse(s)
	return err == nil
}
