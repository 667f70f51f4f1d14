package snark

import "math/bits"

// Tally counts constraints and advice by construct. It is exact but for Sums, which
// stands for the sums of the lookup argument and for linear forms so long that the
// constraint system gives them a wire of their own.
type Tally struct {
	Products int            `json:"products"` // of levels
	Bits     int            `json:"bits"`     // advice that is 0 or 1
	Queries  int            `json:"queries"`  // of tables: one inverse each
	Columns  int            `json:"columns"`  // of queries past the first: one product each
	Signs    int            `json:"signs"`    // products of signs and overshoots
	Rows     int            `json:"rows"`     // of tables: one quotient each
	Fixed    int            `json:"fixed"`    // challenges, hashes, sums, public inputs
	Methods  map[string]int `json:"methods"`  // steps and inputs by how they are lowered
	Width    int            `json:"range_table_bits"`
	Tables   int            `json:"tables"`
}

// Constraints is the number of R1CS constraints.
func (t *Tally) Constraints() int {
	return t.Products + t.Bits + t.Queries + t.Columns + t.Signs + t.Rows + t.Fixed
}

// proveMicros is the predicted CPU time of a Groth16 proof.
func (t *Tally) proveMicros() float64 {
	domain := 1 << bits.Len(uint(t.Constraints()-1))
	return groth16Prove.domain*float64(domain) + groth16Prove.inverse*float64(t.Queries+t.Rows) +
		groth16Prove.small*float64(t.Constraints())
}

// groth16Prove are microseconds of CPU time of a proof: for each row of the domain, for
// each inverse and for each other wire.
var groth16Prove = struct{ domain, inverse, small float64 }{6.3, 17, 0.6}
