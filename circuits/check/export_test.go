package check

// Tests put damaged circuits, which no builder lets through, behind the interfaces
// that the checks read.
var (
	CircuitView = checkCircuit
	Explained   = explanations
)

// ArithView is [Arith] of anything that looks like a circuit.
func ArithView(c arithView) []Finding {
	_, faults := proveRanges(c)
	return faults
}
