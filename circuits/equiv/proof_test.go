package equiv

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/crillab/gophersat/explain"
	"pgregory.net/rapid"
)

// pigeons says that more pigeons than holes have a hole each of their own.
func pigeons(holes int) []byte {
	var clauses []string
	in := func(p, h int) int { return p*holes + h + 1 }
	for p := range holes + 1 {
		var c strings.Builder
		for h := range holes {
			fmt.Fprintf(&c, "%d ", in(p, h))
			for q := range p {
				clauses = append(clauses, fmt.Sprintf("-%d -%d 0", in(p, h), in(q, h)))
			}
		}
		clauses = append(clauses, c.String()+"0")
	}
	return fmt.Appendf(nil, "c pigeons\np cnf %d %d\n%s\n", holes*(holes+1), len(clauses), strings.Join(clauses, "\n"))
}

// proofs are problems without a solution, with proofs of the solvers that write them.
func proofs(t *testing.T, visit func(name string, cnf, proof []byte)) {
	sound, task := cyclic(t, 3)
	m, err := Miter(sound, task, alphabetOf(3), 0)
	if err != nil {
		t.Fatal(err)
	}
	question := &limited{limit: maxQuestion, ctx: t.Context()}
	if err := writeQuestion(question, m, "CNF"); err != nil {
		t.Fatal(err)
	}
	for name, cnf := range map[string][]byte{"pigeons": pigeons(4), "miter": question.Bytes()} {
		for _, s := range []Solver{Gophersat, Cadical} {
			if s.Installed() != nil {
				continue
			}
			w, err := s.solving()
			if err != nil {
				t.Fatal(err)
			}
			found, err := w.solve(t.Context(), cnf, 1)
			if err != nil {
				t.Fatal(err)
			}
			if found.sat {
				t.Fatal(name, "has a solution")
			}
			visit(name+"/"+string(s), cnf, found.proof)
		}
	}
}

// secondOpinion is gophersat's own checker, which wants the empty clause to be looked for
// elsewhere.
func secondOpinion(t *testing.T, cnf, proof []byte) bool {
	t.Helper()
	p, err := explain.ParseCNF(bytes.NewReader(cnf))
	if err != nil {
		t.Fatal(err)
	}
	valid, err := p.Unsat(bytes.NewReader(proof))
	lines := strings.Split(strings.TrimSpace(string(proof)), "\n")
	return err == nil && valid && lines[len(lines)-1] == "0"
}

// TestProofsAreAccepted: the proofs of the solvers pass, here and with another checker.
func TestProofsAreAccepted(t *testing.T) {
	proofs(t, func(name string, cnf, proof []byte) {
		p, err := CheckProof(t.Context(), cnf, proof)
		if err != nil || p.Lemmas < 1 || p.Bytes != len(proof) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if !secondOpinion(t, cnf, proof) {
			t.Errorf("%s: the other checker refuses the proof", name)
		}
	})
}

// TestDamagedProofs: of proofs with one literal, line or character changed, just those
// are accepted that another checker accepts; a proof that breaks off never is.
func TestDamagedProofs(t *testing.T) {
	proofs(t, func(name string, cnf, proof []byte) {
		r := rand.New(rand.NewPCG(1, 1))
		lines := strings.SplitAfter(strings.TrimSpace(string(proof)), "\n")
		refused := 0
		const tries = 60
		for range tries {
			damaged := damage(lines, r)
			_, err := CheckProof(context.Background(), cnf, []byte(damaged))
			if other := secondOpinion(t, cnf, []byte(damaged)); (err == nil) != other {
				t.Fatalf("%s: %v, the other checker accepts: %v\n%s", name, err, other, damaged)
			}
			if err != nil {
				refused++
			}
		}
		if refused < tries/10 {
			t.Errorf("%s: only %d of %d damaged proofs refused", name, refused, tries)
		}
		for cut := range len(lines) {
			if _, err := CheckProof(context.Background(), cnf, []byte(strings.Join(lines[:cut], ""))); err == nil {
				t.Errorf("%s: the proof is accepted without its last %d lines", name, len(lines)-cut)
			}
		}
	})
}

// damage changes one literal of a proof, or leaves lines out, within the variables and
// the syntax.
func damage(lines []string, r *rand.Rand) string {
	out := append([]string(nil), lines...)
	at := r.IntN(len(out))
	fields := strings.Fields(out[at])
	switch k := r.IntN(3); {
	case k == 0 && len(fields) > 1 && fields[0] != "d":
		i := r.IntN(len(fields) - 1)
		if flipped, negative := strings.CutPrefix(fields[i], "-"); negative {
			fields[i] = flipped
		} else {
			fields[i] = "-" + fields[i]
		}
	case k == 1 && len(fields) > 2 && fields[0] != "d":
		fields = fields[1:]
	default:
		n := min(1+r.IntN(len(out)), len(out)-1-at)
		out = append(out[:at], out[at+max(n, 0):]...)
		return strings.Join(out, "")
	}
	out[at] = strings.Join(fields, " ") + "\n"
	return strings.Join(out, "")
}

