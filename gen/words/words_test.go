package words_test

import (
	"strings"
	"testing"

	"github.com/tpp-rpc/tpp/gen/words"
)

func TestDictionary_Split(t *testing.T) {
	known := words.NewDictionary("IPv4", "OAuth", "URL")
	for _, c := range []struct{ text, want, plain string }{
		{"repo_url", "repo url", "repo url"},
		{"repoURL", "repo URL", "repo URL"},
		{"HTTPServer", "HTTP Server", "HTTP Server"},
		{"repoIDs", "repo IDs", "repo IDs"},
		{"NO_BUILDS", "NO BUILDS", "NO BUILDS"},
		{"ipv4_addr", "ipv4 addr", "ipv4 addr"},
		{"IPv4", "IPv4", "I Pv4"},
		{"OAuth", "OAuth", "O Auth"},
		{"-1.5", "Minus 1 Point 5", "Minus 1 Point 5"},
		{"c++", "c Plus Plus", "c Plus Plus"},
		{"<=", "LessOrEqual", "LessOrEqual"},
		{"", "Empty", "Empty"},
		{"naïve", "naïve", "naïve"},
	} {
		if got := strings.Join(known.Split(c.text), " "); got != c.want {
			t.Errorf("Split(%q) = %q, want %q", c.text, got, c.want)
		}
		if got := strings.Join(words.Dictionary(nil).Split(c.text), " "); got != c.plain {
			t.Errorf("without a dictionary, Split(%q) = %q, want %q", c.text, got, c.plain)
		}
	}
}

func TestDictionary_Pascal(t *testing.T) {
	known := words.NewDictionary("URL")
	for want, texts := range map[string][]string{
		"ListBuildersRequest": {"list_builders", "request"},
		"RepoURL":             {"repo_url"},
		"NoBuilds":            {"NO_BUILDS"},
		"2fa":                 {"2fa"},
		"":                    nil,
	} {
		if got := known.Pascal(texts...); got != want {
			t.Errorf("Pascal(%q) = %q, want %q", texts, got, want)
		}
	}
}

func TestSpell(t *testing.T) {
	for text, want := range map[string]string{
		"a-b": "a Minus b", "a_b": "a Underscore b", "x<=y": "x LessOrEqual y", "🙂": "U1F642", "": "",
	} {
		if got := strings.Join(words.Spell(text), " "); got != want {
			t.Errorf("Spell(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPath(t *testing.T) {
	for text, want := range map[string]string{
		"io.k8s.api.core.v1.Pod":                                 "io k8s api core v1 Pod",
		"http://asyncapi.com/definitions/2.6.0/channelItem.json": "asyncapi.com definitions 2.6.0 channelItem",
		"http://json-schema.org/draft-07/schema#":                "json-schema.org draft-07 schema",
		"common/address.schema.json":                             "common address",
		"Order.Item":                                             "",
		"application/json":                                       "",
		"1.2.3":                                                  "",
		"What is it. Or not. No.":                                "",
		"order.json":                                             "",
		"":                                                       "",
	} {
		if got := strings.Join(words.Path(text), " "); got != want {
			t.Errorf("Path(%q) = %q, want %q", text, got, want)
		}
	}
}
