// Package peertest runs ToxicBuild's own Python programs, and such on the library tinyproto,
// for tests: the real peers that a wire has to understand.
//
//	addr := peertest.Serve(t, peertest.Slave, peertest.Settings{Token: "s3cret", Dir: t.TempDir()})
//	client := peertest.Connect(t, peertest.CoreClient, addr, peertest.Settings{Token: "s3cret"})
//
// The packages come from PyPI, at the versions of requirements.txt, into a virtual
// environment in the user's cache folder; the first test that needs it sets it up, in about
// a quarter of a minute. Where that can't be, because Python or the network is missing, tests
// skip with one line that says why; if the variable TPP_PEERS is "required", they fail.
//
// The programs are small and our own: they import the peers' packages and give them
// settings. See the head of each .py file for what it can be asked.
package peertest
