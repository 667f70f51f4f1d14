package plot

import (
	"bytes"
	"flag"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"pgregory.net/rapid"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

var update = flag.Bool("update", false, "write the golden files")

// figures are one of each kind, with all that can be on one.
func figures(t testing.TB) map[string]*Figure {
	t.Helper()
	all := map[string]*Figure{}
	keep := func(name string, f *Figure, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(name, err)
		}
		all[name] = f
	}
	g := testGrid()
	g.Tasks = []string{"A4xZ5:g4", "A5:g4"}
	plan := mustPlan(t, g)
	records := slices.DeleteFunc(sweep(t, plan), func(r run.Record) bool {
		s := r.Spec
		return s.Task.Name == "A5:g4" && s.Task.Length == 8 && (s.Model.Arch == "lstm" || s.Model.Arch == "mamba" && s.Model.Layers > 1)
	})
	i := slices.IndexFunc(records, func(r run.Record) bool { return r.Ended == train.OutOfBudget })
	records[i].Ended, records[i].Failure = run.Failed, "step 500: loss is NaN"
	f, err := Figure3(plan.Cells(records), records)
	keep("figure3", f, err)

	six := sixRuns(t)
	diverged := oneRun(t, "A5:g4", "mamba", 4, 16, 1)
	diverged.Ended, diverged.Failure, diverged.Curve = run.Failed, "step 500: loss is NaN", diverged.Curve[:5]
	f, err = Lengths(six)
	keep("lengths", f, err)
	f, err = Curves(append(six, diverged), true)
	keep("curves", f, err)
	bos := run.NewSpec(task.Spec{Name: "S3", Length: 8, BOS: true}, model.Config{Arch: "s4d"}, 3)
	bos.Train.Steps = 500
	if bos, err = bos.Complete(); err != nil {
		t.Fatal(err)
	}
	f, err = Positions(result(bos, 0.8, 0.6))
	keep("positions", f, err)
	return all
}

func write(t testing.TB, f *Figure, format Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for name, f := range figures(t) {
		got, path := write(t, f, SVG), filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
			t.Errorf("%s differs, look at it and run with -update (-want +got):\n%s", path, diff)
		}
	}
}

// The same runs give the same bytes, in whatever order they were finished.
func TestSameBytes(t *testing.T) {
	plan := mustPlan(t, testGrid())
	records, six := sweep(t, plan)[:60], sixRuns(t)
	twin := six[0] // differs in what no label says
	twin.Digest, twin.Curve = strings.Repeat("ab", 32), twin.Curve[:7]
	six = append(six, twin)
	backward := func(list []run.Record) []run.Record {
		list = slices.Clone(list)
		slices.Reverse(list)
		return list
	}
	for name, draws := range map[string]func(turn func([]run.Record) []run.Record) (*Figure, error){
		"figure3": func(turn func([]run.Record) []run.Record) (*Figure, error) {
			return Figure3(plan.Cells(turn(records)), turn(records))
		},
		"figure3 without grid": func(turn func([]run.Record) []run.Record) (*Figure, error) {
			cells, err := run.Cells(turn(records))
			if err != nil {
				return nil, err
			}
			return Figure3(cells, turn(records))
		},
		"lengths": func(turn func([]run.Record) []run.Record) (*Figure, error) { return Lengths(turn(six)) },
		"curves":  func(turn func([]run.Record) []run.Record) (*Figure, error) { return Curves(turn(six), true) },
	} {
		for _, format := range []Format{SVG, PNG} {
			var files [][]byte
			for _, turn := range []func([]run.Record) []run.Record{slices.Clone[[]run.Record], backward} {
				f, err := draws(turn)
				if err != nil {
					t.Fatal(name, err)
				}
				files = append(files, write(t, f, format))
			}
			if !bytes.Equal(files[0], files[1]) {
				t.Errorf("%s as %s: the bytes differ", name, format)
			}
		}
	}
}

