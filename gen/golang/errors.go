package golang

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/tpp-rpc/tpp/gen/model"
)

// errorVars writes
//
//	// The errors that master answers with, for errors.Is.
//	var (
//		// ErrUserDoesNotExist: there is no user of that name.
//		ErrUserDoesNotExist = runtime.NewError(runtime.ErrorInfo{
//			Code:    2,
//			Name:    "UserDoesNotExist",
//			Message: "the user does not exist",
//		})
//	)
func (e *emitter) errorVars(s *model.Service) []jen.Code {
	if len(s.Errors) == 0 {
		return nil
	}
	var vars []jen.Code
	for i, err := range s.Errors {
		name := e.n.err[err]
		if doc := strings.TrimSpace(err.Description); doc != "" {
			if i > 0 {
				vars = append(vars, jen.Line())
			}
			vars = append(vars, jen.Comment(comment(sentence(doc), 1)))
		}
		info := []jen.Code{
			jen.Id("Code").Op(":").Lit(err.Code),
			jen.Id("Name").Op(":").Lit(err.Name),
			jen.Id("Message").Op(":").Lit(err.Message),
		}
		if err.Match != "" {
			info = append(info, jen.Id("Match").Op(":").Qual("regexp", "MustCompile").Call(pattern(err.Match)))
		}
		vars = append(vars, jen.Id(name).Op("=").Add(inRuntime("NewError")).Call(
			inRuntime("ErrorInfo").Add(fields(info))))
	}
	code := []jen.Code{
		jen.Line(), jen.Comment(comment("The errors that "+s.Name+" answers with, for errors.Is and for handlers to return.", 0)),
		jen.Var().Defs(vars...),
	}
	for _, err := range s.Errors {
		code = append(code, e.errorData(err)...)
	}
	return code
}

// errorData writes what gives an error its data and what returns them:
//
//	// NewErrSoldOut returns ErrSoldOut with data.
//	func NewErrSoldOut(data SoldOutData) *runtime.Error {
//		return ErrSoldOut.WithData(&data)
//	}
//
//	// SoldOutDataOf returns the data of err, if err is ErrSoldOut and has valid data.
//	func SoldOutDataOf(err error) (data SoldOutData, ok bool) {
//		return runtime.DataOf[SoldOutData](err, ErrSoldOut)
//	}
func (e *emitter) errorData(err *model.Error) []jen.Code {
	if err.Data == nil {
		return nil
	}
	name, data, n := e.n.err[err], e.n.typ[err.Data], e.n.errData[err]
	return []jen.Code{
		jen.Line(), jen.Comment(comment(fmt.Sprintf("%s returns %s with data.", n.make, name), 0)),
		jen.Func().Id(n.make).Params(jen.Id("data").Id(data)).Op("*").Add(inRuntime("Error")).Block(
			jen.Return(jen.Id(name).Dot("WithData").Call(jen.Op("&").Id("data")))),
		jen.Line(), jen.Comment(comment(fmt.Sprintf("%s returns the data of err, if err is %s and has valid data.", n.get, name), 0)),
		jen.Func().Id(n.get).Params(jen.Err().Error()).Params(jen.Id("data").Id(data), jen.Id("ok").Bool()).Block(
			jen.Return(inRuntime("DataOf").Types(jen.Id(data)).Call(jen.Err(), jen.Id(name)))),
	}
}

// fields writes the fields of a composite literal, each on a line of its own.
func fields(all []jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, all...)
}
