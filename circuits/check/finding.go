package check

import "fmt"

// Place is where a finding is.
type Place struct {
	Object string `json:"object"` // "bank", "form", "list", "node", "output", "circuit" …
	Index  int    `json:"index"`
	Gate   int64  `json:"gate"` // gate of a bank, term of a form, class of an output; -1 for none
}

// String is the place in words.
func (p Place) String() string {
	switch {
	case p.Object == "circuit":
		return p.Object
	case p.Gate < 0:
		return fmt.Sprintf("%s %d", p.Object, p.Index)
	}
	return fmt.Sprintf("%s %d, %s %d", p.Object, p.Index, partNames[p.Object], p.Gate)
}

var partNames = map[string]string{"bank": "gate", "form": "term", "node": "operand", "output": "class", "list": "bit"}

// Finding is one fault of a circuit.
type Finding struct {
	ID    string `json:"id"`
	Place Place  `json:"place"`
	Text  string `json:"text"`
}

// String is the finding on one line.
func (f Finding) String() string { return fmt.Sprintf("%s %v: %s", f.ID, f.Place, f.Text) }

// The faults, by family: threshold circuits, arithmetic circuits, lowering.
const (
	idOrder     = "TC001"
	idTable     = "TC002"
	idAscend    = "TC003"
	idBitRange  = "TC004"
	idDepth     = "TC005"
	idNumber    = "TC006"
	idCount     = "TC007"
	idOutput    = "TC008"
	idRange     = "TC009"
	idDigitBank = "TC010"
	idTag       = "TC011"
	idFormat    = "TC012"
	idMaxDepth  = "TC020"
	idMaxGates  = "TC021"
	idMaxWeight = "TC022"

	idOperand   = "AR001"
	idTableLen  = "AR002"
	idThreshold = "AR003"
	idFactor    = "AR004"
	idArity     = "AR005"
	idOverflow  = "AR006"
	idProved    = "AR007"
	idResult    = "AR008"
	idLevels    = "AR009"

	idInput   = "LW001"
	idForm    = "LW002"
	idStep    = "LW003"
	idDigit   = "LW004"
	idBits    = "LW005"
	idProduct = "LW006"
	idOutputs = "LW007"
	idStray   = "LW008"
)

var explanations = map[string]string{
	idOrder:     "Something reads a form, bank or list that does not come before it. Circuits are stored in topological order; a reference forward would be a cycle or a gap.",
	idTable:     "A bank or a term uses entries of a table that do not exist.",
	idAscend:    "The thresholds of a bank fall. Its gates are then no thermometer, and sums over them do not telescope.",
	idBitRange:  "A form that an and or pairs bank reads as a bit can take a value other than 0 and 1, as far as its proved range tells.",
	idDepth:     "The stored depth of a bank is not one more than that of the deepest bank that it reads.",
	idNumber:    "The gates are not numbered one after the other in the order of the banks, or a bank's number of gates does not follow from what it reads.",
	idCount:     "The circuit's number of gates or input bits is not the sum over its banks.",
	idOutput:    "An output names a gate that does not exist, or an input bit.",
	idRange:     "The stored range of a form is not the one proved from the ranges of its terms; or the range, or the weights written out over gates, do not fit in 62 bits.",
	idDigitBank: "A digit bank's higher digit is not the level bank that uses every 2^width-th of the same thresholds of the same form, or the value that stands for missing thresholds can be reached.",
	idTag:       "A bank is tagged with a stage that does not exist.",
	idFormat:    "A bank has a kind, a number of operands or of bits, or numbers of a size that the format does not have: thresholds have up to 62 bits, those of digits 61, the weights of bits 60.",
	idMaxDepth:  "The circuit is deeper than the limit given.",
	idMaxGates:  "The circuit has more gates than the limit given.",
	idMaxWeight: "A gate has a weight of more bits than the limit given.",

	idOperand:   "A node reads a node that does not come before it, or in a way that its kind does not allow: inputs are read through tables, forms and products without.",
	idTableLen:  "A step or a view uses entries of a table that do not exist.",
	idThreshold: "The thresholds of a step do not ascend strictly.",
	idFactor:    "A product has a factor that is neither an input nor a step.",
	idArity:     "A node has too few or too many operands: steps have one, products two to four.",
	idOverflow:  "The range of a node does not fit in 62 bits.",
	idProved:    "The stored range of a node is not the one proved from its operands.",
	idResult:    "An output names a logit that is not a form, or a label that is not a step with values 0 and 1.",
	idLevels:    "An input has no levels, or the list of inputs is not that of the input nodes in order.",

	idInput:   "A token's bits are missing, too few or too many, or not in the order of the tokens.",
	idForm:    "A bank does not read the form of its step: written out over variables and conjunctions the two differ.",
	idStep:    "The gates of a step do not encode its value somewhere in the proved range of its form.",
	idDigit:   "The higher digit of a digit bank is not a bank of the same step.",
	idBits:    "A form used as a bit of a factor takes a value other than 0 and 1, or depends on several variables.",
	idProduct: "A product's banks are not the conjunctions of the bits of its factors.",
	idOutputs: "An output gate does not equal its label over the proved range.",
	idStray:   "A bank is tagged with a node that has no such gates.",
}

// Explain says what a finding or failure with this ID means; it is empty for an
// unknown ID.
func Explain(id string) string { return explanations[id] }
