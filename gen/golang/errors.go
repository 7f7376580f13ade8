package golang

import (
	"regexp"
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
			jen.Id("Message").Op(":").Lit(message(err)),
		}
		if err.Match != "" {
			info = append(info, jen.Id("Match").Op(":").Qual("regexp", "MustCompile").Call(pattern(err.Match)))
		}
		vars = append(vars, jen.Id(name).Op("=").Add(inRuntime("NewError")).Call(
			inRuntime("ErrorInfo").Add(fields(info))))
	}
	return []jen.Code{
		jen.Line(), jen.Comment(comment("The errors that "+s.Name+" answers with, for errors.Is and for handlers to return.", 0)),
		jen.Var().Defs(vars...),
	}
}

// fields writes the fields of a composite literal, each on a line of its own.
func fields(all []jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, all...)
}

// message is the text of an error that a handler returns as it is: the first
// sentence of its description, or its name in words. Whichever it is, a client
// has to know the error by it.
func message(err *model.Error) string {
	sentence, _, _ := strings.Cut(strings.TrimSpace(err.Description), "\n")
	sentence, _, _ = strings.Cut(sentence, ". ")
	words := initialisms.Split(err.Name)
	for i, w := range words {
		if _, known := initialisms[strings.ToLower(w)]; !known {
			words[i] = strings.ToLower(w)
		}
	}
	re, invalid := regexp.Compile(err.Match)
	candidates := []string{lowerFirst(strings.TrimSuffix(sentence, ".")), strings.Join(words, " "), err.Name}
	for _, c := range candidates {
		if c != "" && (invalid != nil || re.MatchString(c)) {
			return c
		}
	}
	return candidates[1]
}
