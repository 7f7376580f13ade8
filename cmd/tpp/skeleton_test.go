package main

import (
	"path/filepath"
	"testing"

	"github.com/tpp-rpc/tpp/gen/describe"
	"github.com/tpp-rpc/tpp/gen/load"
)

// TestSkeleton makes the skeletons of all requests of ToxicBuild's services.
// The contract accepts each.
func TestSkeleton(t *testing.T) {
	files, err := filepath.Glob("../../schemas/toxicbuild/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no contracts: %v", err)
	}
	for _, file := range files {
		c, err := load.Contract(file, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var v validator
		for _, all := range []bool{false, true} {
			for _, a := range c.Service.Actions {
				doc := describe.Skeleton(a, describe.Options{All: all, Fits: v.fits})
				if err := v.check(a.Request, doc); err != nil {
					t.Errorf("%s: skeleton of %s (all: %v) is %s: %v", filepath.Base(file), a.Name, all, doc, err)
				}
			}
		}
	}
}
