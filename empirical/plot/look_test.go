package plot

import (
	"os"
	"testing"

	"tc0/empirical/run"
)

func TestLook(t *testing.T) {
	p := mustPlan(t, testGrid())
	for name, most := range map[string]int{"full": 10000, "part": 140} {
		records := sweep(t, p, most)
		f, err := Figure3(p.Cells(records), records)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := os.Create("/tmp/look/" + name + ".png")
		if err := f.Write(w, PNG); err != nil {
			t.Fatal(err)
		}
		w.Close()
		w, _ = os.Create("/tmp/look/" + name + ".svg")
		f.Write(w, SVG)
		w.Close()
	}
	if s, err := run.Open("/tmp/look/fig.jsonl"); err == nil {
		records, _ := s.Records()
		cells, _ := run.Cells(records)
		f, err := Figure3(cells, records)
		if err != nil {
			t.Fatal(err)
		}
		w, _ := os.Create("/tmp/look/real.png")
		f.Write(w, PNG)
	}
}
