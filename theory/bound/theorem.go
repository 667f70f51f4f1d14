package bound

// Kind is what sort of statement a [Theorem] is.
type Kind string

const (
	Definition  Kind = "definition"
	Example     Kind = "example"
	Proposition Kind = "proposition"
	Corollary   Kind = "corollary"
	Lemma       Kind = "lemma"
	MainTheorem Kind = "theorem"
	Fact        Kind = "fact" // an observation that needs no more than a few lines
)

// Status is where a statement is proved.
type Status string

const (
	InLiterature Status = "proved in the source"
	Mechanised   Status = "proved in the source and mechanised in proofs/coq"
)

// Evidence is how a statement or a table row was checked against its source.
type Evidence string

const (
	ReadInFull    Evidence = "source read in full"
	ReadCode      Evidence = "form read in source code"
	ReadAbstract  Evidence = "abstract read, not the proof"
	ReadReadme    Evidence = "the authors' README or documentation read"
	ReadSummary   Evidence = "a third-party summary read, not the source"
	FromMemory    Evidence = "from memory, not checked again"
	ShortArgument Evidence = "a few lines, given in the statement"
)

// A Theorem is a statement that verdicts, comments and certificates name by its ID.
type Theorem struct {
	ID          string
	Kind        Kind
	Statement   string   // in this project's words
	Source      string   // authors, year, where
	Evidence    Evidence // how the statement was checked
	Assumptions []string // IDs; none: unconditional
	Arithmetic  []string // IDs of the models it holds in; none: no numbers are involved
	Status      Status
}

// Theorems returns the registry: first the statements of Merrill et al. 2024 in the
// order of the paper, then the others.
func Theorems() []Theorem {
	all := make([]Theorem, 0, len(illusion)+len(elsewhere))
	return append(append(all, illusion...), elsewhere...)
}

// TheoremByID returns the statement with exactly this ID.
func TheoremByID(id string) (Theorem, bool) {
	for _, t := range Theorems() {
		if t.ID == id {
			return t, true
		}
	}
	return Theorem{}, false
}

const paper = "Merrill, Petty, Sabharwal 2024, arXiv 2404.08819, "

// stated is a statement of the paper, which was read in full.
func stated(id string, kind Kind, place, statement string, arithmetic ...string) Theorem {
	return Theorem{ID: id, Kind: kind, Statement: statement, Source: paper + place,
		Evidence: ReadInFull, Arithmetic: arithmetic, Status: InLiterature}
}

// assuming adds assumptions.
func (t Theorem) assuming(ids ...string) Theorem {
	t.Assumptions = ids
	return t
}

