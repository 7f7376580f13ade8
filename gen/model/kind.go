package model

import "strconv"

// Kind is how a value is represented.
type Kind int

const (
	Any      Kind = iota // any JSON value, kept as its text
	Bool                 //
	Int                  // an integer that fits 64 bits
	Uint                 // a non-negative integer that fits 64 bits
	Float                // a number that may be rounded to 64 bits
	Number               // a number of any size, kept as its text
	Integer              // an integer of any size, kept as its text
	String               //
	Bytes                // a string that holds bytes in base64
	DateTime             // a string that holds an RFC 3339 time
	Addr                 // a string that holds an IP address; Checks.Format says which: ipv4 or ipv6
	Enum                 // one of Values
	Const                // always Values[0]
	List                 // an array of Elem
	Tuple                // an array whose leading items are Prefix
	Map                  // an object whose properties all hold Elem
	Struct               // an object with Fields
	Union                // one of Branches
	Nullable             // null or Elem
	Never                // no value at all
)

var kindNames = [...]string{
	Any: "Any", Bool: "Bool", Int: "Int", Uint: "Uint", Float: "Float", Number: "Number", Integer: "Integer",
	String: "String", Bytes: "Bytes", DateTime: "DateTime", Addr: "Addr", Enum: "Enum", Const: "Const",
	List: "List", Tuple: "Tuple", Map: "Map", Struct: "Struct", Union: "Union", Nullable: "Nullable", Never: "Never",
}

// String returns the name of k as it's declared here, or Kind(n) for a number
// that is no kind.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindNames[k]
}
