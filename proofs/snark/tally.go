package snark

import "math/bits"

// Tally counts constraints by construct.
type Tally struct {
	Products int            `json:"products"` // of levels
	Bits     int            `json:"bits"`     // advice that is 0 or 1
	Queries  int            `json:"queries"`  // of tables: one inverse each
	Columns  int            `json:"columns"`  // of queries, past the first: one product each
	Signs    int            `json:"signs"`    // products of signs and overshoots
	Rows     int            `json:"rows"`     // of tables: one quotient each
	Methods  map[string]int `json:"methods"`  // steps and inputs by how they are lowered
	Width    int            `json:"range_table_bits"`
	Tables   int            `json:"tables"`
	Weights  int            `json:"weights,omitempty"`  // committed: products with secret numbers
	Absorbed int            `json:"absorbed,omitempty"` // committed: field elements that are hashed
}

// Constraints is the number of R1CS constraints but for a few hundred that all circuits
// have (challenge, sums, hash of the word, public inputs).
func (t *Tally) Constraints() int {
	return t.Products + t.Bits + t.Queries + t.Columns + t.Signs + t.Rows + t.Weights + spongeCost*t.Absorbed
}

// ProveMicros is the predicted CPU time of a Groth16 proof in microseconds: for each row of
// the domain, for each inverse and for each other wire. Measured on two cores of a
// Xeon with AVX-512 and gnark 0.16.
func (t *Tally) ProveMicros() float64 {
	domain := 1 << bits.Len(uint(t.Constraints()))
	return 6.3*float64(domain) + 17*float64(t.Queries+t.Rows) + 0.6*float64(t.Constraints())
}
