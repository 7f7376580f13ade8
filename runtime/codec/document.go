package codec

import (
	"context"
	"errors"
)

// A Document is what is being decoded, for the rules and patterns that check parts of
// it. It bounds what those may take in all, and ends them with a context. It serves
// one goroutine at a time.
type Document struct {
	// Memory is what a kind of rule keeps for its next check in the document.
	Memory any

	ctx     context.Context // nil if nothing ends it
	size    int             // of the document
	spent   int             // steps
	matched int             // bytes of strings since ctx was asked
	reread  int             // bytes that rules have read
	err     error           // why there's no verdict on it
}

// NewDocument returns the document of a text, for what isn't decoded.
func NewDocument(ctx context.Context, text string) *Document {
	return &Document{ctx: ctx, size: len(text)}
}

// ErrEffort is the error of a document on which patterns with back-references take too many
// steps.
var ErrEffort = errors.New("the patterns take too long on this document")

// A document may cost maxSteps, and stepsPerByte for each of its bytes. It's less than
// half a second for a small one.
const (
	maxSteps     = 1 << 23
	stepsPerByte = 1 << 6
)

// Spend notes that checking took some steps whose number the document doesn't bound. 0
// just asks if the context has ended. Call it every few thousand steps. An error,
// ErrEffort or that of the context, stays: there's no verdict on the document.
func (d *Document) Spend(steps int) error {
	d.spent += steps
	switch {
	case d.err != nil:
	case d.spent > maxSteps+stepsPerByte*d.size:
		d.err = ErrEffort
	case d.ctx != nil:
		d.err = d.ctx.Err()
	}
	return d.err
}

// GiveUp records why there's no verdict on the document, unless a reason is recorded
// already. It returns the recorded reason.
func (d *Document) GiveUp(why error) error {
	if d.err == nil {
		d.err = why
	}
	return d.err
}

// Reread records that a rule reads n bytes of the document. It reports whether rules have
// reread so much that one of them should read the whole document once and remember it. The
// rules of a recursive type may read the same bytes at each level.
func (d *Document) Reread(n int) bool {
	d.reread += n
	return d.reread > 4*d.size+4096
}

// matching notes that a pattern reads n bytes, and asks now and then if the context has
// ended.
func (d *Document) matching(n int) error {
	if d.matched += n; d.matched < 1<<10 {
		return d.err
	}
	d.matched = 0
	return d.Spend(0)
}
