package algebra

import "fmt"

// Matrices turns d×d matrices mod a prime p into maps v → v·A on row vectors, so
// that products keep their order. The points are all nonzero vectors if every matrix
// is invertible, otherwise all vectors; they are numbered in lexicographic order.
// Entries may be any integers and are reduced mod p.
func Matrices(p int, matrices [][][]int) ([]Map, error) {
	if err := checkModulus(p); err != nil {
		return nil, err
	}
	if len(matrices) == 0 {
		return nil, nil
	}
	d := len(matrices[0])
	vectors, err := countVectors(p, d)
	if err != nil {
		return nil, err
	}
	var maps []Map
	invertible := true
	for i, matrix := range matrices {
		if err := checkMatrix(matrix, d); err != nil {
			return nil, fmt.Errorf("matrix %d: %w", i+1, err)
		}
		x := onRowVectors(matrix, p, vectors)
		invertible = invertible && x.IsPermutation()
		maps = append(maps, x)
	}
	if invertible {
		for i := range maps {
			maps[i] = dropFirst(maps[i])
		}
	}
	return maps, nil
}

func checkModulus(p int) error {
	if p < 2 || p > MaxDegree || !isPrime(p) {
		return fmt.Errorf("matrices mod %d: expected a prime below %d", p, MaxDegree)
	}
	return nil
}

// countVectors returns p^d.
func countVectors(p, d int) (int, error) {
	vectors := 1
	for range d {
		if vectors *= p; vectors > MaxDegree {
			return 0, fmt.Errorf("%d×%d matrices mod %d act on more than %d vectors: use a smaller size or prime",
				d, d, p, MaxDegree)
		}
	}
	return vectors, nil
}

func checkMatrix(matrix [][]int, d int) error {
	if d == 0 || len(matrix) != d {
		return fmt.Errorf("%d rows: expected as many as the first matrix has, at least 1 (here %d)", len(matrix), d)
	}
	for i, row := range matrix {
		if len(row) != d {
			return fmt.Errorf("row %d has %d entries: expected %d, as many as there are rows", i+1, len(row), d)
		}
	}
	return nil
}

// onRowVectors numbers the vector (v1 … vd) by its value as a number in base p.
func onRowVectors(matrix [][]int, p, vectors int) Map {
	x := make(Map, vectors)
	d := len(matrix)
	digits := make([]int, d)
	for v := range x {
		for i, rest := d-1, v; i >= 0; i, rest = i-1, rest/p {
			digits[i] = rest % p
		}
		image := 0
		for j := range d {
			sum := 0
			for i, digit := range digits {
				sum = (sum + digit*reduce(matrix[i][j], p)) % p
			}
			image = image*p + sum
		}
		x[v] = uint16(image)
	}
	return x
}

func reduce(a, p int) int { return (a%p + p) % p }

// dropFirst removes point 0, which x fixes and nothing else goes to.
func dropFirst(x Map) Map {
	y := make(Map, len(x)-1)
	for p := range y {
		y[p] = x[p+1] - 1
	}
	return y
}
