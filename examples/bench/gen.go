package main

//go:generate go -C ../.. tool tpp gen examples/bench/bench.yaml --out examples/bench/bench
