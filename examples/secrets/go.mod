module github.com/tpp-rpc/tpp/examples/secrets

go 1.26.0

require (
	github.com/tpp-rpc/tpp v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require (
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/tpp-rpc/tpp => ../..
