//go:build !race

package tpp

const raceEnabled = false
