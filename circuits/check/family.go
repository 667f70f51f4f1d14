package check

// FamilyRow is one member C_n of a family of circuits: what was counted on the
// circuit itself beside what the family's bounds allow.
type FamilyRow struct {
	Length          int    `json:"length"`
	Bits            int    `json:"bits"`
	Depth           int    `json:"depth"`
	Gates           uint64 `json:"gates"`
	GatesBound      uint64 `json:"gates_bound"`
	Wires           uint64 `json:"wires"`
	MaxWeightBits   int    `json:"max_weight_bits"`
	WeightBitsBound int    `json:"weight_bits_bound"`
}

// FamilyReport is the verdict on the members that were built. It says nothing about
// other lengths: that the bounds hold for all n rests on their derivation.
type FamilyReport struct {
	Rows          []FamilyRow `json:"rows"`
	Bound         string      `json:"bound"` // the formulas in n and p as text
	DepthConstant bool        `json:"depth_constant"`
	WithinBound   bool        `json:"within_bound"`
}

// Family compares members of a family with each other and with their bounds.
func Family(rows []FamilyRow, bound string) *FamilyReport {
	r := &FamilyReport{Rows: rows, Bound: bound, DepthConstant: true, WithinBound: true}
	for _, m := range rows {
		r.DepthConstant = r.DepthConstant && m.Depth == rows[0].Depth
		r.WithinBound = r.WithinBound && m.Gates <= m.GatesBound && m.MaxWeightBits <= m.WeightBitsBound
	}
	return r
}
