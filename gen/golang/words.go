package golang

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tpp-rpc/tpp/gen/words"
)

// initialisms are the words that Go writes in capitals: those of Go's own linters,
// and others that are as common.
var initialisms = words.NewDictionary(strings.Fields(
	"ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP TLS TTL " +
		"UDP UI GID UID UUID URI URL UTF8 VM XML XMPP XSRF XSS SIP RTP AMQP DB " +
		"AES AST CA CDN CI CIDR CLI CORS CRC32 CSRF CSV DSN FQDN FTP GC GMT GPU GRPC HMAC IAM IBAN IMAP IO ISBN " +
		"ISO JSONRPC JWT LDAP LHS LSP MCP MD5 MIME NTP OAuth OAuth2 OCI OID OIDC OS PDF PEM PID PNG RFC RHS RSA SAML " +
		"SBOM SCM SDK SHA SHA1 SHA224 SHA256 SHA384 SHA512 SKU SPDX SSD SSL SSO SVG TOML TPP TTY ULID URN UTC UTF " +
		"UTF16 VAT VCS VLAN VPC VPN WWW YAML " +
		"IPv4 IPv6 IDs IPs URLs URIs UUIDs APIs VMs MacOS IOS")...)

// pascal returns the exported name that texts make together, such as
// ListBuildersRequest for "list_builders" and "request", or "" for no text at
// all. It's an identifier if what goes before it begins with a letter; see
// exported.
func pascal(texts ...string) string { return initialisms.Pascal(texts...) }

// constant is pascal for the value of an enum, in which a word of up to five
// capitals stays as it's written: EUR, but NotFound for NOT_FOUND.
func constant(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		for _, w := range initialisms.Split(text) {
			if len(w) > 5 || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsUpper(r) }) || w != text {
				w = initialisms.Capital(w)
			}
			b.WriteString(w)
		}
	}
	return b.String()
}

// exported is pascal for a name that stands alone: one that doesn't begin
// with a capital letter gets an X in front.
func exported(texts ...string) string {
	name := pascal(texts...)
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(first) {
		return "X" + name
	}
	return name
}

// unexported returns name, which is exported, with its first word in lower
// case: idList for IDList.
func unexported(name string) string {
	list := initialisms.Split(name)
	if len(list) == 0 {
		return name
	}
	lower := strings.ToLower(list[0]) + name[min(len(list[0]), len(name)):]
	if token.IsKeyword(lower) {
		return lower + "Value"
	}
	return lower
}
