package orders

//go:generate go tool tpp gen orders.yaml
