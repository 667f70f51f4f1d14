package snark

import (
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
)

// gate writes rows of an R1CS with their factors in a given order. A prover pays most for
// wires in the second factor, and gnark's own rows have the shorter factor there, which
// would be the inverses of the lookup argument.
type gate struct {
	compiler frontend.Compiler
	row      *constraint.BlueprintGenericR1C
	id       constraint.BlueprintID
	calldata []uint32
}

// newGate is nil when what is built is not an R1CS; wire is any wire.
func newGate(api frontend.API, wire frontend.Variable) *gate {
	if _, ok := api.Compiler().ToCanonicalVariable(wire).(constraint.LinearExpression); !ok {
		return nil
	}
	g := &gate{compiler: api.Compiler(), row: &constraint.BlueprintGenericR1C{}}
	g.id = g.compiler.AddBlueprint(g.row)
	return g
}

// linear is a variable of an R1CS as a linear expression.
func linear(api frontend.API, v frontend.Variable) constraint.LinearExpression {
	return api.Compiler().ToCanonicalVariable(v).(constraint.LinearExpression)
}

// Constants as linear expressions.
var (
	zero = constraint.LinearExpression{{VID: 0, CID: constraint.CoeffIdZero}}
	one  = constraint.LinearExpression{{VID: 0, CID: constraint.CoeffIdOne}}
)

// product constrains left·right = out.
func (g *gate) product(left, right frontend.Variable, out constraint.LinearExpression) {
	l := g.compiler.ToCanonicalVariable(left).(constraint.LinearExpression)
	r := g.compiler.ToCanonicalVariable(right).(constraint.LinearExpression)
	g.calldata = g.calldata[:0]
	g.row.CompressR1C(&constraint.R1C{L: l, R: r, O: out}, &g.calldata)
	g.compiler.AddInstruction(g.id, g.calldata)
}
