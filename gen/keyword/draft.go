package keyword

import "strconv"

// A Draft is a version of JSON Schema. Later ones are greater.
type Draft int

const (
	Draft4    Draft = 4
	Draft6    Draft = 6
	Draft7    Draft = 7
	Draft2019 Draft = 2019
	Draft2020 Draft = 2020
)

// String returns the draft's name as people say it.
func (d Draft) String() string {
	switch d {
	case Draft2019:
		return "draft 2019-09"
	case Draft2020:
		return "draft 2020-12"
	}
	return "draft " + strconv.Itoa(int(d))
}

// ID returns the keyword that gives a schema its URI.
func (d Draft) ID() string {
	if d == Draft4 {
		return "id"
	}
	return "$id"
}
