// Package auth finds out who callers are: by the tokens that they send, plain ones and
// those of which only a bcrypt hash is kept, as ToxicBuild's services do; or by the
// certificates that they show.
//
//	srv := &runtime.Server{
//		Wire:    tpp.Wire{},
//		Handler: mux,
//		Auth:    auth.Plain(map[string]string{"ci": token}),
//	}
//
// Plain and Bcrypt give each token a name, that of the principal that handlers see. No token reaches a log
// or an error, and none is remembered: what's compared and cached is its hash under a
// key that only this process knows.
package auth