// A picture is as large as the page, has the colours of its markers, and a white border: nothing is cut off.
func TestPNG(t *testing.T) {
	for name, f := range figures(t) {
		picture, err := png.Decode(bytes.NewReader(write(t, f, PNG)))
		if err != nil {
			t.Fatal(name, err)
		}
		size := picture.Bounds()
		width, height := f.size()
		across, down := float64(width)*pngDPI/72, float64(height)*pngDPI/72
		if math.Abs(float64(size.Dx())-across) > 1 || math.Abs(float64(size.Dy())-down) > 1 {
			t.Errorf("%s: %v pixels for %v by %v points", name, size, width, height)
		}
		const border = 10
		inside := 0
		for y := range size.Dy() {
			for x := range size.Dx() {
				white := color.NRGBAModel.Convert(picture.At(x, y)) == color.NRGBA{255, 255, 255, 255}
				edge := x < border || y < border || x >= size.Dx()-border || y >= size.Dy()-border
				if !white && edge {
					t.Fatalf("%s: something at pixel %d, %d of %v", name, x, y, size)
				}
				if !white {
					inside++
				}
			}
		}
		if inside < 10_000 {
			t.Errorf("%s: %d pixels are not white", name, inside)
		}
	}
}

func TestSVGFonts(t *testing.T) {
	for name, f := range figures(t) {
		text := string(write(t, f, SVG))
		n, m := strings.Count(text, "<text"), strings.Count(text, "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")
		if n == 0 || n != m {
			t.Errorf("%s: %d of %d texts name the fonts that may stand in", name, m, n)
		}
	}
}

// What a figure has to say for itself is on it.
func TestTexts(t *testing.T) {
	all := figures(t)
	for name, want := range map[string][]string{
		"figure3": {
			"A4xZ5:g4", "A5:g4", "layers for 90 % of the tokens", "layers for 90 % of the words", "length of the words (letters)",
			"in budget", "not known", "16", "RNN", "LSTM", "IDS4", "transformer", "S4D", "Mamba",
			"at most 60 s of processor time each",
			"runs, seeds 1 and 2 (1 to 2 at each depth that was tried)", "The loss of 1 was not finite.", "4 elements that generate A4xZ5",
		},
		"lengths": {
			"A5:g4, 2 layers, trained on 16 letters, seed 1", "tokens right (%)", "whole words right (%)",
			"length of the test words (letters)", "training length: 16", "guessing among 60 labels", "512 of each length", "95 % intervals of Wilson", "128", "6 runs",
		},
		"curves": {
			"processor time (s)", "training loss (nats per label)", "accuracy asked for", "loss not finite",
			"Mamba, 4 layers", "Mamba, 2 layers", "7 runs", "at 90 % of the tokens",
		},
		"positions": {
			"S3, S4D, 1 layer, trained on 8 letters, seed 3", "position in the word (letters, from 1)", "words of 8", "words of 64",
			"guessing among 6 labels", "at most 500 steps",
		},
	} {
		var words strings.Builder
		for _, b := range texts(all[name]) {
			words.WriteString(b.text + "\n")
		}
		for _, w := range want {
			if !strings.Contains(words.String(), w) {
				t.Errorf("%s does not say %q; it says\n%s", name, w, &words)
			}
		}
	}
}

// box is a text and the corners of where it stands.
type box struct {
	text     string
	min, max vg.Point
}

// textCanvas notes where texts are. A transformation is that of the point p to p.X·x + p.Y·y + at.
type textCanvas struct {
	vg.Canvas
	x, y, at vg.Point
	saved    [][3]vg.Point
	boxes    []box
}

func (c *textCanvas) Push() { c.saved = append(c.saved, [3]vg.Point{c.x, c.y, c.at}) }

func (c *textCanvas) Pop() {
	last := len(c.saved) - 1
	c.x, c.y, c.at = c.saved[last][0], c.saved[last][1], c.saved[last][2]
	c.saved = c.saved[:last]
}

