package keyword

import "github.com/tpp-rpc/tpp/gen/model"

// A ValueFormat is a value of the keyword format that has a meaning here.
type ValueFormat struct {
	Name  string
	About model.JSONType // what values it is for: strings or numbers

	// What an integer of the format must be at least and at most, as decimal
	// texts; "" if the type of the format has no other values anyway.
	Minimum, Maximum string
}

// Formats are all formats. Those of strings can be checked; those of numbers
// belong to the contract language, and choose a representation.
var Formats = []ValueFormat{
	{Name: "date-time", About: aboutStrings}, {Name: "date", About: aboutStrings}, {Name: "time", About: aboutStrings},
	{Name: "duration", About: aboutStrings},
	{Name: "email", About: aboutStrings}, {Name: "idn-email", About: aboutStrings},
	{Name: "hostname", About: aboutStrings}, {Name: "idn-hostname", About: aboutStrings},
	{Name: "ipv4", About: aboutStrings}, {Name: "ipv6", About: aboutStrings},
	{Name: "uri", About: aboutStrings}, {Name: "uri-reference", About: aboutStrings},
	{Name: "iri", About: aboutStrings}, {Name: "iri-reference", About: aboutStrings},
	{Name: "uri-template", About: aboutStrings},
	{Name: "json-pointer", About: aboutStrings}, {Name: "relative-json-pointer", About: aboutStrings},
	{Name: "uuid", About: aboutStrings}, {Name: "regex", About: aboutStrings},

	{Name: "int8", About: aboutNumbers, Minimum: "-128", Maximum: "127"},
	{Name: "uint8", About: aboutNumbers, Minimum: "0", Maximum: "255"},
	{Name: "int16", About: aboutNumbers, Minimum: "-32768", Maximum: "32767"},
	{Name: "uint16", About: aboutNumbers, Minimum: "0", Maximum: "65535"},
	{Name: "int32", About: aboutNumbers, Minimum: "-2147483648", Maximum: "2147483647"},
	{Name: "uint32", About: aboutNumbers, Minimum: "0", Maximum: "4294967295"},
	{Name: "int64", About: aboutNumbers}, {Name: "uint64", About: aboutNumbers},
	{Name: "decimal", About: aboutNumbers}, // a number of any size, and no digit of it gets lost
}

// FormatNamed returns the format with a name, or nil if the name means nothing
// here.
func FormatNamed(name string) *ValueFormat {
	for i := range Formats {
		if Formats[i].Name == name {
			return &Formats[i]
		}
	}
	return nil
}

// Checked reports whether name is a format that strings can be checked for.
func Checked(name string) bool {
	f := FormatNamed(name)
	return f != nil && f.About == aboutStrings
}
