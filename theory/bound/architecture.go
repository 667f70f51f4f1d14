package bound

// Transition is the kind of a layer's state transition, which decides most.
type Transition string

const (
	TimeInvariant       Transition = "time-invariant"
	NonNegativeDiagonal Transition = "non-negative diagonal"
	SignedDiagonal      Transition = "signed diagonal"
	ComplexDiagonal     Transition = "complex diagonal"
	MixedDiagonal       Transition = "time-invariant and non-negative diagonal"
	Householder         Transition = "diagonal plus low rank"
	Monomial            Transition = "column one-hot times diagonal"
	Dense               Transition = "dense"
	Nonlinear           Transition = "nonlinear"
	Attention           Transition = "attention"
)

// Upper is an upper bound: in the arithmetic model, fixed-depth stacks are in the class.
type Upper struct {
	Class      string
	Arithmetic string
	Theorem    string
}

// An Architecture is a row of the table of sequence models.
type Architecture struct {
	ID       string
	Name     string
	Aliases  []string   // other names; layers of the same form
	Kind     Transition // of A_t
	Form     string     // A_t in h_t = A_t h_{t−1} + b_t, unless another form is written
	Upper    []Upper
	Note     string // what else is known, in this project's words
	Source   string
	Evidence Evidence // for the row; theorems carry their own
	rules    []rule
}

// Architectures returns the table: time-invariant layers first, then by growing
// transitions, attention last.
func Architectures() []Architecture { return architectures }

// Find returns the architecture of an ID or alias, read as [Explain] reads names.
func Find(name string) (Architecture, bool) {
	key := fold(name)
	for _, a := range architectures {
		if fold(a.ID) == key || fold(a.Name) == key {
			return a, true
		}
		for _, alias := range a.Aliases {
			if fold(alias) == key {
				return a, true
			}
		}
	}
	return Architecture{}, false
}

var (
	gatedTC0   = Upper{"TC0", PLog, "T4.4"}
	fixedTC0   = Upper{"TC0", PLog, "T4.2"}
	lowRank    = Upper{"PNC1", PRat, "T-LRNN-DPLR"}
	finiteTC0  = inTC0(PLog, "T4.4")
	regularAC0 = within(PFin, "T-mixed", "quasi-aperiodic", quasiAperiodic)
)

