package train

import (
	"fmt"
	"testing"

	"tc0/empirical/model"
)

// benchModels begin with those that docs/bench/train_torch.py compares with PyTorch: width
// 64, 16 states, the 60 elements of A5 as tokens, words of 16 letters.
var benchModels = []model.Config{
	{Arch: "rnn", Hidden: 64},
	{Arch: "lstm", Hidden: 64},
	{Arch: "transformer", Layers: 2},
	{Arch: "mamba"},
	{Arch: "s4d"},
	{Arch: "ids4"},
}

// BenchmarkStep measures whole training steps: words, forward, backward, AdamW.
func BenchmarkStep(b *testing.B) {
	for _, shape := range benchModels {
		for _, batch := range []int{64, 256} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/batch=%d/workers=%d", shape.Arch, batch, workers), func(b *testing.B) {
					c := Usual(shape.Arch, 16)
					c.Batch, c.Workers, c.Steps = batch, workers, 1
					t := trainer(b, shape, c)
					for b.Loop() {
						if _, _, err := t.Step(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
					b.ReportMetric(1e3*t.progress.CPU/float64(t.progress.Step), "cpu-ms/step")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}
