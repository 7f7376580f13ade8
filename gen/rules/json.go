package rules

// This file prints JSON.

import (
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/gen/model"
)

// An object is a JSON object in order. A value is an *object, a []any, or a
// string that holds JSON text.
type object struct {
	names  []string
	values []any
}

func (o *object) add(name string, value any) {
	o.names = append(o.names, name)
	o.values = append(o.values, value)
}

// lineWidth is how long the line of a value may be before it's broken up.
const lineWidth = 80

// write prints a value: on one line if it fits, else with one member or item
// a line.
func write(b *strings.Builder, value any, indent int) {
	line := oneLineOf(value)
	if 2*indent+len(line) <= lineWidth {
		b.WriteString(line)
		return
	}
	newLine := func(depth int) { b.WriteString("\n" + strings.Repeat("  ", depth)) }
	switch v := value.(type) {
	case string:
		b.WriteString(v)
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			newLine(indent + 1)
			write(b, item, indent+1)
		}
		newLine(indent)
		b.WriteByte(']')
	case *object:
		b.WriteByte('{')
		for i, name := range v.names {
			if i > 0 {
				b.WriteByte(',')
			}
			newLine(indent + 1)
			b.WriteString(model.Quote(name) + ": ")
			write(b, v.values[i], indent+1)
		}
		newLine(indent)
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("rules: no rule to print a %T", value))
	}
}

// oneLineOf prints a value on one line.
func oneLineOf(value any) string {
	switch v := value.(type) {
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = oneLineOf(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *object:
		members := make([]string, len(v.names))
		for i, name := range v.names {
			members[i] = model.Quote(name) + ": " + oneLineOf(v.values[i])
		}
		return "{" + strings.Join(members, ", ") + "}"
	}
	return value.(string)
}
