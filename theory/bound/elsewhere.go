package bound

// cited is a statement from elsewhere.
func cited(id string, kind Kind, source string, evidence Evidence, statement string, arithmetic ...string) Theorem {
	return Theorem{ID: id, Kind: kind, Statement: statement, Source: source,
		Evidence: evidence, Arithmetic: arithmetic, Status: InLiterature}
}

// elsewhere holds the statements from other sources: algebra, circuits, models.
var elsewhere = []Theorem{
	cited("D-aperiodic", Definition, "Schützenberger 1965", FromMemory,
		"A finite monoid is aperiodic if every subgroup in it is trivial: x^k = x^(k+1) for some k and all x."),
	cited("D-quasi-aperiodic", Definition, "Barrington, Compton, Straubing, Thérien 1992", FromMemory,
		"A morphism η from words to a finite monoid is quasi-aperiodic if no η(words of length k) holds a "+
			"nontrivial group. "+
			"Equivalently its stable semigroup is aperiodic: η(words of length s) for the least s, the stability "+
			"index, with η(length s) = η(length 2s)."),
	cited("D-solvable", Definition, "standard; for monoids Thérien 1981", FromMemory,
		"A group is solvable if its derived series G ⊇ [G,G] ⊇ … reaches the trivial group; a finite monoid if "+
			"every subgroup in it is."),
	cited("D-derived-length", Definition, "standard", FromMemory,
		"The derived length of a solvable group is the number of steps of its derived series, and the least length "+
			"of a subnormal series with abelian factors."),
	cited("D-syntactic", Definition, "Myhill 1957; Rabin, Scott 1959", FromMemory,
		"The syntactic monoid of a language is the monoid of words, where two words are the same if no context "+
			"tells them apart. For a regular language it is "+
			"the transition monoid of the minimal automaton."),

	cited("T-star-free", MainTheorem, "Schützenberger 1965; McNaughton, Papert 1971; Kamp 1968", FromMemory,
		"A regular language is star-free, and definable in FO[<] or in linear temporal logic, exactly if its "+
			"syntactic monoid is aperiodic. Such languages are in AC0."),
	cited("T-AC0-regular", MainTheorem, "Barrington, Compton, Straubing, Thérien 1992", FromMemory,
		"A regular language is in AC0 exactly if its syntactic morphism is quasi-aperiodic."),
	cited("T-parity-AC0", MainTheorem, "Furst, Saxe, Sipser 1984; Ajtai 1983", FromMemory,
		"PARITY is not in AC0."),
	cited("T-ACC0", MainTheorem, "Barrington, Thérien 1988", FromMemory,
		"The word problem of a solvable monoid, and a regular language with such a syntactic monoid, is in ACC0."),
	cited("T-Barrington", MainTheorem, "Barrington 1989; for monoids Barrington, Thérien 1988", FromMemory,
		"The word problem of a finite monoid that holds a non-solvable group, and a regular language with such a "+
			"syntactic monoid, is NC1-complete under AC0 reductions. "+
			"A formula of AND and NOT of depth d becomes a product of 4^d elements of A5."),
	cited("T-commutators", MainTheorem, "Liebeck, O'Brien, Shalev, Tiep 2010 (the Ore conjecture)", FromMemory,
		"Every element of a non-abelian finite simple group is a commutator."),
	cited("T-Cayley", Fact, "standard", ShortArgument,
		"A group of order n is a group of permutations of n points: every element permutes the group by "+
			"multiplication, and different elements move the identity differently."),
	cited("T-Krohn-Rhodes", MainTheorem, "Krohn, Rhodes 1965", FromMemory,
		"Every finite automaton divides a cascade of flip-flops and of simple groups that divide its transition monoid."),
	cited("T-aperiodic-hard", MainTheorem, "Cho, Huynh 1991", FromMemory,
		"To decide from an automaton whether its transition monoid is aperiodic is PSPACE-complete."),

	cited("T-Mamba-poly", MainTheorem, "Chen, Li et al. 2024, arXiv 2412.06148", ReadAbstract,
		"SSM and Mamba models of fixed depth with poly(n) bits are in DLOGTIME-uniform TC0.", PPoly),
	cited("T-nonneg", MainTheorem, "Sarrof, Veitsman, Hahn 2024, arXiv 2405.17394; Alsmann, Noori, Lange 2026, "+
		"arXiv 2601.19467", ReadSummary,
		"Stacks of SSM layers with non-negative diagonal transitions that depend on the input recognise exactly the "+
			"star-free languages.", PFin),
	cited("T-mixed", MainTheorem, "Alsmann, Noori, Lange 2026, arXiv 2601.19467", ReadSummary,
		"Stacks of time-invariant layers and of layers as in T-nonneg recognise exactly the regular languages in "+
			"AC0.", PFin),
	cited("T-depth", MainTheorem, "Shakerinava, Khavari, Ravanbakhsh, Chandar 2026, arXiv 2603.01959", ReadAbstract,
		"k layers of an SSM with complex diagonal transitions that depend on the input (DCD) track a group exactly "+
			"if it has a subnormal series of length k with abelian factors, "+
			"that is, if it is solvable of derived length at most k.", PFin),
	cited("T-parity", MainTheorem, "Grazzi, Siems, Zela, Franke, Hutter, Pontil 2024, arXiv 2411.12537", ReadAbstract,
		"Linear RNNs of any depth whose transition matrices have only positive eigenvalues do not solve PARITY. One "+
			"layer with the eigenvalue −1 does.", PFin),
	cited("T-mod3", MainTheorem, "Grazzi et al. 2024, arXiv 2411.12537", ReadAbstract,
		"Linear RNNs of any depth with real triangular transition matrices do not count modulo a number that is not "+
			"a power of two.", PFin),
	cited("T-Householder", MainTheorem, "Grazzi et al. 2024, arXiv 2411.12537", ReadAbstract,
		"Every regular language is recognised by a linear RNN whose transition matrices are products of enough "+
			"matrices I − v wᵀ with eigenvalues in [−1, 1].", PFin),
	cited("T-dihedral", MainTheorem, "Siems et al. 2025, arXiv 2502.10297v4", ReadAbstract,
		"DeltaNet with eigenvalues in [−1, 1] solves the word problem of every dihedral group in two layers.", PFin),
	cited("T-AUSSM", MainTheorem, "Karuvally et al. 2025, arXiv 2507.05238", ReadAbstract,
		"AUSSM counts modulo any number and simulates solvable group automata.", PLog),
	cited("T-AUSSM-Mamba", MainTheorem, "Karuvally et al. 2025, arXiv 2507.05238", ReadSummary,
		"AUSSM interleaved with Mamba recognises the regular languages whose syntactic monoid is solvable.", PLog),
	cited("T-PD", MainTheorem, "Terzić, Menet, Hersche, Hofmann, Rahimi 2025, arXiv 2509.22284", ReadAbstract,
		"One PD-SSM layer of state size N with a linear N×N readout emulates every automaton of N states.", PFin),
	cited("T-width", MainTheorem, "Terzić et al. 2025, arXiv 2509.22284, appendix C", ReadReadme,
		"For every N some automaton of N states needs state size at least N−1 in any single affine layer that keeps "+
			"one vector per state.", PReal),
	cited("T-LRNN-PD", MainTheorem, "Merrill, Jiang, Li, Lin, Sabharwal 2026, arXiv 2603.03612", ReadAbstract,
		"Linear RNNs with permutation-diagonal transitions are NC1-complete.", PRat),
	cited("T-LRNN-DPLR", MainTheorem, "Merrill et al. 2026, arXiv 2603.03612", ReadAbstract,
		"Linear RNNs with diagonal-plus-low-rank transitions, among them DeltaNet and RWKV-7, are PNC1-complete.", PRat),
	cited("T-RNN", MainTheorem, "Merrill et al. 2026, arXiv 2603.03612", ReadAbstract,
		"Nonlinear RNNs solve L-complete problems, and with poly(n) bits P-complete ones.", PLog, PPoly),
	cited("T-RWKV-7", MainTheorem, "Peng et al. 2025, arXiv 2503.14456", ReadAbstract,
		"RWKV-7 recognises every regular language. As remembered, the proof scales the transition by 2, which the "+
			"released parametrisation does not allow.", PReal),
	cited("T-PaTH", MainTheorem, "Yang et al. 2025, arXiv 2505.16381", FromMemory,
		"A PaTH attention model with a constant number of layers solves an NC1-complete problem under AC0 "+
			"reductions.", PLog),
	cited("T-SLiCE", MainTheorem, "Walker et al. 2025, arXiv 2505.17761", ReadAbstract,
		"Structured linear controlled differential equations (block-diagonal, sparse, Walsh–Hadamard) are as "+
			"expressive as dense ones.", PReal),
	cited("T-dense", Fact, "construction of T5.2", ShortArgument,
		"A layer h_t = A(x_t) h_{t−1} that may choose A freely for each letter recognises every regular language: A "+
			"is the automaton's transition matrix, h_0 the start state, "+
			"and products of 0-1 matrices with one 1 in each column are exact.", PFin),
	cited("T-hybrid", MainTheorem, "2026, arXiv 2604.03444 (Olmo Hybrid)", ReadAbstract,
		"Models that mix attention and linear RNN layers express more than either alone.", PLog),
	cited("T-arithmetic", MainTheorem, "2026, arXiv 2606.01765", ReadAbstract,
		"The same diagonal SSM cannot count modulo an even number in floating-point recurrences, and counts modulo "+
			"any number with unsigned integer quantisation. "+
			"A stack of layers is a wreath product of the layers' transition monoids.", PIEEE, PUint),
	cited("T-error", MainTheorem, "2026, arXiv 2605.07755", ReadAbstract,
		"Affine recurrences cannot correct errors along the directions that separate states: what is expressible "+
			"need not be tracked robustly.", PReal),
	cited("T-SAT", MainTheorem, "2025, arXiv 2508.18162", ReadAbstract,
		"Satisfiability of SSMs is undecidable in general, NP-complete for lengths bounded in unary, and between "+
			"PSPACE-hard and EXPSPACE for fixed-width quantised SSMs.", PFin),

	cited("T-UHAT", MainTheorem, "Hao, Angluin, Frank 2022, arXiv 2204.06618", FromMemory,
		"Transformers with unique hard attention are in AC0.", PAny),
	cited("T-UHAT-masked", MainTheorem, "Yang, Chiang, Angluin 2023, arXiv 2310.13897", FromMemory,
		"Transformers with unique hard attention, strict masking and no position encoding recognise exactly the "+
			"star-free languages.", PAny),
	cited("T-transformer", MainTheorem, "Merrill, Sabharwal 2022, arXiv 2207.00729; 2023, arXiv 2210.02671", FromMemory,
		"Transformers of fixed depth with O(log n) bits are in uniform TC0.", PLog),
	cited("T-transformer-poly", MainTheorem, "Chiang 2024, arXiv 2409.13629", FromMemory,
		"Transformers of fixed depth with poly(n) bits are in uniform TC0.", PPoly),
	cited("T-logdepth", MainTheorem, "Merrill, Sabharwal 2025, arXiv 2503.03961", FromMemory,
		"Transformers of depth O(log n) recognise every regular language and solve graph connectivity.", PLog),
	cited("T-padded", MainTheorem, "Merrill, Sabharwal 2025, arXiv 2505.18948", FromMemory,
		"Transformers with polynomial padding and O(log^d n) loops are exactly uniform TC^d.", PLog),
	cited("T-CoT", MainTheorem, "Merrill, Sabharwal 2023, arXiv 2310.07923", FromMemory,
		"Transformers with a chain of thought of poly(n) steps decide exactly P; of O(n) steps every regular "+
			"language, within the context-sensitive ones; of O(log n) steps within L.", PLog),
	cited("T-shortcut", MainTheorem, "Liu, Ash, Goel, Krishnamurthy, Zhang 2022, arXiv 2210.10749", FromMemory,
		"Transformers simulate every automaton of T steps in depth O(log T), and one whose transition monoid is "+
			"solvable in a depth that does not depend on T.", PLog),
	cited("T-C-RASP", MainTheorem, "2026, arXiv 2603.02238", ReadAbstract,
		"Bounds for length generalisation are not computable already for C-RASP of two layers.", PAny),
}