func (c *textCanvas) apply(p vg.Point) vg.Point { return c.x.Scale(p.X).Add(c.y.Scale(p.Y)).Add(c.at) }

func (c *textCanvas) Translate(p vg.Point) { c.at = c.apply(p) }

func (c *textCanvas) Rotate(angle float64) {
	sin, cos := math.Sincos(angle)
	s, k := vg.Length(sin), vg.Length(cos)
	c.x, c.y = c.x.Scale(k).Add(c.y.Scale(s)), c.y.Scale(k).Sub(c.x.Scale(s))
}

func (c *textCanvas) FillString(f font.Face, at vg.Point, text string) {
	size := f.Font.Size
	a := c.apply(vg.Point{X: at.X, Y: at.Y - 0.2*size})
	b := c.apply(vg.Point{X: at.X + f.Width(text), Y: at.Y + 0.72*size})
	c.boxes = append(c.boxes, box{
		text: text,
		min:  vg.Point{X: min(a.X, b.X), Y: min(a.Y, b.Y)}, max: vg.Point{X: max(a.X, b.X), Y: max(a.Y, b.Y)},
	})
}

func texts(f *Figure) []box {
	width, height := f.size()
	c := &textCanvas{Canvas: &recorder.Canvas{}, x: vg.Point{X: 1}, y: vg.Point{Y: 1}}
	f.draw(draw.NewCanvas(c, width, height))
	return slices.DeleteFunc(c.boxes, func(b box) bool { return strings.TrimSpace(b.text) == "" })
}

// checkTexts says which text is cut off or stands on another.
func checkTexts(f *Figure) error {
	width, height := f.size()
	boxes := texts(f)
	for i, b := range boxes {
		if b.min.X < 0 || b.min.Y < 0 || b.max.X > width || b.max.Y > height {
			return fmt.Errorf("%q is cut off: %v to %v on %v by %v", b.text, b.min, b.max, width, height)
		}
		for _, o := range boxes[:i] {
			if b.min.X < o.max.X && o.min.X < b.max.X && b.min.Y < o.max.Y && o.min.Y < b.max.Y {
				return fmt.Errorf("%q and %q stand on each other: %v to %v, %v to %v", b.text, o.text, b.min, b.max, o.min, o.max)
			}
		}
	}
	return nil
}

func TestNoTextOverlaps(t *testing.T) {
	for name, f := range figures(t) {
		if err := checkTexts(f); err != nil {
			t.Error(name, err)
		}
	}
}

// randomCells are cells with some outcome each, and the records of their runs.
func randomCells(t *rapid.T) ([]run.Cell, []run.Record) {
	some := func(label string, from []string) []string {
		return rapid.Permutation(from).Draw(t, label)[:rapid.IntRange(1, len(from)).Draw(t, label+" count")]
	}
	tasks := some("tasks", []string{"Z60:g4", "A4xZ5:g4", "A5:g4", "S5", "parity_check"})
	archs := some("archs", model.Architectures)
	lengths := rapid.SliceOfNDistinct(rapid.IntRange(1, 500), 1, 6, rapid.ID[int]).Draw(t, "lengths")
	layers := []int{1, 2, 4, 8}[:rapid.IntRange(1, 4).Draw(t, "layers")]
	goals := []train.Until{{Token: 0.9}, {Sequence: 0.9}, {Token: 0.995}}[:rapid.IntRange(1, 3).Draw(t, "goals")]
	var cells []run.Cell
	var records []run.Record
	for _, name := range tasks {
		for _, n := range lengths {
			for _, arch := range archs {
				for _, goal := range goals {
					c := run.Cell{Task: name, Length: n, Arch: arch, Goal: goal, Open: rapid.Bool().Draw(t, "open")}
					for _, k := range rapid.Permutation(layers).Draw(t, "tries") {
						digest := fmt.Sprint(name, n, arch, goal, k)
						r := run.Record{Digest: digest, Seed: uint64(k)}
						r.Spec.Train.Budget = 60
						records = append(records, r)
						c.Tries = append(c.Tries, run.Try{Layers: k, Seed: r.Seed, Digest: digest})
					}
					c.Least = rapid.SampledFrom(append([]int{0}, layers...)).Draw(t, "least")
					cells = append(cells, c)
				}
			}
		}
	}
	return cells, records
}

