package main

import (
	"flag"
	"fmt"
	"time"
)

// profile runs a cell and writes client.prof and server.prof.
func profile(args []string) error {
	f := flag.NewFlagSet("profile", flag.ExitOnError)
	prefix := f.String("prefix", "", "what the names of the files begin with")
	c, p, err := parseCell(f, args)
	if err != nil {
		return err
	}
	r, err := c.run(p, func(v *server) (func() error, error) {
		if _, err := v.ask("profile " + *prefix + "server.prof"); err != nil {
			return nil, err
		}
		stop, err := startProfile(*prefix + "client.prof")
		return func() error {
			stop()
			_, err := v.ask("stop")
			return err
		}, err
	})
	if err != nil {
		return err
	}
	fmt.Printf("%v: %.0f calls/s, %v, %.1f µs of CPU each\n", c, r.perSecond(), r.P50.Round(time.Microsecond), r.cpu())
	return nil
}
