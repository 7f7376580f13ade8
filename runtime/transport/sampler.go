package transport

import (
	"log/slog"
	"sync"
	"time"
)

// A sampler logs warnings that peers can cause in any number: the first at once, and then,
// for as long as there are more, one line for each sampleTime, with how many there were. It
// is safe for concurrent use.
type sampler struct {
	log *slog.Logger

	mu    sync.Mutex
	timer *time.Timer
	runs  bool // timer is set
	more  int  // warnings that weren't logged
	text  string
	args  []any // of the last of them
}

const sampleTime = 10 * time.Second

// note logs a warning, or counts it.
func (s *sampler) note(text string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs {
		s.more++
		s.text, s.args = text, args
		return
	}
	s.log.Warn(text, args...)
	s.runs = true
	if s.timer == nil {
		s.timer = time.AfterFunc(sampleTime, s.tick)
	} else {
		s.timer.Reset(sampleTime)
	}
}

// tick logs what was counted.
func (s *sampler) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs = s.more > 0; s.runs {
		s.flush()
		s.timer.Reset(sampleTime)
	}
}

// flush logs how many warnings there were since the last line; s.mu is held.
func (s *sampler) flush() {
	if s.more > 0 {
		s.log.Warn(s.text, append(s.args, "times", s.more)...)
		s.more, s.args = 0, nil
	}
}

// stop logs what was counted and ends the timer.
func (s *sampler) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	s.runs = true
	if s.timer != nil {
		s.timer.Stop()
	}
}
