// Package auth checks the tokens that callers send: plain ones, and those of which
// only a bcrypt hash is kept, as ToxicBuild's services do.
//
//	srv := &runtime.Server{
//		Wire:    tpp.Wire{},
//		Handler: mux,
//		Auth:    auth.Plain(map[string]string{"ci": token}),
//	}
//
// Both give each token a name, the principal that handlers see. No token reaches a log
// or an error, and none is remembered: what's compared and cached is its hash under a
// key that only this process knows.
package auth
