package golang

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go people write in capitals, by their lower
// case, as they're written.
var initialisms = initialismTable(
	"ACL API ASCII AST CA CI CIDR CLI CPU CSS CSV CSRF DB DNS DSN EOF FQDN FTP GC GID GMT GPU GRPC GUID "+
		"HTML HTTP HTTPS IAM ID IMAP IO IP JSON JWT LDAP LHS MIME NTP OAuth OID OS PDF PEM PID PNG QPS RAM "+
		"RHS RPC SDK SLA SMTP SQL SSD SSH SSL SSO SVG TCP TLS TOML TPP TTL TTY UDP UI UID URI URL URN UTC "+
		"UTF UTF8 UUID VCS VLAN VM VPC VPN WWW XML XMPP XSRF XSS YAML",
	"IPv4", "IPv6", "IDs", "IPs", "URLs", "URIs", "UUIDs", "APIs", "VMs", "macOS", "iOS")

func initialismTable(words string, more ...string) map[string]string {
	table := map[string]string{}
	for _, w := range append(strings.Fields(words), more...) {
		table[strings.ToLower(w)] = w
	}
	// As the first word of an exported name these need a capital.
	table["macos"], table["ios"] = "MacOS", "IOS"
	return table
}

// symbols are the names of signs, for texts that hold nothing else.
var symbols = map[rune]string{
	' ': "Space", '!': "Not", '"': "Quote", '#': "Hash", '$': "Dollar", '%': "Percent", '&': "And",
	'\'': "Apostrophe", '(': "ParenOpen", ')': "ParenClose", '*': "Star", '+': "Plus", ',': "Comma",
	'-': "Minus", '.': "Dot", '/': "Slash", ':': "Colon", ';': "Semicolon", '<': "Less", '=': "Equal",
	'>': "Greater", '?': "Question", '@': "At", '[': "BracketOpen", '\\': "Backslash", ']': "BracketClose",
	'^': "Caret", '_': "Underscore", '`': "Backtick", '{': "BraceOpen", '|': "Or", '}': "BraceClose",
	'~': "Tilde", '\n': "Newline", '\t': "Tab", '\r': "Return",
}

// operators are signs that mean something else together.
var operators = []struct{ text, name string }{
	{"<=", "LessOrEqual"}, {">=", "GreaterOrEqual"}, {"!=", "NotEqual"}, {"==", "Equals"},
	{"&&", "AndAlso"}, {"||", "OrElse"}, {"->", "Arrow"}, {"...", "Ellipsis"},
}

// pascal returns the exported name that texts make together, such as
// ListBuildersRequest for "list_builders" and "request", or "" for no text at
// all. It's an identifier if what goes before it begins with a letter; see
// exported.
func pascal(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		for _, w := range split(text) {
			b.WriteString(capital(w))
		}
	}
	return b.String()
}

// constant is pascal for the value of an enum, in which a word of up to five
// capitals stays as it's written: EUR, but NotFound for NOT_FOUND.
func constant(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		for _, w := range split(text) {
			if len(w) > 5 || strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsUpper(r) }) || w != text {
				w = capital(w)
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
	words := split(name)
	if len(words) == 0 {
		return name
	}
	lower := strings.ToLower(words[0]) + name[min(len(words[0]), len(name)):]
	if token.IsKeyword(lower) {
		return lower + "Value"
	}
	return lower
}

// split cuts text into words: at everything that is neither letter nor digit,
// and where the case says so, as in "repoURL" and "HTTPServer". A text
// without letters and digits is spelled, "<=" as LessOrEqual; so are a plus,
// the minus in front of a number, and the point inside of one.
func split(text string) []string {
	if text == "" {
		return []string{"Empty"}
	}
	if !strings.ContainsFunc(text, isWordRune) {
		return spell(text)
	}
	var words []string
	runes := []rune(text)
	begin := 0
	cut := func(end int) {
		if end > begin {
			words = append(words, caseWords(runes[begin:end])...)
		}
		begin = end + 1
	}
	digitAt := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	for i, r := range runes {
		if isWordRune(r) {
			continue
		}
		cut(i)
		switch {
		case r == '+':
			words = append(words, "Plus")
		case r == '-' && i == 0 && digitAt(i+1):
			words = append(words, "Minus")
		case r == '.' && digitAt(i-1) && digitAt(i+1):
			words = append(words, "Point")
		}
	}
	cut(len(runes))
	return words
}

// spell cuts text into words like split, and names every sign in between. It
// tells apart what split makes the same, such as "a-b" and "a_b".
func spell(text string) []string {
	var words []string
	for text != "" {
		if end := strings.IndexFunc(text, isSign); end != 0 {
			if end < 0 {
				end = len(text)
			}
			words = append(words, text[:end])
			text = text[end:]
			continue
		}
		word, size := sign(text)
		words = append(words, word)
		text = text[size:]
	}
	return words
}

// sign returns the name of the sign that text begins with, and its length.
func sign(text string) (string, int) {
	for _, op := range operators {
		if strings.HasPrefix(text, op.text) {
			return op.name, len(op.text)
		}
	}
	r, size := utf8.DecodeRuneInString(text)
	if name, ok := symbols[r]; ok {
		return name, size
	}
	return fmt.Sprintf("U%04X", r), size
}

// caseWords cuts a run of letters and digits where the case changes. A run
// without lower case is one word, and so is a known initialism.
func caseWords(run []rune) []string {
	whole := string(run)
	if _, ok := initialisms[strings.ToLower(whole)]; ok {
		return []string{whole}
	}
	var words []string
	begin := 0
	for i := 1; i < len(run); i++ {
		afterLower := unicode.IsUpper(run[i]) && !unicode.IsUpper(run[i-1])
		lastUpper := unicode.IsUpper(run[i]) && i+1 < len(run) && unicode.IsLower(run[i+1]) && !pluralEnds(run, i)
		if afterLower || lastUpper {
			words = append(words, string(run[begin:i]))
			begin = i
		}
	}
	return append(words, string(run[begin:]))
}

// pluralEnds tells whether run[i] is the last capital of a plural such as
// the D in "repoIDs".
func pluralEnds(run []rune, i int) bool {
	return run[i+1] == 's' && (i+2 == len(run) || unicode.IsUpper(run[i+2]))
}

// capital returns word as it's written inside an exported name.
func capital(word string) string {
	if w, ok := initialisms[strings.ToLower(word)]; ok {
		return w
	}
	runes := []rune(word)
	if strings.IndexFunc(word, unicode.IsLower) < 0 {
		runes = []rune(strings.ToLower(word))
	}
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
func isSign(r rune) bool     { return !isWordRune(r) }
