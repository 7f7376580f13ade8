// Package tpp speaks TPP, the protocol of ToxicBuild's services: frames of a
// decimal count, a line feed and that many bytes of JSON.
//
// Wire is what a runtime.Server needs to know, and Client is the other end: its
// Do is the runtime.Func that generated clients work on.
//
// Two modes share one port. On a classic connection there is one request, its
// answer or its stream of answers, and the end; that's what every peer
// understands. A request with a positive integer under the key "id" asks for
// persistent mode, in which the connection stays and carries many calls at
// once, told apart by their ids:
//
//	> {"id":7,"timeout":1500,"action":"add","token":"…","body":{"n":1}}
//	< {"id":7,"code":0,"body":{"add":2}}
//	< {"id":8,"code":0,"more":true,"body":{"tick":1}}   an item of a stream
//	< {"id":8,"code":0}                                 the end of that stream
//	> {"id":9,"cancel":true}                            the client isn't interested any more
//	< {"goaway":true}                                   no new calls on this connection, please
//
// A classic peer takes no notice of the id, and its answer has none: that's how
// a client finds out, at no cost, and remembers.
package tpp
