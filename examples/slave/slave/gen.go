package slave

//go:generate go tool tpp gen ../../../schemas/toxicbuild/slave.yaml --out .
