package schema

import "github.com/tpp-rpc/tpp/gen/model"

func (l *lowerer) service(c *model.Contract, f *File) []*model.Type {
	l.problems.add(f.Root, "this is no contract")
	return nil
}
