package algebra

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMapString(t *testing.T) {
	for _, c := range []struct {
		x    Map
		want string
	}{
		{Map{}, "()"},
		{Map{0}, "()"},
		{Map{0, 1, 2}, "()"},
		{Map{1, 0, 3, 4, 2}, "(1 2)(3 4 5)"},
		{Map{1, 1, 0}, "[2 2 1]"},
		{Map{2, 1, 0}, "(1 3)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("%v: got %s", []uint16(c.x), got)
		}
	}
}

func TestParseMap(t *testing.T) {
	for _, c := range []struct {
		text   string
		degree int
		want   Map
	}{
		{"()", 0, Map{}},
		{"()", 3, Map{0, 1, 2}},
		{" (1 2)(3 4 5) ", 0, Map{1, 0, 3, 4, 2}},
		{"(1,2) (3, 4)", 5, Map{1, 0, 3, 2, 4}},
		{"(2)", 0, Map{0, 1}},
		{"[2 2 1]", 0, Map{1, 1, 0}},
		{"[2,2,1]", 3, Map{1, 1, 0}},
		{"[]", 0, Map{}},
	} {
		got, err := ParseMap(c.text, c.degree)
		if err != nil || !got.Equal(c.want) {
			t.Errorf("ParseMap(%q, %d) = %v, %v; want %v", c.text, c.degree, []uint16(got), err, []uint16(c.want))
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text   string
		degree int
		want   string
	}{
		{"(1 2)(2 3)", 0, "point 2 twice"},
		{"(1 2 1)", 3, "point 1 twice"},
		{"(1 2", 0, "does not close"},
		{"(1 2)x", 0, `"x" outside a cycle`},
		{"(1 6)", 5, "moves point 6: the points are 1 to 5"},
		{"(0 1)", 0, `"0" is not a point`},
		{"(1 99999)", 0, `"99999" is not a point`},
		{"[1 2", 0, "no closing bracket"},
		{"[1 2] 3", 0, "no closing bracket"},
		{"[1 3]", 0, "sends point 2 to 3: the points are 1 to 2"},
		{"[1 2]", 3, "2 images: expected 3"},
		{"[1 b]", 0, `"b" is not a point`},
		{"1 2 3", 0, "is not a map"},
		{"", 0, "is not a map"},
		{"()", -1, "from 0 to 65536"},
		{"[1 1 2]", 0, "points 1 and 2 both go to 1"},
	} {
		_, err := ParsePermutation(c.text, c.degree)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("ParsePermutation(%q, %d): error %v does not say %q", c.text, c.degree, err, c.want)
		}
	}
}

func TestMapProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "degree")
		x, y, p := drawMap(t, n), drawMap(t, n), drawPermutation(t, n)
		back, err := ParseMap(x.String(), n)
		if err != nil || !back.Equal(x) {
			t.Fatalf("%v is read back as %v, %v", x, back, err)
		}
		inverse, ok := p.Inverse()
		if !ok || !p.Then(inverse).IsIdentity() || !inverse.Then(p).IsIdentity() {
			t.Fatalf("the inverse of %v is not %v", p, inverse)
		}
		if _, ok := x.Inverse(); ok != (x.Rank() == n) {
			t.Fatalf("%v of rank %d has an inverse: %v", x, x.Rank(), ok)
		}
		if got := x.Then(y).Rank(); got > min(x.Rank(), y.Rank()) || x.Rank() != len(x.Image()) {
			t.Fatalf("ranks of %v, %v and product: %d %d %d", x, y, x.Rank(), y.Rank(), got)
		}
		if even := p.Then(p).even(); !even || p.Then(cycle(n, 0, 2)).even() == p.even() && n > 1 {
			t.Fatalf("parity of %v", p)
		}
	})
}

// TestMapPower compares with the powers one by one.
func TestMapPower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawMap(t, rapid.IntRange(1, 12).Draw(t, "degree"))
		first := map[string]int{}
		power, n := x, 1
		for ; ; n++ {
			if at, ok := first[power.images()]; ok {
				index, period := x.Power()
				if index != at || period.Cmp(big.NewInt(int64(n-at))) != 0 {
					t.Fatalf("%v: index %d, period %v; want %d, %d", x, index, period, at, n-at)
				}
				return
			}
			first[power.images()] = n
			power = power.Then(x)
		}
	})
}

// TestLongPeriod: 331 points hold cycles whose common multiple is beyond 64 bits.
func TestLongPeriod(t *testing.T) {
	var x Map
	want := big.NewInt(1)
	for p := 2; p < 60; p++ {
		if isPrime(p) {
			x = beside(x, cycle(p, 0, p))
			want.Mul(want, big.NewInt(int64(p)))
		}
	}
	if _, period := x.Power(); period.Cmp(want) != 0 || want.IsInt64() {
		t.Errorf("period %v, want %v", period, want)
	}
}

func FuzzParseMap(f *testing.F) {
	for _, seed := range []string{"()", "(1 2)(3 4 5)", "[2 2 1]", "(1,2", "[65536]", "(65536)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := ParseMap(text, 0)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		back, err := ParseMap(x.String(), len(x))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
