package snark

import (
	"errors"
	"math/big"
	"slices"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/multicommit"
	"github.com/consensys/gnark/std/permutation/poseidon2"
)

func init() { solver.RegisterHint(quotients) }

// endWeight packs the two ends of an interval in one field element: each is below it by
// far in absolute value, and its square is far below the field.
var endWeight = new(big.Int).Lsh(big.NewInt(1), 100)

// tableRows is a table with how often each row is looked up.
type tableRows struct {
	*table
	counts []frontend.Variable
	secret []query // its rows, where they are advice
}

// row is row i as a query for it.
func (t *tableRows) row(i int) query {
	if t.secret != nil {
		return t.secret[i]
	}
	q := query{tag: t.tag, key: t.key(i)}
	for _, column := range t.columns {
		q.columns = append(q.columns, column[i])
	}
	return q
}

// claim says that out = matrix·in for every pair of vectors of advice.
type claim struct {
	matrix  [][]frontend.Variable // rows of advice
	in, out [][]frontend.Variable
}

// lookUp proves that every query is a row of its table, with the argument of Haböck
// (LogUp): for a random x, Σ 1/(x - query) = Σ count/(x - row), where queries and rows are
// fingerprints key + tag·y + column_1·y² + …. All values are committed to before x is
// known, and y is a hash of x: with a power of x in its place, fingerprints of different
// rows can be multiples of each other as polynomials in x. With another hash of x it checks
// claims.
func lookUp(api frontend.API, w *woven) {
	var committed []frontend.Variable
	for _, q := range w.queries {
		committed = append(append(committed, q.key), q.columns...)
	}
	for _, t := range w.tables {
		committed = append(committed, t.counts...)
		for _, q := range t.secret {
			committed = append(append(committed, q.key), q.columns...)
		}
	}
	for _, c := range w.claims {
		committed = append(committed, slices.Concat(slices.Concat(c.matrix, c.in, c.out)...)...)
	}
	if len(w.queries) == 0 {
		return
	}
	multicommit.WithCommitment(api, func(api frontend.API, x frontend.Variable) error {
		hash, err := poseidon2.NewPoseidon2(api)
		if err != nil {
			return err
		}
		if len(w.claims) > 0 {
			z := hash.Compress(x, 2)
			for _, c := range w.claims {
				c.check(api, z)
			}
		}
		return balance(api, w.gate, w.tables, w.queries, x, hash.Compress(x, 1))
	}, committed...)
}

// balance is the equality of the two sums.
func balance(api frontend.API, g *gate, tables []tableRows, queries []query, x, y frontend.Variable) error {
	powers := []frontend.Variable{y} // y, y², …
	power := func(i int) frontend.Variable {
		for len(powers) <= i {
			powers = append(powers, api.Mul(powers[len(powers)-1], y))
		}
		return powers[i]
	}
	fingerprint := func(q query) frontend.Variable {
		terms := []frontend.Variable{x, api.Neg(q.key), api.Mul(power(0), -q.tag)}
		for i, column := range q.columns {
			terms = append(terms, api.Neg(api.Mul(power(i+1), column)))
		}
		return add(api, terms)
	}
	var asked, counts, rows []frontend.Variable
	for _, q := range queries {
		asked = append(asked, fingerprint(q))
	}
	for _, t := range tables {
		counts = append(counts, t.counts...)
		for i := range t.size {
			rows = append(rows, fingerprint(t.row(i)))
		}
	}
	found, err := divide(api, g, counts, rows)
	if err == nil {
		api.AssertIsEqual(sum(api, inverses(api, g, asked)), sum(api, found))
	}
	return err
}

// check is Freivalds' check: the products of both sides of a claim with (1, z, z², …)
// are equal.
func (c claim) check(api frontend.API, z frontend.Variable) {
	powers := []frontend.Variable{1, z}
	for len(powers) < len(c.matrix) {
		powers = append(powers, api.Mul(powers[len(powers)-1], z))
	}
	weigh := func(of func(i int) frontend.Variable) frontend.Variable {
		var terms []frontend.Variable
		for i := range c.matrix {
			terms = append(terms, api.Mul(powers[i], of(i)))
		}
		return sum(api, terms)
	}
	weighed := make([]frontend.Variable, len(c.matrix[0]))
	for k := range weighed {
		weighed[k] = weigh(func(i int) frontend.Variable { return c.matrix[i][k] })
	}
	for use, in := range c.in {
		var terms []frontend.Variable
		for k, v := range in {
			terms = append(terms, api.Mul(weighed[k], v))
		}
		api.AssertIsEqual(weigh(func(i int) frontend.Variable { return c.out[use][i] }), sum(api, terms))
	}
}

// sum adds any number of terms, in parts that are short enough not to get a wire of
// their own.
func sum(api frontend.API, terms []frontend.Variable) frontend.Variable {
	const part = 256
	for len(terms) > 1 {
		var sums []frontend.Variable
		for len(terms) > 0 {
			n := min(part, len(terms))
			sums = append(sums, add(api, terms[:n]))
			terms = terms[n:]
		}
		terms = sums
	}
	return terms[0]
}

// inverses are 1/den.
func inverses(api frontend.API, g *gate, den []frontend.Variable) []frontend.Variable {
	out := make([]frontend.Variable, len(den))
	if g == nil {
		for i, d := range den {
			out[i] = api.Inverse(d)
		}
		return out
	}
	calldata := []uint32{0, uint32(len(den))}
	for _, d := range den {
		linear(api, d).Compress(&calldata)
	}
	calldata[0] = uint32(len(calldata))
	compiler := api.Compiler()
	wires := compiler.AddInstruction(compiler.AddBlueprint(&constraint.BlueprintBatchInverse[constraint.U64]{}), calldata)
	for i, w := range wires {
		out[i] = compiler.InternalVariable(w)
		g.product(out[i], den[i], one)
	}
	return out
}

// divide is num/den.
func divide(api frontend.API, g *gate, num, den []frontend.Variable) ([]frontend.Variable, error) {
	if g == nil {
		out := make([]frontend.Variable, len(den))
		for i := range den {
			out[i] = api.DivUnchecked(num[i], den[i])
		}
		return out, nil
	}
	out, err := api.Compiler().NewHint(quotients, len(den), slices.Concat(num, den)...)
	for i := range out {
		g.product(out[i], den[i], linear(api, num[i]))
	}
	return out, err
}

// quotients is a hint: numerators and as many denominators give their quotients, by
// one inversion.
func quotients(field *big.Int, in, out []*big.Int) error {
	n := len(out)
	before := make([]big.Int, n) // product of the denominators before
	all := big.NewInt(1)
	for i := range n {
		before[i].Set(all)
		all.Mul(all, in[n+i])
		all.Mod(all, field)
	}
	if all.ModInverse(all, field) == nil {
		return errors.New("a row of a lookup table is the challenge itself: prove again")
	}
	for i := n - 1; i >= 0; i-- {
		out[i].Mul(all, &before[i])
		out[i].Mul(out[i], in[i])
		out[i].Mod(out[i], field)
		all.Mul(all, in[n+i])
		all.Mod(all, field)
	}
	return nil
}
