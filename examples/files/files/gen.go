package files

//go:generate go tool tpp gen files.yaml
