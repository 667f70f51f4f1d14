package algebra

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A NamedGroup is a group known by name. Generators and order are there at once,
// for S1000 as for S3; the elements are listed on demand by [NamedGroup.Table].
type NamedGroup struct {
	Name       string // canonical: factors joined by x
	Convention string // what the name means here, for readers who know another convention
	Generators []Map  // of one degree, at least one
	order      *big.Int
	list       func() ([]Map, []string) // elements and labels in the documented order
}

// Order returns the number of elements.
func (g *NamedGroup) Order() *big.Int { return new(big.Int).Set(g.order) }

// Degree returns the number of points that the generators act on.
func (g *NamedGroup) Degree() int { return len(g.Generators[0]) }

// Group returns the group with a base and strong generating set.
func (g *NamedGroup) Group() (*Group, error) { return NewGroup(g.Generators) }

// namesKnown is the list that an error message shows.
const namesKnown = "Zn, Sn, An, Dn, Q8, PSL(2,p), SL(2,p), GL(2,p), H3(Z_n) or a product like A4xZ5"

// Named returns the group of a name:
//
//	Z60        cyclic, of order 60, on one cycle per prime power
//	S5 A5      symmetric and alternating, on 5 points
//	D8         dihedral, of the 8-gon, of order 16
//	Q8         quaternion, of order 8
//	GL(2,p) SL(2,p)   invertible 2×2 matrices mod a prime p, those of determinant 1,
//	           on the nonzero row vectors
//	PSL(2,p)   SL(2,p) modulo ±1, on the p+1 lines
//	H3(Z_n)    Heisenberg: upper unitriangular 3×3 matrices mod n, on n² points
//	A4xZ5      direct products, of any number of factors; A4_x_Z5 is the same
//
// The order of the elements, which [Table] numbers from 0, is that of the
// word-problem repository (jopetty/word-problem) for Sn, An, Zn and their products;
// see [NamedGroup.Table].
func Named(name string) (*NamedGroup, error) {
	factors := strings.Split(strings.ReplaceAll(name, "_x_", "x"), "x")
	if len(factors) > 1 && slices.Contains(factors, "") {
		return nil, fmt.Errorf("the group name %s has an empty factor: write products like A4xZ5", abridged(name))
	}
	var product *NamedGroup
	for _, factor := range factors {
		g, err := namedFactor(factor)
		if err != nil {
			return nil, err
		}
		if product == nil {
			product = g
			continue
		}
		if product.Degree()+g.Degree() > MaxDegree {
			return nil, tooManyPoints(name)
		}
		product = direct(product, g)
	}
	return product, nil
}

func tooManyPoints(name string) error {
	return fmt.Errorf("the group %s acts on more than %d points here: choose a smaller one", abridged(name), MaxDegree)
}

// namedFactor reads one name without products.
func namedFactor(name string) (*NamedGroup, error) {
	if name == "Q8" {
		return quaternion(), nil
	}
	for _, form := range []struct {
		prefix, suffix string
		least, most    int
		prime          bool
		build          func(n int) *NamedGroup
	}{
		{"Z", "", 1, 1 << 31, false, cyclic},
		{"S", "", 1, MaxDegree, false, symmetric},
		{"A", "", 1, MaxDegree, false, alternating},
		{"D", "", 3, MaxDegree, false, dihedral},
		{"GL(2,", ")", 2, 255, true, generalLinear},
		{"SL(2,", ")", 2, 255, true, specialLinear},
		{"PSL(2,", ")", 2, MaxDegree - 1, true, projective},
		{"H3(Z_", ")", 2, 256, false, heisenberg},
	} {
		number, ok := between(name, form.prefix, form.suffix)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(number)
		if err != nil || strconv.Itoa(n) != number {
			return nil, fmt.Errorf("%s is not a group name: %s is not a number", abridged(name), abridged(number))
		}
		if n < form.least || n > form.most {
			return nil, fmt.Errorf("the group %s is out of range: the number in %sn%s is from %d to %d here",
				abridged(name), form.prefix, form.suffix, form.least, form.most)
		}
		if form.prime && !isPrime(n) {
			return nil, fmt.Errorf("the group %s is not supported: %d is not a prime", abridged(name), n)
		}
		g := form.build(n)
		if g == nil {
			return nil, tooManyPoints(name)
		}
		g.Name = name
		return g, nil
	}
	return nil, fmt.Errorf("%s is not a known group name: expected %s", abridged(name), namesKnown)
}