var architectures = []Architecture{
	{
		ID: "s4", Name: "S4", Kind: TimeInvariant,
		Form:   "diag(A) − P P*, the same at every step, discretised bilinearly",
		Upper:  []Upper{{"TC0", PLog, "C4.3"}},
		Note:   "The transition ignores the input, so it does not solve PARITY of letters; (aa)* it does.",
		Source: "Gu, Goel, Ré 2022; " + paper + "§4", Evidence: ReadCode,
		rules: []rule{inTC0(PLog, "C4.3"), regularAC0},
	},
	{
		ID: "s4d", Name: "S4D", Aliases: []string{"DSS"}, Kind: TimeInvariant,
		Form: "complex diagonal, the same at every step, zero-order hold", Upper: []Upper{fixedTC0},
		Source: "Gu et al. 2022; state-spaces/s4", Evidence: ReadCode,
		rules: []rule{inTC0(PLog, "T4.2"), regularAC0},
	},
	{
		ID: "s5", Name: "S5 layer", Kind: TimeInvariant,
		Form: "complex diagonal, the same at every step, many inputs and outputs", Upper: []Upper{fixedTC0},
		Note:   "Not the symmetric group S5.",
		Source: "Smith, Warrington, Linderman 2022, arXiv 2208.04933", Evidence: FromMemory,
		rules: []rule{inTC0(PLog, "T4.2"), regularAC0},
	},
	{
		ID: "h3", Name: "H3", Kind: TimeInvariant,
		Form:   "a shift and a diagonal, both the same at every step, joined by elementwise products",
		Upper:  []Upper{fixedTC0},
		Note:   "Gates stand outside the recurrence.",
		Source: "Fu et al. 2022, arXiv 2212.14052", Evidence: FromMemory,
		rules: []rule{inTC0(PLog, "T4.2"), regularAC0},
	},
	{
		ID: "retnet", Name: "RetNet", Kind: TimeInvariant,
		Form: "γ I for each head, with fixed rotations", Upper: []Upper{fixedTC0},
		Source: "Sun et al. 2023, arXiv 2307.08621", Evidence: FromMemory,
		rules: []rule{inTC0(PLog, "T4.2"), regularAC0},
	},
	{
		ID: "rwkv-4", Name: "RWKV-4", Aliases: []string{"RWKV-5"}, Kind: TimeInvariant,
		Form: "a fixed positive decay for each channel; in RWKV-5 with a matrix state", Upper: []Upper{fixedTC0},
		Source: "Peng et al. 2023, arXiv 2305.13048; 2024, arXiv 2404.05892", Evidence: FromMemory,
		rules: []rule{inTC0(PLog, "T4.2"), within(PFin, "T-nonneg", "aperiodic", aperiodic)},
	},
	{
		ID: "rwkv-6", Name: "RWKV-6", Kind: NonNegativeDiagonal,
		Form: "diag(w_t), w_t = exp(−exp(·)) in (0, 1)", Upper: []Upper{gatedTC0},
		Source: "Peng et al. 2024, arXiv 2404.05892", Evidence: FromMemory,
		rules: []rule{finiteTC0, starFree},
	},
	{
		ID: "gla", Name: "GLA", Aliases: []string{"HGRN2", "GSA"}, Kind: NonNegativeDiagonal,
		Form: "diag(α_t), α_t in (0, 1)", Upper: []Upper{gatedTC0},
		Source: "Yang et al. 2023, arXiv 2312.06635", Evidence: FromMemory,
		rules: []rule{finiteTC0, starFree},
	},
	{
		ID: "mamba", Name: "Mamba", Aliases: []string{"S6", "Mamba-1"}, Kind: NonNegativeDiagonal,
		Form:   "diag(exp(Δ_t A)), A = −exp(A_log): entries in (0, 1)",
		Upper:  []Upper{{"TC0", PLog, "C4.5"}, {"TC0", PPoly, "T-Mamba-poly"}, {"SF", PFin, "T-nonneg"}},
		Note:   "O(log n) bits add counting, such as aⁿbⁿcⁿ.",
		Source: "Gu, Dao 2023, arXiv 2312.00752; " + paper + "§4", Evidence: ReadCode,
		rules: []rule{inTC0(PLog, "C4.5"), inTC0(PPoly, "T-Mamba-poly"), starFree},
	},
	{
		ID: "mamba-2", Name: "Mamba-2", Aliases: []string{"SSD"}, Kind: NonNegativeDiagonal,
		Form:   "exp(Δ_t A_h) I, one number in (0, 1) for each head",
		Upper:  []Upper{gatedTC0, {"TC0", PPoly, "T-Mamba-poly"}, {"SF", PFin, "T-nonneg"}},
		Source: "Dao, Gu 2024, arXiv 2405.21060; state-spaces/mamba", Evidence: ReadCode,
		rules: []rule{finiteTC0, inTC0(PPoly, "T-Mamba-poly"), starFree},
	},
	{
		ID: "rg-lru", Name: "RG-LRU", Aliases: []string{"Griffin"}, Kind: NonNegativeDiagonal,
		Form: "diag(a_t), a_t = sigmoid(Λ)^(c r_t) in (0, 1)", Upper: []Upper{gatedTC0},
		Source: "De et al. 2024, arXiv 2402.19427", Evidence: FromMemory,
		rules: []rule{finiteTC0, starFree},
	},
	{
		ID: "mingru", Name: "minGRU", Aliases: []string{"minLSTM"}, Kind: NonNegativeDiagonal,
		Form: "diag(1 − z_t), z_t in (0, 1) from x_t alone", Upper: []Upper{gatedTC0},
		Source: "Feng et al. 2024, arXiv 2410.01201", Evidence: FromMemory,
		rules: []rule{finiteTC0, starFree},
	},
	{
		ID: "mlstm", Name: "mLSTM", Kind: NonNegativeDiagonal,
		Form: "f_t I, f_t > 0, with a matrix memory", Upper: []Upper{gatedTC0},
		Note:   "The forget factor may exceed 1, so T-nonneg is not applied here.",
		Source: "Beck et al. 2024, arXiv 2405.04517", Evidence: FromMemory,
		rules: []rule{finiteTC0, positive},
	},
	{
		ID: "mixed", Name: "S4 and Mamba layers mixed", Kind: MixedDiagonal,
		Form: "stacks of S4 layers and Mamba layers", Upper: []Upper{gatedTC0},
		Note:   "At fixed precision exactly the regular languages of AC0.",
		Source: "Alsmann, Noori, Lange 2026, arXiv 2601.19467", Evidence: ReadSummary,
		rules: []rule{finiteTC0, exactly(PFin, "T-mixed", "quasi-aperiodic", quasiAperiodic)},
	},
	{
		ID: "neg-mamba", Name: "Mamba with entries in [−1, 1]", Aliases: []string{"negative Mamba"}, Kind: SignedDiagonal,
		Form: "diagonal, entries in [−1, 1]", Upper: []Upper{gatedTC0},
		Source: "Grazzi et al. 2024, arXiv 2411.12537; automl/unlocking_state_tracking", Evidence: ReadReadme,
		rules: []rule{finiteTC0, signedDiagonal},
	},
	{
		ID: "dcd", Name: "complex diagonal SSM that depends on the input", Kind: ComplexDiagonal,
		Aliases: []string{"complex diagonal"},
		Form:    "diag(a_t), |a_t| ≤ 1 complex, a_t any function of x_t", Upper: []Upper{gatedTC0},
		Note:   "The class T-depth is about. Many layers often fail to learn what they can express.",
		Source: "Shakerinava et al. 2026, arXiv 2603.01959", Evidence: ReadAbstract,
		rules: []rule{abelianSteps, finiteTC0},
	},
	{
		ID: "mamba-3", Name: "Mamba-3", Kind: ComplexDiagonal,
		Form: "a decay in (0, 1) times 2×2 rotations by angles that depend on the input", Upper: []Upper{gatedTC0},
		Note: "In the released code the modulus is at most exp(−10⁻⁴ Δ_t) < 1, so what early letters contribute " +
			"fades; the constructions of T-depth need modulus 1.",
		Source: "arXiv 2603.15569; state-spaces/mamba", Evidence: ReadCode,
		rules: []rule{atMostAbelianSteps("the construction needs |a_t| = 1, the released layer has less"), finiteTC0},
	},
	{
		ID: "aussm", Name: "AUSSM", Kind: ComplexDiagonal,
		Form: "exp of a skew-symmetric function of x_t: diagonal, |a_t| = 1", Upper: []Upper{gatedTC0},
		Source: "Karuvally et al. 2025, arXiv 2507.05238", Evidence: ReadAbstract,
		rules: []rule{
			atMostAbelianSteps("the construction is stated for O(log n) bits"),
			solvableOnly(PLog, "T-AUSSM", "T4.4", true),
		},
	},
	{
		ID: "aussm-mamba", Name: "AUSSM and Mamba layers mixed", Kind: ComplexDiagonal,
		Form: "stacks of AUSSM layers and Mamba layers", Upper: []Upper{gatedTC0},
		Source: "Karuvally et al. 2025, arXiv 2507.05238", Evidence: ReadSummary,
		rules: []rule{
			atMostAbelianSteps("the construction is stated for O(log n) bits"),
			solvableOnly(PLog, "T-AUSSM-Mamba", "T4.4", false),
		},
	},
	{
		ID: "deltanet", Name: "DeltaNet, β in (0, 1)", Kind: Householder,
		Form: "I − β_t k_t k_tᵀ, |k_t| = 1: eigenvalues in (0, 1]", Upper: []Upper{lowRank},
		Note:   "The default of flash-linear-attention v0.5.2 (allow_neg_eigval off).",
		Source: "arXiv 2411.12537, 2603.03612; fla-org/flash-linear-attention", Evidence: ReadCode,
		rules: []rule{positive},
	},
	{
		ID: "deltanet-neg", Name: "DeltaNet, β in (0, 2)", Kind: Householder,
		Form: "I − β_t k_t k_tᵀ, |k_t| = 1: eigenvalues in (−1, 1]", Upper: []Upper{lowRank},
		Source: "arXiv 2411.12537, 2502.10297, 2603.03612", Evidence: ReadAbstract,
		rules: []rule{reflections},
	},
	{
		ID: "gated-deltanet", Name: "Gated DeltaNet", Aliases: []string{"KDA", "GDN-2", "GDN"}, Kind: Householder,
		Form:   "α_t (I − β_t k_t k_tᵀ); KDA: diag(α_t) in place of α_t; GDN-2: separate erase and write",
		Upper:  []Upper{lowRank},
		Note:   "As DeltaNet; α_t < 1 contracts. Negative eigenvalues are off by default.",
		Source: "arXiv 2412.06464, 2510.26692, 2605.22791", Evidence: FromMemory,
		rules: []rule{positive},
	},
	{
		ID: "deltaproduct", Name: "DeltaProduct", Kind: Householder,
		Form: "a product of n_h factors I − β k kᵀ per token, eigenvalues in [−1, 1]", Upper: []Upper{lowRank},
		Note: "More factors track more: one layer needs n_h ≥ 2 for S3. The code's default allows no negative " +
			"eigenvalues.",
		Source: "Siems et al. 2025, arXiv 2502.10297", Evidence: ReadAbstract,
		rules: []rule{allRegular(PFin, "T-Householder", "with enough factors per token and enough layers")},
	},
	{
		ID: "rwkv-7", Name: "RWKV-7", Kind: Householder,
		Form: "diag(w_t) − κ_t (a_t ⊙ κ_t)ᵀ, |κ_t| = 1, w_t in (0.545, 1), a_t in (0, 1)", Upper: []Upper{lowRank},
		Note: "The released parametrisation has its eigenvalues in (−0.455, 1): exact permutations are out of its " +
			"reach, and PARITY is not excluded by T-parity.",
		Source: "Peng et al. 2025, arXiv 2503.14456; fla-org/flash-linear-attention", Evidence: ReadCode,
		rules: []rule{unsettled(PReal, "the construction for regular languages uses a wider range of eigenvalues "+
			"than the released layer", "T-RWKV-7")},
	},
	{
		ID: "pd-ssm", Name: "PD-SSM", Kind: Monomial,
		Form:   "P_t D_t: P_t with one 1 in each column, D_t complex diagonal, |d| < 1",
		Upper:  []Upper{{"NC1", PRat, "T-LRNN-PD"}},
		Source: "Terzić et al. 2025, arXiv 2509.22284; IBM/expressive-sparse-state-space-model", Evidence: ReadAbstract,
		rules: []rule{oneLayer(PFin, "T-PD", "one state entry for each state of the automaton", true)},
	},
	{
		ID: "sd-ssm", Name: "SD-SSM", Kind: Dense,
		Form:   "dense matrices from a dictionary, chosen by softmax of x_t",
		Source: "arXiv 2412.19350", Evidence: FromMemory,
		rules: []rule{oneLayer(PFin, "T-dense", "the dictionary holds one transition matrix for each letter", true)},
	},
	{
		ID: "ids4", Name: "IDS4", Aliases: []string{"WFA-SSM", "Liquid S4"}, Kind: Dense,
		Form: "π(x_t), an affine function to d×d matrices",
		Note: "Not in TC0 unless TC0 = NC1 (C5.3). The layer of the word-problem repository applies GELU to the " +
			"matrix and has no input term.",
		Source: paper + "§5", Evidence: ReadInFull,
		rules: []rule{oneLayer(PLog, "T5.2", "one state entry for each state of the automaton; a start symbol in "+
			"front", true)},
	},
	{
		ID: "slice", Name: "SLiCE", Aliases: []string{"linear NCDE"}, Kind: Dense,
		Form:   "block-diagonal, sparse, Walsh–Hadamard or dense functions of x_t",
		Source: "Walker et al. 2025, arXiv 2505.17761", Evidence: ReadAbstract,
		rules: []rule{oneLayer(PReal, "T-SLiCE", "as a dense layer, which T-dense is about; the size of the state "+
			"is not stated", false)},
	},
	{
		ID: "bilinear", Name: "bilinear RNN", Kind: Dense,
		Form:   "Σ_i x_i W_i",
		Source: "Ebrahimi, Memisevic 2025, arXiv 2505.21749", Evidence: FromMemory,
		rules: []rule{oneLayer(PFin, "T-dense", "with one-hot letters W_i is the transition matrix of letter i", true)},
	},
	{
		ID: "fp-rnn", Name: "Fixed-point RNN", Kind: Dense,
		Form:   "a dense matrix as the fixed point of diagonal iterations",
		Note:   "Tracks A5 and S5 in the authors' runs; what it expresses depends on the number of iterations.",
		Source: "arXiv 2503.10799", Evidence: ReadAbstract,
		rules: []rule{unsettled(PReal, "depends on the number of iterations")},
	},
	{
		ID: "m2rnn", Name: "M2RNN", Kind: Nonlinear,
		Form:   "a matrix state H with tanh(H W + k vᵀ), gated",
		Note:   "Tracks states at unseen lengths in the authors' runs.",
		Source: "arXiv 2603.14360", Evidence: ReadAbstract,
		rules: []rule{unsettled(PReal, "no statement on single tasks")},
	},
	{
		ID: "slstm", Name: "sLSTM", Kind: Nonlinear,
		Form:   "gates that read h_{t−1}",
		Source: "Beck et al. 2024, arXiv 2405.04517", Evidence: FromMemory,
		rules: []rule{unsettled(PFin, "nonlinear in the state, so not bounded by TC0; no statement on single tasks")},
	},
	{
		ID: "rnn", Name: "RNN", Aliases: []string{"GRU", "LSTM", "RNN-ReLU", "RNN-SSM", "SRN"}, Kind: Nonlinear,
		Form:  "h_t = f(h_{t−1}, x_t), f nonlinear",
		Upper: []Upper{{"P", PPoly, "T-RNN"}},
		Note: "Contains L-complete problems, and P-complete ones with poly(n) bits. Its steps cannot be done in " +
			"parallel as far as is known.",
		Source: paper + "§5; arXiv 2603.03612", Evidence: ReadInFull,
		rules: []rule{oneLayer(PLog, "T5.1", "an automaton in the signs of the state", false)},
	},
	{
		ID: "hybrid", Name: "hybrid of attention and linear RNN", Aliases: []string{"Olmo Hybrid"}, Kind: Attention,
		Form:   "Gated DeltaNet layers and full attention",
		Source: "arXiv 2604.03444", Evidence: ReadAbstract,
		rules: []rule{unsettled(PLog, "more than either part, exact class unknown", "T-hybrid")},
	},
	{
		ID: "path", Name: "PaTH attention", Kind: Attention,
		Form:   "softmax of q_iᵀ (∏ (I − β w wᵀ)) k_j",
		Source: "Yang et al. 2025, arXiv 2505.16381", Evidence: FromMemory,
		rules: []rule{unsettled(PLog, "some NC1-complete problem in constant depth; no tight class is known", "T-PaTH")},
	},
	{
		ID: "uhat", Name: "transformer with unique hard attention", Kind: Attention,
		Form: "each position attends to one other", Upper: []Upper{{"AC0", PAny, "T-UHAT"}},
		Source: "arXiv 2204.06618", Evidence: FromMemory,
		rules: []rule{inAC0("T-UHAT")},
	},
	{
		ID: "uhat-masked", Kind: Attention,
		Name: "transformer with unique hard attention, strict mask, no position encoding",
		Form: "each position attends to one before it", Upper: []Upper{{"SF", PAny, "T-UHAT-masked"}},
		Source: "arXiv 2310.13897", Evidence: FromMemory,
		rules: []rule{exactly(PAny, "T-UHAT-masked", "aperiodic", aperiodic)},
	},
	{
		ID: "transformer", Name: "transformer with softmax or averaging attention", Kind: Attention,
		Form:   "fixed depth",
		Upper:  []Upper{{"TC0", PLog, "T-transformer"}, {"TC0", PPoly, "T-transformer-poly"}},
		Note:   "Length generalisation is tied to C-RASP (T-C-RASP).",
		Source: "arXiv 2207.00729, 2210.02671, 2409.13629", Evidence: FromMemory,
		rules: []rule{solvableOnly(PLog, "T-shortcut", "T-transformer", false), inTC0(PPoly, "T-transformer-poly")},
	},
	{
		ID: "transformer-looped", Name: "looped transformer, O(log n) rounds", Kind: Attention,
		Aliases: []string{"padded transformer", "log-depth transformer"},
		Form:    "depth O(log n), with or without padding",
		Note:    "With polynomial padding and O(log^d n) loops exactly uniform TC^d (T-padded).",
		Source:  "arXiv 2503.03961, 2505.18948, 2210.10749", Evidence: FromMemory,
		rules: []rule{allRegular(PLog, "T-logdepth", "the number of layers grows as log n")},
	},
	{
		ID: "transformer-cot", Name: "transformer with a chain of thought of O(n) steps", Kind: Attention,
		Aliases: []string{"CoT"},
		Form:    "fixed depth, O(n) tokens of its own",
		Source:  "arXiv 2310.07923, 2402.12875", Evidence: FromMemory,
		rules: []rule{allRegular(PLog, "T-CoT", "one step of the automaton per token written")},
	},
}
