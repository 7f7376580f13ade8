package envelope

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkRequest(b *testing.B) {
	build := `{"id":99887766,"repo":"git@example.org:team/project-alpha.git","steps":[` +
		strings.Repeat(`{"name":"unit-tests-0","cmd":"go test -race ./pkg/module0/...","status":1,"secs":12.625},`, 8) +
		`{"name":"end"}],"labels":["label-0","label-1","label-2","label-3"],"builder":{"name":"b","ok":true}}`
	log := `{"id":5,"data":"` + strings.Repeat(strings.Repeat("ok pkg/module 0.123s ", 4)[:79]+`\n`, 800) + `"}`
	for name, body := range map[string]string{"small": `{"id":1,"name":"builder-amd64-07","ok":true,"score":0.9375}`, "build": build, "log": log} {
		frame := fmt.Appendf(nil, `{"id":123456,"action":"build","token":"f3a9c1d27be84e60a5d1c0ffee123456","body":%s}`, body)
		b.Run(name, func(b *testing.B) {
			var req Request
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				if err := ParseRequest(frame, 100, &req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