// Whatever the results are, no text of Figure 3 is cut off or hidden.
func TestFigure3Layout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, err := Figure3(randomCells(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := checkTexts(f); err != nil {
			t.Fatal(err)
		}
	})
}

// Rows of a single depth have room for their goals.
func TestFigure3LowRows(t *testing.T) {
	var cells []run.Cell
	for _, goal := range []train.Until{{Token: 0.9}, {Token: 0.995}, {Sequence: 0.9}} {
		cells = append(cells, run.Cell{Task: "Z60:g4", Length: 1, Arch: "mamba", Goal: goal, Tries: []run.Try{{Layers: 1}}})
	}
	f, err := Figure3(cells, []run.Record{{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkTexts(f); err != nil {
		t.Error(err)
	}
}

// Every cell has a marker of its own, on the line of its depth and in the column of its length,
// filled just when the depth is known for good.
func TestFigure3Marks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells, _ := randomCells(t)
		d, err := newDepths(cells)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(d.lengths) || !slices.IsSorted(d.layers) {
			t.Fatalf("axes %v and %v", d.lengths, d.layers)
		}
		same := func(v float64) vg.Length { return vg.Length(v) }
		count := 0
		for _, name := range d.tasks {
			for _, goal := range d.goals {
				var all []vg.Point
				for i, a := range d.archs {
					for j, m := range d.trail(name, goal, i, same, same) {
						c := cells[slices.IndexFunc(cells, func(c run.Cell) bool {
							return c.Task == name && c.Goal == goal && c.Arch == a.arch && c.Length == d.lengths[j]
						})]
						row := d.rows()[int(math.Round(float64(m.at.Y)))]
						want := "not reached\nin budget"
						if c.Least > 0 {
							want = fmt.Sprint(c.Least)
						} else if c.Open {
							want = "not known\nyet"
						}
						if row != want || int(math.Round(float64(m.at.X))) != j {
							t.Fatalf("%v: at %v, in row %q", c, m.at, row)
						}
						if (m.look == filled) != (c.Least > 0 && !c.Open) || (m.look == pale) != c.Open {
							t.Fatalf("%v: look %d", c, m.look)
						}
						all = append(all, m.at)
					}
				}
				for i, p := range all {
					for _, q := range all[:i] {
						if gap := spread / float64(len(d.archs)); math.Abs(float64(p.X-q.X)) < 0.99*gap {
							t.Fatalf("%d architectures: markers at %v and %v are less than %v apart", len(d.archs), p, q, gap)
						}
					}
				}
				count += len(all)
			}
		}
		if count != len(cells) {
			t.Fatalf("%d markers for %d cells", count, len(cells))
		}
	})
}

// The architectures that can be trained have a marker each, no two alike.
func TestMarkers(t *testing.T) {
	var names []string
	for i, a := range architectures {
		names = append(names, a.arch)
		for _, b := range architectures[:i] {
			if a.name == b.name || a.marker.color == b.marker.color || slices.Equal(a.marker.corners, b.marker.corners) {
				t.Errorf("%s and %s look alike", a.arch, b.arch)
			}
		}
	}
	want := slices.Sorted(slices.Values(model.Architectures))
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(names))); diff != "" {
		t.Errorf("architectures (-want +got):\n%s", diff)
	}
}

