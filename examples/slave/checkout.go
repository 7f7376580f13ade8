package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"strings"
)

// A checkout is the tree that a command is about.
type checkout struct {
	url    string
	branch string
	tree   string
}

// flags returns the flags that fill c.
func (c *checkout) flags(command string) *flag.FlagSet {
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.StringVar(&c.url, "url", "", "where to clone the repository from")
	f.StringVar(&c.branch, "branch", "", "the branch to build")
	f.StringVar(&c.tree, "tree", "", "the commit or tag to check out (default the branch)")
	return f
}

// complete reports whether flags filled c and left as many arguments; if not, it tells
// the user how it's done.
func (c *checkout) complete(flags *flag.FlagSet, arguments int) bool {
	if c.url != "" && c.branch != "" && flags.NArg() == arguments {
		return true
	}
	flags.Usage()
	return false
}

// id returns what the slave names its working copy after: the same for the same
// repository, so that it's cloned only once.
func (c *checkout) id() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(c.url)))[:24]
}

// named returns what is checked out.
func (c *checkout) named() string {
	if c.tree == "" {
		return c.branch
	}
	return c.tree
}

// An environment is a flag that may be given several times, as NAME=VALUE.
type environment map[string]string

func (e environment) String() string { return "" }

func (e environment) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("want NAME=VALUE, not %q", s)
	}
	e[name] = value
	return nil
}
