package main

import (
	"context"

	"github.com/tpp-rpc/tpp/examples/bench/pb"
)

// protoService performs the calls of grpc, drpc and ttrpc.
type protoService struct{ pb.UnimplementedBenchServer }

func (protoService) DoSmall(_ context.Context, m *pb.Small) (*pb.Small, error) {
	return &pb.Small{Id: m.Id + 1, Name: m.Name, Branch: m.Branch, Ok: m.Ok, Score: m.Score, Tag: m.Tag}, nil
}

func (protoService) DoMedium(_ context.Context, m *pb.Medium) (*pb.Medium, error) {
	return &pb.Medium{Id: m.Id + 1, Repo: m.Repo, Steps: m.Steps, Labels: m.Labels, Builder: m.Builder}, nil
}

func (protoService) DoBlob(_ context.Context, m *pb.Blob) (*pb.Blob, error) {
	return &pb.Blob{Id: m.Id + 1, Data: m.Data}, nil
}
