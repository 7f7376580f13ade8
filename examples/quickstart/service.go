package main

import (
	"context"
	"iter"

	"github.com/tpp-rpc/tpp/examples/quickstart/greeter"
)

// service implements Greeter.
type service struct{}

var _ greeter.Greeter = service{}

// hello has the word of greeting for each language.
var hello = map[string]string{"en": "Hello", "de": "Hallo", "pt-BR": "Olá"}

func (service) Greet(ctx context.Context, req *greeter.GreetRequest) (*greeter.GreetResponse, error) {
	word, ok := hello[req.LanguageOrDefault()]
	if !ok {
		return nil, greeter.ErrUnknownLanguage.Errorf("the greeter doesn't know %q", *req.Language)
	}
	return &greeter.GreetResponse{Greeting: word + ", " + req.Name + "!"}, nil
}

func (service) Countdown(ctx context.Context, req *greeter.CountdownRequest) iter.Seq2[greeter.CountdownItem, error] {
	return func(yield func(greeter.CountdownItem, error) bool) {
		for left := req.From; left >= 0; left-- {
			if !yield(greeter.CountdownItem{Left: left}, nil) {
				return
			}
		}
	}
}
