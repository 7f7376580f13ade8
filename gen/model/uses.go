package model

import "slices"

// maxUses is how many uses of a type Uses returns at most.
const maxUses = 3

// Uses returns for the types of the contract what they're used for, such as
// "the request of build" or "the value of id in Order", for the comments of
// those that have no description. Name returns what the emitter calls a type, or
// "" for one that it writes in place. It returns at most three uses of a type.
func (c *Contract) Uses(name func(t *Type) string) map[*Type][]string {
	u := uses{name: name, of: map[*Type][]string{}, told: map[*Type]bool{}}
	switch s := c.Service; {
	case s != nil:
		for _, a := range s.Actions {
			what := "the response of "
			if a.Stream != nil {
				what = "one item of the stream of "
			}
			u.note(a.Request, "the request of "+a.Name)
			if a.Upload != nil {
				u.note(a.Upload, "one item of the upload of "+a.Name)
			}
			u.note(a.Response, what+a.Name)
			if t := a.Response; t.Kind == Nullable && name(t) != "" { // a name that may mean nothing to readers
				u.note(t.Elem, what+a.Name+" if it isn't null")
				u.told[t] = true
			}
		}
		for _, e := range s.Errors {
			if e.Data != nil {
				u.note(e.Data, "the data of the error "+e.Name)
			}
		}
		if s.Envelope != nil {
			u.note(s.Envelope, "the keys that requests carry beside token, action and body")
		}
	case len(c.Types) > 0:
		u.note(c.Types[0], "what "+c.Source+" describes")
	}
	for t := range c.Walk() {
		if owner := name(t); owner != "" {
			u.inside(t, owner)
		}
	}
	return u.of
}

type uses struct {
	name func(*Type) string
	of   map[*Type][]string
	told map[*Type]bool // nullable types whose uses are those of their elements
}

func (u *uses) note(t *Type, use string) {
	for t.Kind == Nullable && u.name(t) == "" {
		t = t.Elem
	}
	if have := u.of[t]; len(have) < maxUses && !slices.Contains(have, use) {
		u.of[t] = append(have, use)
	}
}

// inside notes what the types inside t, which belongs to owner, are used for.
func (u *uses) inside(t *Type, owner string) {
	for part := range t.Parts() {
		inner := part.Type
		use := partUse(t, part, owner)
		if f := part.Field; f != nil && u.name(inner) == "" {
			switch inner.Kind {
			case List:
				inner, use = inner.Elem, "an item of "+f.Name+" in "+owner
			case Map:
				inner, use = inner.Elem, "a value of "+f.Name+" in "+owner
			}
		}
		if u.name(inner) != owner && !u.told[t] && (t.Kind != Nullable || u.name(t) != "") { // else it was noted with t
			u.note(inner, use)
		}
		if u.name(inner) == "" {
			u.inside(inner, owner)
		}
	}
}

// partUse returns what a part of t is, where owner is the name of t or of what
// t is in place inside of.
func partUse(t *Type, part Part, owner string) string {
	switch {
	case part.Field != nil:
		return "the value of " + part.Field.Name + " in " + owner
	case part.Branch != nil:
		return "one form of " + owner
	case part.Group != nil, part.Open:
		return "a further value in " + owner
	case part.Elem && t.Kind == Map:
		return "a value of " + owner
	case part.Elem && t.Kind == Nullable:
		return "what " + owner + " holds unless it's null"
	}
	return "an item of " + owner
}