// TestProofsOfSatisfiableProblems: a problem with a solution has no proof. Leaving out
// any clause that says that a pigeon has a hole makes one.
func TestProofsOfSatisfiableProblems(t *testing.T) {
	proofs(t, func(name string, cnf, proof []byte) {
		if !strings.HasPrefix(name, "pigeons") {
			return
		}
		lines := strings.SplitAfter(string(cnf), "\n")
		for i, line := range lines {
			if line == "" || line[0] < '0' || line[0] > '9' {
				continue
			}
			without := strings.Join(append(append([]string(nil), lines[:i]...), lines[i+1:]...), "")
			if _, err := CheckProof(context.Background(), []byte(without), proof); err == nil {
				t.Errorf("%s: the proof is accepted without clause %q", name, line)
			}
		}
	})
}

func TestProofErrors(t *testing.T) {
	const cnf = "p cnf 2 3\n1 2 0\n-1 2 0\n1 -2 0\n"
	for _, k := range []struct{ cnf, proof, want string }{
		{cnf, "", "proof: it ends before the empty clause"},
		{cnf, "2 0\n", "proof: it ends before the empty clause"},
		{cnf, "2 0\n0\n", "proof, line 2: the lemma does not follow by unit propagation"},
		{cnf, "d 1 2 0\n3 0\n", "proof, line 2: variable 3 is not one of the problem"},
		{cnf, "2\n", `proof, line 1: "2" does not end with 0`},
		{cnf, "2 0 1 0\n", `proof, line 1: "2 0 1 0", expected literals and one 0`},
		{cnf, "99999999999 0\n", `proof, line 1: "99999999999 0", expected literals and one 0`},
		{cnf + "-1 -2 0\n", "2 0\n0\n1 0\n", "proof, line 3: a clause after the empty one"},
		{"1 x 0\n", "0\n", `problem, line 1: "1 x 0", expected literals and one 0`},
	} {
		if _, err := CheckProof(t.Context(), []byte(k.cnf), []byte(k.proof)); err == nil || err.Error() != k.want {
			t.Errorf("%q: error %v, want %s", k.proof, err, k.want)
		}
	}
	if p, err := CheckProof(t.Context(), []byte(cnf+"-1 -2 0\n"), []byte("2 0\nd 2 0\n0\n")); err != nil || p.Lemmas != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestAcceptedMeansUnsatisfiable: on small random problems and lemmas, what is accepted
// has no solution, whatever the lemmas are.
func TestAcceptedMeansUnsatisfiable(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		const variables = 4
		clause := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int {
			return rapid.IntRange(1, variables).Draw(t, "variable") * rapid.SampledFrom([]int{-1, 1}).Draw(t, "sign")
		}), 0, 3)
		problem := rapid.SliceOfN(clause, 1, 24).Draw(t, "problem")
		lemmas := append(rapid.SliceOfN(clause, 0, 4).Draw(t, "lemmas"), nil)
		if _, err := CheckProof(context.Background(), textOf(problem), textOf(lemmas)); err != nil {
			return
		}
		accepted++
		for assignment := range 1 << variables {
			if satisfied(problem, assignment) {
				t.Fatal("accepted, but has the solution", assignment)
			}
		}
	})
	if accepted < 5 {
		t.Errorf("only %d proofs accepted", accepted)
	}
}

func textOf(clauses [][]int) []byte {
	var b bytes.Buffer
	for _, c := range clauses {
		for _, l := range c {
			fmt.Fprintf(&b, "%d ", l)
		}
		b.WriteString("0\n")
	}
	return b.Bytes()
}

func satisfied(problem [][]int, assignment int) bool {
	for _, c := range problem {
		some := false
		for _, l := range c {
			some = some || (assignment>>(max(l, -l)-1)&1 == 1) == (l > 0)
		}
		if !some {
			return false
		}
	}
	return true
}

// FuzzCheckProof: nothing proves a problem with a solution.
func FuzzCheckProof(f *testing.F) {
	f.Add([]byte("2 0\n0\n"))
	f.Add([]byte("d 1 2 0\n-1 0\n1 0\n0\n"))
	f.Add([]byte("1 -1 0\n 2 2 0\n\n0"))
	cnf := []byte("p cnf 3 3\n1 2 0\n-1 2 0\n1 -2 3 0\n")
	f.Fuzz(func(t *testing.T, proof []byte) {
		if p, err := CheckProof(context.Background(), cnf, proof); err == nil {
			t.Fatalf("accepted: %+v", p)
		}
	})
}
