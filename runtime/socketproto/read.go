package socketproto

import (
	"context"
	"fmt"
	"io"
	"time"
)

// This file reads messages.

// maxBad is how many bad frames may arrive in a row.
const maxBad = 16

// read receives messages until there are no more.
func (l *link) read(ctx context.Context) error {
	defer l.frames.forget()
	var idle *time.Timer
	idle = time.AfterFunc(time.Hour, func() { l.idle(idle) })
	idle.Stop()
	defer idle.Stop()
	slow := time.AfterFunc(time.Hour, func() { l.end(errFrameLate) })
	slow.Stop()
	defer slow.Stop()
	timed := false // slow runs
	l.frames.waits = func(begun bool) {
		switch {
		case begun && !timed && l.cfg.FrameTimeout > 0:
			timed = true
			slow.Reset(l.cfg.FrameTimeout)
		case !begun && l.cfg.Idle > 0:
			idle.Reset(l.cfg.Idle)
		}
	}
	for bad := 0; bad < maxBad; {
		frame, err := l.frames.next()
		if timed {
			slow.Stop()
			timed = false
		}
		switch {
		case err == io.EOF:
			return err
		case err != nil:
			if l.why() == nil {
				l.refuse(ctx, err)
			}
			return fmt.Errorf("receiving: %w", err)
		}
		l.spoke = true
		m, err := l.parse(frame)
		switch {
		case err == ErrChecksum:
			bad++
			l.cfg.Log.Warn("message with a wrong checksum", "channel", l.Name(), "message", l.describe(m))
			l.respond(ctx, m, ChecksumError)
		case err != nil:
			bad++
			l.cfg.Log.Warn("bad frame", "channel", l.Name(), "err", err)
		default:
			bad = 0
			if err := l.receive(ctx, m); err != nil {
				l.refuse(ctx, err)
				return err
			}
		}
	}
	return errBadFrames
}

// parse returns the message in a frame.
func (l *link) parse(frame []byte) (Message, error) {
	p, err := l.cfg.Framing.Message(frame)
	if err != nil {
		return Message{Service: Any}, err
	}
	return l.cfg.Codec.Parse(p)
}

// idle ends the connection if no call is under way. Otherwise it waits again.
func (l *link) idle(timer *time.Timer) {
	l.change(func(s *linkState) {
		switch {
		case s.err != nil:
		case len(s.asked) == 0 && s.underWay == 0:
			s.err, s.gentle = errIdle, true
		default:
			timer.Reset(l.cfg.Idle)
		}
	})
}

// describe returns a text about m for the log, without its data.
func (l *link) describe(m Message) string {
	if m.Service == Any {
		return "unreadable"
	}
	return l.ServiceName(m.Service) + ", " + l.DataName(m.Service, m.DataID) + ", " + l.StatusName(m.Status)
}
