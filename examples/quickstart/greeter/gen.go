package greeter

//go:generate go tool tpp gen greeter.yaml
