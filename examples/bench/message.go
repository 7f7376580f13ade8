package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tpp-rpc/tpp/examples/bench/bench"
	"github.com/tpp-rpc/tpp/examples/bench/pb"
)

// A size is one of the three messages, named by its length as JSON.
type size int

const (
	small size = iota
	medium
	blob
)

var sizeNames = [...]string{"100B", "1KB", "64KB"}

func (s size) String() string { return sizeNames[s] }

func parseSize(name string) (size, error) {
	for i, n := range sizeNames {
		if n == name {
			return size(i), nil
		}
	}
	return 0, fmt.Errorf("unknown size %q: there are %s", name, strings.Join(sizeNames[:], ","))
}

// of returns the value for size s.
func of[T any](s size, forSmall, forMedium, forBlob T) T {
	return [...]T{forSmall, forMedium, forBlob}[s]
}

// Hand-written messages, for encoding/json and gob. Their names are exported because net/rpc
// requires that.
type (
	HandSmall struct {
		ID     int64   `json:"id"`
		Name   string  `json:"name"`
		Branch string  `json:"branch"`
		OK     bool    `json:"ok"`
		Score  float64 `json:"score"`
		Tag    string  `json:"tag"`
	}
	HandStep struct {
		Name   string  `json:"name"`
		Cmd    string  `json:"cmd"`
		Status int64   `json:"status"`
		Secs   float64 `json:"secs"`
	}
	HandMedium struct {
		ID      int64      `json:"id"`
		Repo    string     `json:"repo"`
		Steps   []HandStep `json:"steps"`
		Labels  []string   `json:"labels"`
		Builder HandSmall  `json:"builder"`
	}
	HandBlob struct {
		ID   int64  `json:"id"`
		Data string `json:"data"`
	}
)

// The request of every call, in all three families of types.
var (
	smallMessage  = newSmall()
	mediumMessage = newMedium()
	blobMessage   = newBlob()

	smallByHand  = bySmall(smallMessage)
	mediumByHand = byMedium(mediumMessage)
	blobByHand   = &HandBlob{blobMessage.ID, blobMessage.Data}

	smallProto  = protoSmall(smallMessage)
	mediumProto = protoMedium(mediumMessage)
	blobProto   = &pb.Blob{Id: blobMessage.ID, Data: blobMessage.Data}
)

func newSmall() *bench.Small {
	return &bench.Small{ID: 1234567, Name: "builder-amd64-07", Branch: "main", Ok: true, Score: 0.9375, Tag: "nightly-20261122"}
}

func newMedium() *bench.Medium {
	m := &bench.Medium{ID: 99887766, Repo: "git@example.org:team/project-alpha.git", Builder: *newSmall()}
	for i := range 8 {
		m.Steps = append(m.Steps, bench.Step{
			Name:   fmt.Sprintf("unit-tests-%d", i),
			Cmd:    fmt.Sprintf("go test -race ./pkg/module%d/...", i),
			Status: int64(i % 2),
			Secs:   12.625 + float64(i),
		})
	}
	for i := range 6 {
		m.Labels = append(m.Labels, fmt.Sprintf("label-%d", i))
	}
	return m
}

// newBlob returns 64 KiB of a build's output. Its lines have 80 characters, so JSON escapes
// one byte in eighty.
func newBlob() *bench.Blob {
	line := strings.Repeat("ok pkg/module 0.123s ", 4)[:79] + "\n"
	return &bench.Blob{ID: 5, Data: strings.Repeat(line, 64<<10/80+1)[:64<<10]}
}

func bySmall(m *bench.Small) *HandSmall {
	return &HandSmall{m.ID, m.Name, m.Branch, m.Ok, m.Score, m.Tag}
}

func byMedium(m *bench.Medium) *HandMedium {
	h := &HandMedium{ID: m.ID, Repo: m.Repo, Labels: m.Labels, Builder: *bySmall(&m.Builder)}
	for _, s := range m.Steps {
		h.Steps = append(h.Steps, HandStep{s.Name, s.Cmd, s.Status, s.Secs})
	}
	return h
}

func protoSmall(m *bench.Small) *pb.Small {
	return &pb.Small{Id: m.ID, Name: m.Name, Branch: m.Branch, Ok: m.Ok, Score: m.Score, Tag: m.Tag}
}

func protoMedium(m *bench.Medium) *pb.Medium {
	p := &pb.Medium{Id: m.ID, Repo: m.Repo, Labels: m.Labels, Builder: protoSmall(&m.Builder)}
	for _, s := range m.Steps {
		p.Steps = append(p.Steps, &pb.Step{Name: s.Name, Cmd: s.Cmd, Status: int32(s.Status), Secs: s.Secs})
	}
	return p
}

var errAnswer = errors.New("wrong answer")

// check checks the first and the last value of an answer.
func check(answer any) error {
	ok := false
	switch m := answer.(type) {
	case *bench.Small:
		ok = m.ID == smallMessage.ID+1 && m.Tag == smallMessage.Tag
	case *bench.Medium:
		ok = m.ID == mediumMessage.ID+1 && len(m.Steps) == 8 && m.Builder.Tag == smallMessage.Tag
	case *bench.Blob:
		ok = m.ID == blobMessage.ID+1 && len(m.Data) == len(blobMessage.Data)
	case *HandSmall:
		ok = m.ID == smallMessage.ID+1 && m.Tag == smallMessage.Tag
	case *HandMedium:
		ok = m.ID == mediumMessage.ID+1 && len(m.Steps) == 8 && m.Builder.Tag == smallMessage.Tag
	case *HandBlob:
		ok = m.ID == blobMessage.ID+1 && len(m.Data) == len(blobMessage.Data)
	case *pb.Small:
		ok = m.Id == smallMessage.ID+1 && m.Tag == smallMessage.Tag
	case *pb.Medium:
		ok = m.Id == mediumMessage.ID+1 && len(m.Steps) == 8 && m.Builder.Tag == smallMessage.Tag
	case *pb.Blob:
		ok = m.Id == blobMessage.ID+1 && len(m.Data) == len(blobMessage.Data)
	}
	if !ok {
		return errAnswer
	}
	return nil
}

// checked returns err or, if that is nil, the result of check.
func checked[T any](answer *T, err error) error {
	if err != nil {
		return err
	}
	return check(answer)
}
