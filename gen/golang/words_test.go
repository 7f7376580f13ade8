package golang

import "testing"

func TestExported(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"repo_id", "RepoID"},
		{"list-builders", "ListBuilders"},
		{"repoURL", "RepoURL"},
		{"HTTPServer", "HTTPServer"},
		{"repoIDs", "RepoIDs"},
		{"JSONRPCMessage", "JSONRPCMessage"},
		{"jsonrpc", "JSONRPC"},
		{"EVENTStarted_STATUS", "EVENTStartedStatus"},
		{"fileSha256", "FileSHA256"},
		{"sku", "SKU"},
		{"ipv4_addr", "IPv4Addr"},
		{"NO_BUILDS", "NoBuilds"},
		{"no builds", "NoBuilds"},
		{"$oid", "OID"},
		{"_id", "ID"},
		{"@type", "Type"},
		{"<=", "LessOrEqual"},
		{"*", "Star"},
		{"", "Empty"},
		{" ", "Space"},
		{"-1", "Minus1"},
		{"1.5", "X1Point5"},
		{"2fa", "X2fa"},
		{"Etc/GMT+1", "EtcGMTPlus1"},
		{"Etc/GMT-1", "EtcGMT1"},
		{"c++", "CPlusPlus"},
		{"naïve", "Naïve"},
		{"日本", "X日本"},
		{"🙂", "U1f642"},
	} {
		if got := exported(c.text); got != c.want {
			t.Errorf("exported(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestUnexported(t *testing.T) {
	for name, want := range map[string]string{
		"Config":    "config",
		"IDList":    "idList",
		"UserID":    "userID",
		"Type":      "typeValue",
		"X日本":       "x日本",
		"URL":       "url",
		"RepoIDsOf": "repoIDsOf",
	} {
		if got := unexported(name); got != want {
			t.Errorf("unexported(%q) = %q, want %q", name, got, want)
		}
	}
}