// An interval holds the accuracy, and that of Wilson for whole numbers of words.
func TestWilson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.IntRange(1, 5000).Draw(t, "words")
		accuracy := rapid.Float64Range(0, 1).Draw(t, "accuracy")
		r := wilson(1, accuracy, words)
		if !(0 <= r.low && r.low <= accuracy && accuracy <= r.high && r.high <= 1) {
			t.Fatalf("%+v", r)
		}
		hits := rapid.IntRange(0, words).Draw(t, "hits")
		low, high := run.Wilson(hits, words, 0.95)
		r = wilson(1, float64(hits)/float64(words), words)
		if r.low > low || r.high < high {
			t.Fatalf("%d of %d: %+v, within %v to %v", hits, words, r, low, high)
		}
	})
}

func TestNames(t *testing.T) {
	a, b := oneRun(t, "A5:g4", "mamba", 1, 8, 1), oneRun(t, "A5:g4", "mamba", 2, 8, 1)
	wider := b
	wider.Digest = strings.Repeat("ab", 32)
	for _, c := range []struct {
		records []run.Record
		common  string
		own     []string
	}{
		{[]run.Record{a}, "A5:g4, Mamba, 1 layer, trained on 8 letters, seed 1", []string{""}},
		{[]run.Record{a, b}, "A5:g4, Mamba, trained on 8 letters, seed 1", []string{"1 layer", "2 layers"}},
		{
			[]run.Record{a, b, wider}, "A5:g4, Mamba, trained on 8 letters, seed 1",
			[]string{"1 layer", "2 layers, " + b.Digest[:12], "2 layers, abababababab"},
		},
	} {
		common, own := names(c.records)
		if diff := cmp.Diff(c.own, own); diff != "" || common != c.common {
			t.Errorf("%q, want %q (-want +got):\n%s", common, c.common, diff)
		}
	}
}

// Ticks are few, start at 0 and do not leave the axis.
func TestRound(t *testing.T) {
	for _, c := range []struct {
		most float64
		want []string
	}{
		{60, []string{"0", "10", "20", "30", "40", "50", "60"}},
		{4.2, []string{"0", "1", "2", "3", "4"}},
		{0.35, []string{"0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30", "0.35"}},
		{21, []string{"0", "5", "10", "15", "20"}},
	} {
		var got []string
		for _, tick := range round(c.most) {
			got = append(got, tick.Label)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%g (-want +got):\n%s", c.most, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Float64Range(1e-3, 1e9).Draw(t, "most")
		ticks := round(most)
		labels := map[string]bool{}
		for _, tick := range ticks {
			labels[tick.Label] = true
		}
		if n := len(ticks); n < 4 || n > 9 || len(labels) != n || ticks[0].Value != 0 || ticks[n-1].Value > most {
			t.Fatalf("%v", ticks)
		}
	})
}

func TestLogarithmic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.IntRange(1, 1<<20), 1, 60).Draw(t, "numbers")
		p := gonum.New()
		logarithmic(p, numbers)
		ticks := p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)
		if len(ticks) == 0 || len(ticks) > 20 {
			t.Fatalf("%d ticks", len(ticks))
		}
		for _, n := range numbers {
			if at := math.Log2(float64(n)); !(p.X.Min < at && at < p.X.Max) {
				t.Fatalf("%d is off the axis", n)
			}
		}
		for i, n := range numbers {
			at := math.Log2(float64(n)) + aside(i, len(numbers), numbers)
			if !(p.X.Min < at && at < p.X.Max) {
				t.Fatalf("%d of run %d is off the axis", n, i)
			}
		}
	})
}

