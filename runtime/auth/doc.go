// Package auth identifies callers: by plain tokens, by tokens of which the service has
// only a bcrypt hash, as ToxicBuild's services do, or by TLS client certificates.
//
//	srv := &runtime.Server{
//		Wire:    tpp.Wire{},
//		Handler: mux,
//		Auth:    auth.Plain(map[string]string{"ci": token}),
//	}
//
// Plain and Bcrypt give each token a name, which becomes the name of the principal. No
// token reaches a log or an error. What Bcrypt remembers of a token is a hash under a key
// that only this process knows.
package auth
