package socketproto

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"

	"github.com/tpp-rpc/tpp/runtime/transport"
)

// bindingLabel is the label of the keying material that a mutual authentication exports from
// TLS; see RFC 9266 for the idea.
const bindingLabel = "EXPORTER-tpp-socketproto"

// binding returns what ties an authentication to the TLS connection t: 32 bytes that only
// the two ends of that connection know, as hexadecimal digits. It is "-" without TLS. The
// handshake of t is over.
func binding(t Transport) (string, error) {
	if c, ok := t.(*transport.Conn); ok {
		t = c.Conn
	}
	c, ok := t.(interface{ ConnectionState() tls.ConnectionState })
	if !ok {
		return "-", nil
	}
	state := c.ConnectionState()
	b, err := state.ExportKeyingMaterial(bindingLabel, nil, 32)
	if err != nil {
		return "", fmt.Errorf("%w: no proof can be tied to the connection: %w", ErrAuth, err)
	}
	return hex.EncodeToString(b), nil
}