// between returns the number between prefix and suffix.
func between(name, prefix, suffix string) (string, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' {
		return "", false
	}
	return strings.CutSuffix(rest, suffix)
}

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return n > 1
}

// direct returns the direct product; the factors act on disjoint points.
func direct(g, h *NamedGroup) *NamedGroup {
	one, other := Identity(g.Degree()), Identity(h.Degree())
	product := &NamedGroup{
		Name:  g.Name + "x" + h.Name,
		order: new(big.Int).Mul(g.order, h.order),
		list: func() ([]Map, []string) {
			left, leftLabels := g.list()
			right, rightLabels := h.list()
			var elements []Map
			var labels []string
			for i, x := range left {
				for j, y := range right {
					elements = append(elements, beside(x, y))
					labels = append(labels, "("+leftLabels[i]+", "+rightLabels[j]+")")
				}
			}
			return elements, labels
		},
	}
	product.Convention = strings.Trim(g.Convention+"; "+h.Convention, "; ")
	for _, x := range g.Generators {
		product.Generators = append(product.Generators, beside(x, other))
	}
	for _, y := range h.Generators {
		product.Generators = append(product.Generators, beside(one, y))
	}
	return product
}

// beside lets x act on the first points and y on the points after them.
func beside(x, y Map) Map {
	z := append(Map(nil), x...)
	for _, q := range y {
		z = append(z, q+uint16(len(x)))
	}
	return z
}

// cyclic is Zn on one cycle for each prime power of n, which is faithful by the
// Chinese remainder theorem. It returns nil if those are too many points.
func cyclic(n int) *NamedGroup {
	cycles, points := primePowers(n)
	if points > MaxDegree {
		return nil
	}
	power := func(i int) Map {
		x := make(Map, 0, points)
		for _, c := range cycles {
			for p, start := 0, len(x); p < c; p++ {
				x = append(x, uint16(start+(p+i)%c))
			}
		}
		return x
	}
	return &NamedGroup{
		Generators: []Map{power(1)},
		order:      big.NewInt(int64(n)),
		list: func() ([]Map, []string) {
			var elements []Map
			var labels []string
			for i := range n {
				elements = append(elements, power(i))
				labels = append(labels, strconv.Itoa(i))
			}
			return elements, labels
		},
	}
}

// primePowers returns the prime powers whose product is n, and their sum; for n = 1
// it returns one cycle of length 1.
func primePowers(n int) (powers []int, sum int) {
	for d := 2; n > 1; d++ {
		if d*d > n {
			d = n
		}
		power := 1
		for n%d == 0 {
			n /= d
			power *= d
		}
		if power > 1 {
			powers = append(powers, power)
			sum += power
		}
	}
	if powers == nil {
		return []int{1}, 1
	}
	return powers, sum
}

func symmetric(n int) *NamedGroup {
	return &NamedGroup{
		Generators: generatingSet(n, cycle(n, 0, n), cycle(n, 0, 2)),
		order:      factorial(n),
		list:       func() ([]Map, []string) { return lexicographic(n, func(Map) bool { return true }) },
	}
}

func alternating(n int) *NamedGroup {
	order := factorial(n)
	if n > 1 {
		order.Rsh(order, 1)
	}
	// A 3-cycle and the longest even cycle that reaches past it.
	long := cycle(n, (n+1)%2, n)
	return &NamedGroup{
		Generators: generatingSet(n, long, cycle(n, 0, 3)),
		order:      order,
		list:       func() ([]Map, []string) { return lexicographic(n, Map.even) },
	}
}

// generatingSet leaves out identities, and keeps one if all are.
func generatingSet(n int, maps ...Map) []Map {
	moving := slices.DeleteFunc(maps, Map.IsIdentity)
	if len(moving) == 2 && moving[0].Equal(moving[1]) {
		moving = moving[:1]
	}
	if len(moving) == 0 {
		return []Map{Identity(n)}
	}
	return moving
}

// cycle is (from, from+1, …, to-1) on n points, or the identity if to > n.
func cycle(n, from, to int) Map {
	x := Identity(n)
	if to > n {
		return x
	}
	for p := from; p < to; p++ {
		x[p] = uint16(p + 1)
	}
	if from < to {
		x[to-1] = uint16(from)
	}
	return x
}

func factorial(n int) *big.Int { return new(big.Int).MulRange(1, int64(n)) }