// illusion holds the statements of Merrill et al. 2024.
var illusion = []Theorem{
	stated("D2.1", Definition, "Definition 2.1", "An SSM layer maps x_1…x_n to y_i = C_i h_i + D_i x_i with h_i = "+
		"Ā_i h_{i−1} + B̄_i x_i (recurrent form), "+
		"or h_i as the sum over j ≤ i of the product Ā_i…Ā_{j+1} B̄_j x_j (convolutional form). The four matrices "+
		"may depend on x_i."),
	stated("D3.1", Definition, "Definition 3.1", "The word problem of a finite monoid is to map a word over its "+
		"elements to its product."),
	stated("E3.2", Example, "Example 3.2", "The word problem of ({0,1}, + mod 2) is parity; it is in TC0."),
	stated("P3.3", Proposition, "Proposition 3.3", "The word problem of S5 reduces to tracking a chess position "+
		"from moves given as source and target squares, by NC0 reductions."),
	stated("C3.4", Corollary, "Corollary 3.4", "Chess state tracking is NC1-complete under AC0 reductions."),
	stated("L4.1", Lemma, "Lemma 4.1", "If the products of Ā over all intervals, to any c·log n bits, and the maps "+
		"from x_i to Ā_i, B̄_i, C_i, D_i are in L-uniform TC0, "+
		"then so is the convolutional form of the model.", PLog),
	stated("T4.2", MainTheorem, "Theorem 4.2", "A non-gated SSM, whose matrices are the same at all positions, has "+
		"its convolutional form in L-uniform TC0.", PLog),
	stated("C4.3", Corollary, "Corollary 4.3", "S4's convolutional form is in L-uniform TC0.", PLog),
	stated("T4.4", MainTheorem, "Theorem 4.4", "A diagonal SSM, with Ā_i = diag(ā_i) and parameters that are "+
		"L-uniform TC0 functions of x_i, has its convolutional form in L-uniform TC0. "+
		"There is no condition on signs.", PLog),
	stated("C4.5", Corollary, "Corollary 4.5", "S6, the layer of Mamba, has its convolutional form in L-uniform "+
		"TC0.", PLog),
	stated("T4.6", MainTheorem, "Theorem 4.6", "An SSM whose Ā_i are W diag(ā_i) W⁻¹ with one fixed W has its "+
		"convolutional form in L-uniform TC0.", PLog),
	stated("C4.7", Corollary, "Corollary 4.7", "No S4 or S6 model of fixed depth solves the word problem of S5, or "+
		"any NC1-hard problem.", PLog).assuming(TC0NotNC1),
	stated("T5.1", MainTheorem, "Theorem 5.1", "Every regular language is recognised by a one-layer RNN-SSM, h_i = "+
		"sgn(Ā h_{i−1} + B̄ x_i), with inputs of as many dimensions as letters.", PLog),
	stated("T5.2", MainTheorem, "Theorem 5.2", "For every regular language L, a one-layer IDS4 recognises L with a "+
		"start symbol in front. Its state has one entry for each state of an automaton for L.", PLog),
	stated("C5.3", Corollary, "Corollary 5.3", "One-layer RNN-SSM and IDS4 models express the word problem of S5, "+
		"which is not in TC0.", PLog).assuming(TC0NotNC1),
	stated("DA.1", Definition, "Definition A.1", "An iterated sum over a datatype is the exact sum, cast once.", PLog),
	stated("DA.2", Definition, "Definition A.2", "An iterated product over a datatype is the exact product, cast "+
		"once.", PLog),
	stated("DA.3", Definition, "Definition A.3", "Flattened evaluation merges adjacent sums, and adjacent products, "+
		"before the cast.", PLog),
	stated("LA.4", Lemma, "Lemma A.4", "Iterated products over a datatype are in L-uniform TC0 if its values are "+
		"n-bit integers and its casts are in L-uniform TC0.", PLog),
	stated("LA.5", Lemma, "Lemma A.5", "Iterated products of floats of c·log n bits are in L-uniform TC0.", PLog),
	stated("LA.6", Lemma, "Lemma A.6", "Powers up to n of an integer matrix of fixed size with n-bit entries are in "+
		"L-uniform TC0."),
	stated("LA.7", Lemma, "Lemma A.7", "Powers of a matrix of fixed size are in L-uniform TC0 over a datatype as in "+
		"LA.4.", PLog),
	stated("LA.8", Lemma, "Lemma A.8", "Powers of a matrix of fixed size over floats of c·log n bits are in "+
		"L-uniform TC0.", PLog),
	stated("PB.1", Proposition, "Proposition B.1", "S6's Ā_i, B̄_i, C_i, D_i are L-uniform TC0 functions of x_i.", PLog),
	stated("LB.2", Lemma, "Lemma B.2", "The inverse of a diagonal matrix of floats is in L-uniform TC0.", PLog),
	stated("DC.1", Definition, "Definition C.1", "Diagonalisable S6 has A = W diag(a) W⁻¹ with one fixed W.", PLog),
	stated("LC.2", Lemma, "Lemma C.2", "A diagonalisable A may be replaced by W diag(a) W⁻¹ in a graph of float "+
		"operations; the first c·log n bits agree.", PLog),
	stated("LC.3", Lemma, "Lemma C.3", "A multiple of A is diagonalised by the same W."),
	stated("LC.4", Lemma, "Lemma C.4", "exp(A) = W exp(diag a) W⁻¹."),
	stated("LC.5", Lemma, "Lemma C.5", "The inverse of a diagonalisable matrix of floats is in L-uniform TC0.", PLog),
	stated("PC.6", Proposition, "Proposition C.6", "Diagonalisable S6's Ā_i and B̄_i are L-uniform TC0 functions of "+
		"x_i.", PLog),
	stated("CC.7", Corollary, "Corollary C.7", "Diagonalisable S6 has its convolutional form in L-uniform TC0.", PLog),
	stated("LD.1", Lemma, "Lemma D.1", "A function with a convergent Taylor series on a bounded interval, whose "+
		"coefficients are in L-uniform TC0, is computed to error 2^(−n^c) in L-uniform TC0.", PLog),
	stated("CD.2", Corollary, "Corollary D.2", "exp, log and softplus on a bounded interval are in L-uniform TC0.", PLog),
}
