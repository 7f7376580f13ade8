package codec

import (
	"bytes"
	"encoding/json"
)

// Foreign reads the next value into v, a pointer to a type that has been
// chosen by the author of a contract, by means of encoding/json.
func (d *Decoder) Foreign(v any) {
	at := d.Offset()
	raw := d.Raw()
	if d.failed {
		return
	}
	if err := json.Unmarshal(raw, v); err != nil {
		d.report(problem{at: at, text: err.Error(), quotes: true})
	}
}

// AppendForeign appends v, whose type has been chosen by the author of a
// contract, by means of encoding/json. The methods of a pointer to it count,
// too.
func AppendForeign[T any](b []byte, v T) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&v); err != nil {
		return b, err
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}
