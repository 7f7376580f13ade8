// Package format checks strings against the formats of JSON Schema. It agrees with
// the optional/format part of the official test suite.
package format

import "github.com/tpp-rpc/tpp/schemas/ecma"

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

// Known reports if Valid checks the format name.
func Known(name string) bool { return formats[name] != nil }

// Valid reports if s has the format name. It is true for every string if the format
// is unknown.
func Valid(name, s string) bool {
	valid := formats[name]
	return valid == nil || valid(s)
}

// phrases are the names of the formats in messages.
var phrases = map[string]string{
	"date":                  "a date",
	"date-time":             "a date-time of RFC 3339",
	"duration":              "a duration of ISO 8601",
	"email":                 "an email address",
	"hostname":              "a host name",
	"idn-email":             "an email address",
	"idn-hostname":          "a host name",
	"ipv4":                  "an IPv4 address",
	"ipv6":                  "an IPv6 address",
	"iri":                   "an IRI",
	"iri-reference":         "an IRI reference",
	"json-pointer":          "a JSON pointer",
	"regex":                 "a regular expression",
	"relative-json-pointer": "a relative JSON pointer",
	"time":                  "a time of RFC 3339",
	"uri":                   "a URI",
	"uri-reference":         "a URI reference",
	"uri-template":          "a URI template",
	"uuid":                  "a UUID",
}

// Phrase returns the name for a string of the format in a message, such as "an email
// address".
func Phrase(name string) string {
	if phrase := phrases[name]; phrase != "" {
		return phrase
	}
	return "the format " + name
}

// regex reports if s is a regular expression of ECMA-262.
func regex(s string) bool {
	_, err := ecma.Parse(s)
	return err == nil
}
