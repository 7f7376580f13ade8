package load

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

// TestContract_positions looks whether every node of the model knows where it
// stands, in the contracts and schemas of testdata/positions and in those of
// ToxicBuild.
func TestContract_positions(t *testing.T) {
	plain := map[string]bool{"types.json": true}
	var files []string
	for _, pattern := range []string{"../../testdata/positions/*", "../../schemas/toxicbuild/*.yaml", "../../examples/*/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s (%v)", pattern, err)
		}
		files = append(files, names...)
	}
	for _, name := range files {
		c, err := Contract(name, Options{Types: plain[filepath.Base(name)], Validator: validator})
		if err != nil {
			t.Error(err)
			continue
		}
		p := positions{seen: map[any]bool{}}
		p.value(reflect.ValueOf(c), "contract")
		for _, path := range p.missing {
			t.Errorf("%s: %s has no position", name, path)
		}
		if p.found < 10 {
			t.Errorf("%s: only %d nodes", name, p.found)
		}
	}
}

// positions finds the nodes of a model that have no position.
type positions struct {
	seen    map[any]bool
	found   int
	missing []string
}

func (p *positions) value(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || p.seen[v.Interface()] {
			return
		}
		p.seen[v.Interface()] = true
		p.value(v.Elem(), path)
	case reflect.Slice:
		for i := range v.Len() {
			p.value(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			pos, ok := v.Field(i).Interface().(model.Pos)
			if !ok {
				p.value(v.Field(i), path+"."+field.Name)
				continue
			}
			p.found++
			if pos.File == "" || pos.Line == 0 || pos.Col == 0 {
				p.missing = append(p.missing, path)
			}
		}
	}
}
