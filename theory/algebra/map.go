package algebra

import (
	"slices"
	"strconv"
	"strings"
)

// MaxDegree is the largest number of points that a [Map] can have.
const MaxDegree = 1 << 16

// A Map is a total function on the points 0..len-1, given by its images. Maps act
// on the right: x.Then(y) applies x first, so the map of a word is the product of
// the maps of its letters in reading order.
type Map []uint16

// Identity returns the identity on n points.
func Identity(n int) Map {
	x := make(Map, n)
	for p := range x {
		x[p] = uint16(p)
	}
	return x
}

// Then returns the product that applies x first: point p goes to y[x[p]]. Both
// maps have the same degree.
func (x Map) Then(y Map) Map {
	z := make(Map, len(x))
	for p, q := range x {
		z[p] = y[q]
	}
	return z
}

// Inverse returns the inverse of a permutation; ok is false for any other map.
func (x Map) Inverse() (inverse Map, ok bool) {
	if !x.IsPermutation() {
		return nil, false
	}
	return x.inverse(), true
}

// inverse inverts a map that is known to be a permutation.
func (x Map) inverse() Map {
	z := make(Map, len(x))
	for p, q := range x {
		z[q] = uint16(p)
	}
	return z
}

// IsPermutation reports whether every point is an image.
func (x Map) IsPermutation() bool { return x.Rank() == len(x) }

// Rank returns the number of images.
func (x Map) Rank() int {
	seen := make([]bool, len(x))
	rank := 0
	for _, q := range x {
		if !seen[q] {
			seen[q] = true
			rank++
		}
	}
	return rank
}

// Equal reports whether x and y have the same degree and images.
func (x Map) Equal(y Map) bool { return slices.Equal(x, y) }

// IsIdentity reports whether x fixes every point.
func (x Map) IsIdentity() bool {
	for p, q := range x {
		if p != int(q) {
			return false
		}
	}
	return true
}

// IsIdempotent reports whether x.Then(x) equals x: every image is a fixed point.
func (x Map) IsIdempotent() bool {
	for _, q := range x {
		if x[q] != q {
			return false
		}
	}
	return true
}

// Image returns the images, ascending, each once.
func (x Map) Image() []int {
	seen := make([]bool, len(x))
	for _, q := range x {
		seen[q] = true
	}
	var image []int
	for p, hit := range seen {
		if hit {
			image = append(image, p)
		}
	}
	return image
}

// String writes a permutation as a product of cycles, (1 2)(3 4 5), the identity
// as (), and any other map as its images, [2 2 1]. Points are written from 1.
func (x Map) String() string {
	if !x.IsPermutation() {
		return x.images()
	}
	if s := x.cycles(); s != "" {
		return s
	}
	return "()"
}

func (x Map) images() string {
	var b strings.Builder
	b.WriteByte('[')
	for p, q := range x {
		if p > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(int(q) + 1))
	}
	b.WriteByte(']')
	return b.String()
}

func (x Map) cycles() string {
	var b strings.Builder
	seen := make([]bool, len(x))
	for start := range x {
		if seen[start] || int(x[start]) == start {
			continue
		}
		separator := byte('(')
		for p := start; !seen[p]; p = int(x[p]) {
			seen[p] = true
			b.WriteByte(separator)
			b.WriteString(strconv.Itoa(p + 1))
			separator = ' '
		}
		b.WriteByte(')')
	}
	return b.String()
}
