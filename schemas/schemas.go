// Package schemas holds the JSON Schema of contracts.
package schemas

import _ "embed"

// Contract is the JSON Schema, in draft 2020-12, that every contract fits.
// Editors use it to complete and explain what one writes.
//
//go:embed contract.schema.json
var Contract []byte
