package load

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tpp-rpc/tpp/gen/model"
)

// TestContract_notes looks whether the model keeps what an author says about
// schemas without asking anything of values.
func TestContract_notes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "shop.yaml")
	err := os.WriteFile(name, []byte(`
tpp: "1"
service: shop
formats: annotate
actions:
  buy: {request: {$ref: "#/$defs/Order"}, response: {$ref: "#/$defs/Size", title: Which}}
$defs:
  Order:
    title: Order
    description: What is bought.
    examples: [{id: 1}, {}]
    default: {id: 7}
    x-form: {columns: 2}
    x-ui: wide
    type: object
    properties:
      id: {type: integer, readOnly: true, default: 7, examples: [1, 2], deprecated: true, format: int32}
      pin: {type: string, writeOnly: true, format: pin-code}
      size: {$ref: "#/$defs/Size", description: How big it is.}
      either:
        oneOf:
          - {type: string, description: By name.}
          - {type: integer, title: Number, x-go-name: ByNumber, x-ui: narrow}
  Size:
    oneOf:
      - {const: s, title: Small, description: Fits children.}
      - {const: l, deprecated: true}
      - {const: xl, x-ui: bold}
    x-go-names: {xl: Huge}
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Contract(name, Options{Validator: validator})
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, col int) model.Pos { return model.Pos{File: name, Line: line, Col: col} }
	order := c.Types[0]
	fields := order.Fields
	for _, tt := range []struct {
		what      string
		got, want model.Notes
	}{
		{"Order", order.Notes, model.Notes{
			Title: "Order", Description: "What is bought.", Examples: []string{`{"id":1}`, `{}`}, Default: `{"id":7}`,
			Extensions: []model.Extension{{Name: "x-form", Pos: at(13, 5), JSON: `{"columns":2}`}, {Name: "x-ui", Pos: at(14, 5), JSON: `"wide"`}},
		}},
		{"id", fields[0].Notes, model.Notes{
			ReadOnly: true, Default: "7", Examples: []string{"1", "2"}, Deprecated: "it may go away.", Format: "int32",
		}},
		{"the type of id", fields[0].Type.Notes, model.Notes{
			ReadOnly: true, Default: "7", Examples: []string{"1", "2"}, Deprecated: "it may go away.", Format: "int32",
		}},
		{"pin", fields[1].Notes, model.Notes{WriteOnly: true, Secret: true, Format: "pin-code"}},
		{"size", fields[2].Notes, model.Notes{Description: "How big it is."}},
		{"either by name", fields[3].Type.Branches[0].Notes, model.Notes{Description: "By name."}},
		{"either by number", fields[3].Type.Branches[1].Notes, model.Notes{
			Title: "Number", Names: model.Names{"go": "ByNumber"},
			Extensions: []model.Extension{{Name: "x-ui", Pos: at(23, 65), JSON: `"narrow"`}},
		}},
		{"s", fields[2].Type.Values[0].Notes, model.Notes{Title: "Small", Description: "Fits children."}},
		{"l", fields[2].Type.Values[1].Notes, model.Notes{Deprecated: "it may go away."}},
		{"xl", fields[2].Type.Values[2].Notes, model.Notes{
			Names: model.Names{"go": "Huge"}, Extensions: []model.Extension{{Name: "x-ui", Pos: at(28, 21), JSON: `"bold"`}},
		}},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s has the notes\n%+v, want\n%+v", tt.what, tt.got, tt.want)
		}
	}
	if id, pin := fields[0].Type, fields[1].Type; !id.FormatChecked || pin.FormatChecked {
		t.Errorf("formats are checked: %v and %v, want those of integers alone", id.FormatChecked, pin.FormatChecked)
	}
	if got := fields[2].Type.Values[0].Doc(); got != "Fits children." {
		t.Errorf("s has the doc %q", got)
	}
}