func TestRefused(t *testing.T) {
	good := oneRun(t, "A5:g4", "mamba", 1, 8, 1)
	changed := func(change func(*run.Record)) run.Record {
		r := good
		r.Curve = slices.Clone(r.Curve)
		change(&r)
		return r
	}
	diverged := changed(func(r *run.Record) { r.Ended, r.Failure, r.Scores, r.Curve = run.Failed, "loss is NaN", nil, nil })
	list := func(n int) (all []run.Record) {
		for i := range n {
			all = append(all, changed(func(r *run.Record) { r.Digest = fmt.Sprint(i) }))
		}
		return all
	}
	cells, err := run.Cells([]run.Record{good})
	if err != nil {
		t.Fatal(err)
	}
	many := make([]run.Cell, maxTasks+1)
	for i := range many {
		many[i] = cells[0]
		many[i].Task = fmt.Sprint(i)
	}
	strange := slices.Clone(cells)
	strange[0].Arch = "gru"
	for _, c := range []struct {
		name string
		draw func() (*Figure, error)
		want string
	}{
		{"no cells", func() (*Figure, error) { return Figure3(nil, nil) }, "no cell has a run"},
		{"no record", func() (*Figure, error) { return Figure3(cells, nil) }, "the record of its run " + good.Digest[:12] + " is missing"},
		{"many tasks", func() (*Figure, error) { return Figure3(many, []run.Record{good}) }, "9 tasks: one figure holds 8"},
		{"architecture", func() (*Figure, error) { return Figure3(strange, []run.Record{good}) }, `"gru" has no marker`},
		{"no runs", func() (*Figure, error) { return Lengths(nil) }, "no runs"},
		{"no runs", func() (*Figure, error) { return Curves(nil, true) }, "no runs"},
		{"many runs", func() (*Figure, error) { return Lengths(list(13)) }, "13 runs: one figure holds 12"},
		{"many runs", func() (*Figure, error) { return Curves(list(13), false) }, "13 runs: one figure holds 12"},
		{
			"many of one kind", func() (*Figure, error) { return Curves(append(list(7), oneRun(t, "A5:g4", "rnn", 1, 8, 1)), false) },
			"7 runs of mamba among others: one figure tells 6 apart",
		},
		{"no scores", func() (*Figure, error) { return Lengths([]run.Record{diverged}) }, "no test words were scored: loss is NaN"},
		{"no scores", func() (*Figure, error) { return Positions(diverged) }, "no test words were scored: loss is NaN"},
		{"many lengths", func() (*Figure, error) {
			return Positions(changed(func(r *run.Record) { r.Scores = slices.Repeat(r.Scores, 3) }))
		}, "12 lengths: one figure tells 8 apart"},
		{"no curve", func() (*Figure, error) { return Curves([]run.Record{diverged}, false) }, "no evaluations"},
		{"accuracy", func() (*Figure, error) {
			return Curves([]run.Record{changed(func(r *run.Record) { r.Curve[2].Token = 1.5 })}, false)
		}, "curve[2]: expected accuracies from 0 to 1"},
		{"time", func() (*Figure, error) {
			return Curves([]run.Record{changed(func(r *run.Record) { r.Curve[3].CPU = -1 })}, false)
		}, "curve[3]: expected"},
		{"loss", func() (*Figure, error) {
			return Curves([]run.Record{changed(func(r *run.Record) { r.Curve[0].Loss = 1e300 })}, true)
		}, "curve[0]: expected"},
	} {
		_, err := c.draw()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	f, err := Positions(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&bytes.Buffer{}, "pdf"); err == nil || !strings.Contains(err.Error(), "expected svg or png") {
		t.Errorf("format: error %v", err)
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]Format{"a.svg": SVG, "b/c.d/a.PNG": PNG, "a.pdf": "", "svg": "", "a": "", "": ""} {
		got, err := FormatOf(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, error %v", path, got, err)
		}
	}
}

// Times that are not known, and a single evaluation, are no reason to draw nothing.
func TestCurvesWithoutTimes(t *testing.T) {
	r := oneRun(t, "A5:g4", "mamba", 1, 8, 1)
	r.Curve = []train.Point{{Step: 1, Token: 0.5}}
	f, err := Curves([]run.Record{r}, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkTexts(f); err != nil {
		t.Error(err)
	}
	write(t, f, PNG)
}