// even reports whether a permutation is even.
func (x Map) even() bool {
	seen := make([]bool, len(x))
	even := true
	for start := range x {
		for p := start; !seen[p]; p = int(x[p]) {
			seen[p] = true
			even = even != (int(x[p]) != start)
		}
	}
	return even
}

// lexicographic lists permutations a in lexicographic order of the tuple of their
// images. The product of the repository is (a∘b)(i) = a(b(i)), the right factor
// first; a map here acts left factor first, so the element of a is its inverse.
// The label shows a itself.
func lexicographic(n int, keep func(Map) bool) (elements []Map, labels []string) {
	for a := Identity(n); a != nil; a = successor(a) {
		if keep(a) {
			elements = append(elements, a.inverse())
			labels = append(labels, a.String())
		}
	}
	return elements, labels
}

// successor returns the next permutation in lexicographic order, nil after the last.
func successor(a Map) Map {
	i := len(a) - 2
	for i >= 0 && a[i] > a[i+1] {
		i--
	}
	if i < 0 {
		return nil
	}
	next := append(Map(nil), a...)
	j := len(a) - 1
	for next[j] < next[i] {
		j--
	}
	next[i], next[j] = next[j], next[i]
	slices.Reverse(next[i+1:])
	return next
}

// dihedral lists r^0, …, r^(n-1), then r^0·s, …, r^(n-1)·s, r the rotation by one
// corner and s the reflection that fixes corner 0.
func dihedral(n int) *NamedGroup {
	rotation, reflection := cycle(n, 0, n), make(Map, n)
	for p := range reflection {
		reflection[p] = uint16((n - p) % n)
	}
	return &NamedGroup{
		Convention: fmt.Sprintf("D%d is the dihedral group of the %d-gon, of order %d", n, n, 2*n),
		Generators: []Map{rotation, reflection},
		order:      big.NewInt(2 * int64(n)),
		list: func() (elements []Map, labels []string) {
			for _, suffix := range []string{"", "·s"} {
				x := Identity(n)
				for k := range n {
					if suffix == "" {
						elements = append(elements, x)
					} else {
						elements = append(elements, x.Then(reflection))
					}
					labels = append(labels, fmt.Sprintf("r^%d%s", k, suffix))
					x = x.Then(rotation)
				}
			}
			return elements, labels
		},
	}
}

// quaternion acts on itself by right multiplication; its elements are 1, -1, i, -i,
// j, -j, k, -k in this order, number 2·axis + sign.
func quaternion() *NamedGroup {
	list := func() (elements []Map, labels []string) {
		for g := range 8 {
			x := make(Map, 8)
			for p := range x {
				x[p] = uint16(quaternionProduct(p, g))
			}
			elements = append(elements, x)
		}
		return elements, []string{"1", "-1", "i", "-i", "j", "-j", "k", "-k"}
	}
	elements, _ := list()
	return &NamedGroup{Name: "Q8", Generators: []Map{elements[2], elements[4]}, order: big.NewInt(8), list: list}
}

func quaternionProduct(a, b int) int {
	axisA, axisB, sign := a/2, b/2, a%2^b%2
	switch {
	case axisA == 0 || axisB == 0:
		return 2*(axisA+axisB) + sign
	case axisA == axisB:
		return sign ^ 1
	case axisB == axisA%3+1: // i·j = k, j·k = i, k·i = j
		return 2*(6-axisA-axisB) + sign
	}
	return 2*(6-axisA-axisB) + sign ^ 1
}

// heisenberg lists (a,b,c) lexicographically: the matrix with a, b beside the
// diagonal and c in the corner, so (a,b,c)(a′,b′,c′) = (a+a′, b+b′, c+c′+a·b′). It
// acts on the row vectors (1,y,z).
func heisenberg(n int) *NamedGroup {
	element := func(a, b, c int) Map {
		x := make(Map, n*n)
		for y := range n {
			for z := range n {
				x[y*n+z] = uint16((y+a)%n*n + (z+c+y*b)%n)
			}
		}
		return x
	}
	return &NamedGroup{
		Generators: []Map{element(1, 0, 0), element(0, 1, 0)},
		order:      big.NewInt(int64(n) * int64(n) * int64(n)),
		list: func() (elements []Map, labels []string) {
			for i := range n * n * n {
				a, b, c := i/(n*n), i/n%n, i%n
				elements = append(elements, element(a, b, c))
				labels = append(labels, fmt.Sprintf("(%d,%d,%d)", a, b, c))
			}
			return elements, labels
		},
	}
}
