package main

//go:generate go -C ../.. tool tpp gen schemas/toxicbuild/secrets.yaml --out examples/secrets/secrets
