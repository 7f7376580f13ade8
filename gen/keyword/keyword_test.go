package keyword_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/keyword"
	"github.com/tpp-rpc/tpp/gen/model"
)

// notKeywords are the fields of model.Schema that hold no keyword: the place of
// the schema, and what it is if it's no object.
var notKeywords = []string{"Pointer", "Pos", "ValuePos", "Notes", "Never"}

// Every field of model.Schema has one row, so nothing that follows from the
// table can forget it.
func TestAll_everyFieldHasARow(t *testing.T) {
	var s model.Schema
	rows := map[any]string{}
	for _, k := range keyword.All {
		if k.Field == nil {
			continue
		}
		if other, ok := rows[k.Field(&s)]; ok {
			t.Errorf("the rows %s and %s have the same field", other, k.Name)
		}
		rows[k.Field(&s)] = k.Name
	}
	fields(reflect.ValueOf(&s).Elem(), func(name string, field any) {
		if _, ok := rows[field]; !ok {
			t.Errorf("no row has the field %s of model.Schema", name)
		}
	})
}

// fields calls f with the name of each field that holds a keyword, and a pointer
// to it.
func fields(s reflect.Value, f func(name string, field any)) {
	for i := range s.NumField() {
		field := s.Type().Field(i)
		switch {
		case field.Anonymous:
			fields(s.Field(i), f)
		case !strings.Contains(" "+strings.Join(notKeywords, " ")+" ", " "+field.Name+" "):
			f(field.Name, s.Field(i).Addr().Interface())
		}
	}
}

// Names and drafts lead to one row.
func TestLookup(t *testing.T) {
	for _, c := range []struct {
		name  string
		draft keyword.Draft
		holds keyword.ValueKind
		known bool
	}{
		{"items", keyword.Draft2019, keyword.Items, true},
		{"items", keyword.Draft2020, keyword.Schema, true},
		{"exclusiveMinimum", keyword.Draft4, keyword.Flag, true},
		{"exclusiveMinimum", keyword.Draft6, keyword.Number, true},
		{"$defs", keyword.Draft7, 0, false},
		{"x-scope", keyword.Draft2020, 0, false},
		{"minimun", keyword.Draft2020, 0, false},
	} {
		k := keyword.Lookup(c.name, c.draft)
		if (k != nil) != c.known || k != nil && k.Holds != c.holds {
			t.Errorf("Lookup(%q, %d) = %v", c.name, c.draft, k)
		}
	}
	for _, d := range []keyword.Draft{keyword.Draft4, keyword.Draft6, keyword.Draft7, keyword.Draft2019, keyword.Draft2020} {
		rows := map[string]bool{}
		for _, k := range keyword.All {
			if k.In(d) && rows[k.Name] {
				t.Errorf("%s has two rows in draft %d", k.Name, d)
			}
			rows[k.Name] = rows[k.Name] || k.In(d)
		}
	}
}

// Every schema inside another is found, and nothing else.
func TestChildren(t *testing.T) {
	inner := &model.Schema{}
	all := &model.Schema{}
	want := 0
	for _, k := range keyword.All {
		if k.Field == nil {
			continue
		}
		switch field := k.Field(all).(type) {
		case **model.Schema:
			*field = inner
		case *[]*model.Schema:
			*field = []*model.Schema{inner}
		case *[]model.Property:
			*field = []model.Property{{Schema: inner}}
		case *[]model.PatternProperty:
			*field = []model.PatternProperty{{Schema: inner}}
		case *[]model.Scope:
			*field = []model.Scope{{Schema: inner}}
		default:
			continue
		}
		want++
	}
	found := map[string]bool{}
	for c := range keyword.Children(all) {
		found[c.Keyword.Name] = true
	}
	if len(found) != want {
		t.Errorf("Children found schemas in %d keywords, want %d: %v", len(found), want, found)
	}
}

func TestVacate(t *testing.T) {
	s := &model.Schema{Types: model.JSONNumber | model.JSONString, Int: true, Required: []string{"a"}, Const: "1"}
	s.MinLength, s.Minimum = new(1), "1"
	keyword.RemoveOthers(s, model.JSONNumber)
	want := &model.Schema{Types: model.JSONNumber | model.JSONString, Int: true, Const: "1"}
	want.Minimum = "1"
	if !reflect.DeepEqual(s, want) {
		t.Errorf("RemoveOthers left %+v, want %+v", s, want)
	}
}

func TestNarrow(t *testing.T) {
	src := &model.Schema{Required: []string{"a"}, Const: "1", UnevaluatedProps: &model.Schema{Never: true}}
	src.MinLength = new(1)
	dst := &model.Schema{Types: model.JSONObject}
	keyword.Narrow(dst, src, model.JSONObject)
	want := &model.Schema{Types: model.JSONObject, Required: []string{"a"}}
	if !reflect.DeepEqual(dst, want) {
		t.Errorf("Narrow made %+v, want %+v", dst, want)
	}
}

func TestBlank(t *testing.T) {
	if s := (&model.Schema{Pointer: "x.json#", Scope: []model.Scope{{}}}); !keyword.IsEmpty(s) {
		t.Errorf("IsEmpty(%+v) = false", s)
	}
	for _, s := range []*model.Schema{{Never: true}, {Int: true}, {Enum: []string{}}, {Checks: model.Checks{Minimum: "0"}}} {
		if keyword.IsEmpty(s) {
			t.Errorf("IsEmpty(%+v) = true", s)
		}
	}
}
