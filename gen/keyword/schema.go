package keyword

import (
	"iter"
	"slices"

	"github.com/tpp-rpc/tpp/gen/model"
)

// This file applies the table to schemas of the model.

// IsEmpty reports whether s has no keywords and so accepts everything. Dynamic anchors
// don't count: they matter to other schemas only.
func IsEmpty(s *model.Schema) bool {
	if s.Never {
		return false
	}
	for i := range All {
		if k := &All[i]; k.Holds != Anchors && !k.Absent(s) {
			return false
		}
	}
	return true
}

// RemoveOthers removes from s the keywords that don't apply to values of the given types.
func RemoveOthers(s *model.Schema, types model.JSONType) {
	for i := range All {
		if k := &All[i]; k.About != 0 && k.About&types == 0 {
			k.clear(s)
		}
	}
}

// Narrow adds to dst what src says about values of the given types alone. It
// leaves out what is said of values that other keywords haven't evaluated, since
// dst doesn't have all of those.
func Narrow(dst, src *model.Schema, types model.JSONType) {
	for i := range All {
		if k := &All[i]; k.About&types != 0 && k.Vocabulary != Unevaluated {
			k.copy(dst, src)
		}
	}
}

// Schemas returns the schemas in the keyword's field of s.
func (k *Keyword) Schemas(s *model.Schema) []*model.Schema {
	if k.Field == nil {
		return nil
	}
	var list []*model.Schema
	switch v := k.Field(s).(type) {
	case **model.Schema:
		if *v != nil {
			list = append(list, *v)
		}
	case *[]*model.Schema:
		list = *v
	case *[]model.Property:
		for _, p := range *v {
			list = append(list, p.Schema)
		}
	case *[]model.PatternProperty:
		for _, p := range *v {
			list = append(list, p.Schema)
		}
	case *[]model.Scope:
		for _, a := range *v {
			list = append(list, a.Schema)
		}
	}
	return list
}

// Replace puts f of each schema inside s, or that s refers to, in its place. It changes no
// list that another schema may share.
func Replace(s *model.Schema, f func(*model.Schema) *model.Schema) {
	for i := range All {
		k := &All[i]
		if k.Field == nil {
			continue
		}
		switch v := k.Field(s).(type) {
		case **model.Schema:
			if *v != nil {
				*v = f(*v)
			}
		case *[]*model.Schema:
			*v = slices.Clone(*v)
			for i := range *v {
				(*v)[i] = f((*v)[i])
			}
		case *[]model.Property:
			*v = slices.Clone(*v)
			for i := range *v {
				(*v)[i].Schema = f((*v)[i].Schema)
			}
		case *[]model.PatternProperty:
			*v = slices.Clone(*v)
			for i := range *v {
				(*v)[i].Schema = f((*v)[i].Schema)
			}
		case *[]model.Scope:
			*v = slices.Clone(*v)
			for i := range *v {
				(*v)[i].Schema = f((*v)[i].Schema)
			}
		}
	}
}

// A Child is a schema inside another, and the keyword that it's in.
type Child struct {
	Schema  *model.Schema
	Keyword *Keyword
}

// Children returns the schemas inside s that judge the value of s, or parts of
// it, and those that s refers to.
func Children(s *model.Schema) iter.Seq[Child] {
	return func(yield func(Child) bool) {
		for i := range All {
			k := &All[i]
			for _, c := range k.Schemas(s) {
				if !yield(Child{c, k}) {
					return
				}
			}
		}
	}
}

// InPlaceOf returns the schemas that s applies to its own value, those that it
// refers to among them.
func InPlaceOf(s *model.Schema) iter.Seq[*model.Schema] {
	return func(yield func(*model.Schema) bool) {
		for c := range Children(s) {
			if c.Keyword.Place == InPlace && !yield(c.Schema) {
				return
			}
		}
	}
}
