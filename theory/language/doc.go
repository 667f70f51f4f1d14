// Package language holds regular languages and finite-state tasks: automata, regular
// expressions, files, minimal machines with witnesses, and the monoid behind them.
//
//	d, err := language.Regex("(a|b)*abb", nil, 1000)
//	if err != nil {
//		return err
//	}
//	m := d.Minimize()
//	word, _ := m.AccessWord(3)
//	fmt.Println(m.States(), m.Format(word)) // 4 abb
//
// A [DFA] is complete and deterministic and has an output per state. An acceptor is a
// DFA whose outputs are 0 and 1; a tagging task, such as a running sum modulo 5, has more
// outputs (it is then a Moore machine), and everything below means the same for both:
// two states are equivalent when every word leads them to equal outputs.
//
// The syntactic monoid of a language is the transition monoid of its minimal DFA
// ([DFA.SyntacticMonoid]); [Stable] finds its stability index and stable semigroup, on
// which the membership of the language in AC0 depends. Named tasks of the state-tracking
// literature are in [Tasks].
//
// # Regular expressions
//
// The dialect describes exact languages over a finite alphabet; there are no anchors,
// groups to capture, or greedy choices. From loosest to tightest:
//
//	r|s       union
//	r&s       intersection
//	r s       concatenation (spaces outside quotes and brackets mean nothing)
//	~r        complement, binding weaker than the postfix operators: ~a* is ~(a*)
//	r* r+ r?  any number, at least one, at most one
//	r{m}  r{m,}  r{m,n}
//	a         a letter: any character but white space and |&~*+?{}()[].\"ε∅
//	\|        the character after the backslash as a letter; \n and \t are newline and tab
//	"w0"      one letter with a longer name (\" and \\ inside)
//	.         any one letter
//	[a-c"w0"] one of these letters; [^a] any letter but these
//	() or ε   the empty word;  [] or ∅ the empty language
//
// The alphabet is given, or else consists of the letters written in the expression.
//
// # Files
//
// [Read] recognises the format by its content:
//
//   - our own text ([DFA.WriteText]): the line "tc0 automaton 1", then in any order
//     "alphabet a b", "start q", "accept q r", "output q 3" and edges "q a r"; ε is the
//     empty word, # begins a comment, and a name with odd characters is quoted as in Go.
//     Missing edges lead to a dead state. With outputs the automaton must be
//     deterministic and complete;
//   - AT&T FST text, as OpenFst, foma and the Language Toolkit write acceptors: arcs
//     "source target label [label] [weight]", final states "state [weight]", start state
//     first. Weights are ignored, except that Infinity means absent: the language is the
//     support. Two different whole numbers as label and weight are refused, as they may be
//     the two labels of a transducer. <eps>, <epsilon>, <EPS>, @0@ and @_EPSILON_SYMBOL_@ are the empty word.
//     The label 0 is refused, because it is ε without a symbol table and a letter with one;
//   - Graphviz DOT: accepting states have shape doublecircle or peripheries 2; the start
//     state has an edge from a node of shape none, point or plaintext or style invis, or,
//     as OpenFst draws it, style bold; an edge label holds letters separated by commas or
//     line breaks, quoted where needed; ε, eps, epsilon, <eps> and λ are the empty word.
//     Outputs cannot be read back from DOT, and an automaton without accepting states is
//     refused;
//   - FAdo: "@DFA 2 3" or "@NFA 2 3 * 0 $ a b" (accepting, initial states, alphabet), then
//     edges "0 a 1"; @epsilon is the empty word; without * the first edge's source is initial;
//   - Grail: edges "0 a 1", "(START) |- 0" and "2 -| (FINAL)".
//
// # What it does not do
//
// No transducers, weights, infinite words or pushdown automata. No learning of automata.
// Words and letters are finite and explicit: there are no Unicode classes.
package language
