package algebra

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gap runs a GAP program and returns the lines that it prints.
func gap(t testing.TB, program string) []string {
	t.Helper()
	if !gapInstalled() {
		t.Skip("needs gap (Debian gap-core, gap-smallgrp): not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "gap", "-q", "-A", "-T")
	cmd.Stdin = strings.NewReader(program)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil || strings.Contains(string(out)+problems.String(), "Error,") {
		t.Fatalf("gap: %v\n%s%s", err, problems.String(), out)
	}
	var lines []string
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func gapInstalled() bool {
	_, err := exec.LookPath("gap")
	return err == nil
}

// script reads a GAP program of testdata.
func script(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGAPSmallGroups compares every group of order at most 200 of GAP's library.
func TestGAPSmallGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about 15 seconds; run without -short")
	}
	lines := gap(t, script(t, "smallgroups.g"))
	if len(lines) != 6065 {
		t.Fatalf("GAP printed %d groups of order at most 200, there are 6065", len(lines))
	}
	for _, l := range lines {
		fields := strings.Fields(l)
		gens := []Map{}
		for _, images := range fields[3:] {
			gens = append(gens, gapImages(t, images))
		}
		g, err := NewGroup(gens)
		if err != nil {
			t.Fatalf("SmallGroup(%s,%s): %v", fields[0], fields[1], err)
		}
		length, ok := g.DerivedLength()
		if !ok {
			length = -1
		}
		if g.Order().String() != fields[0] || strconv.Itoa(length) != fields[2] || g.Solvable() != ok {
			t.Errorf("SmallGroup(%s,%s): order %v, derived length %d (-1: none), solvable %v; GAP: order %s, length %s",
				fields[0], fields[1], g.Order(), length, g.Solvable(), fields[0], fields[2])
		}
		if a := g.Trivial(); a != (fields[0] == "1") {
			t.Errorf("SmallGroup(%s,%s): trivial is %v", fields[0], fields[1], a)
		}
	}
}

// gapImages reads "2,1,3,".
func gapImages(t *testing.T, text string) Map {
	t.Helper()
	x, err := ParseMap("["+strings.TrimSuffix(text, ",")+"]", 0)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestGAPMonoids compares 500 random transformation monoids (seed below): order,
// number of D-classes, and for every regular D-class the rank, order, solvability
// and derived length of its groups. It compares both ways to the groups: Green's
// relations of the enumerated monoid, and the survey of image sets.
func TestGAPMonoids(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about 20 seconds; run without -short")
	}
	random := rand.New(rand.NewPCG(2026, 3))
	var program strings.Builder
	program.WriteString(script(t, "monoid.g"))
	var ours []string
	var groups, periodic, unsolvable int // how many monoids of the sample are groups, …
	for len(ours) < 500 {
		gens := randomMaps(random)
		m, err := Enumerate(gens, 1000)
		if err != nil {
			continue // too large for GAP in the time
		}
		facts, aperiodic := enumeratedFacts(m)
		survey, err := MaximalSubgroups(gens, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := nontrivial(surveyedFacts(survey)), nontrivial(facts); !slices.Equal(got, want) {
			t.Errorf("%v: the survey found %v, the enumeration %v", gens, got, want)
		}
		if (survey.Aperiodic() == Yes) != aperiodic || survey.Aperiodic() == Undecided {
			t.Errorf("%v: aperiodic %v by survey, %v by enumeration", gens, survey.Aperiodic(), aperiodic)
		}
		groups += count(m.IsGroup())
		periodic += count(!aperiodic)
		unsolvable += count(survey.Solvable() == No)
		green := m.Green()
		ours = append(ours, strings.Join(append(
			[]string{strconv.Itoa(m.Order()), strconv.Itoa(len(green.Classes))}, sorted(facts)...), " "))
		fmt.Fprintf(&program, "facts(%s);\n", gapList(gens))
	}
	program.WriteString("QUIT;\n")
	if diff := cmp.Diff(gap(t, program.String()), ours); diff != "" {
		t.Errorf("GAP (-) and we (+) differ:\n%s", diff)
	}
	t.Logf("of 500 monoids %d are groups, %d not aperiodic, %d not solvable", groups, periodic, unsolvable)
	if groups == 500 || periodic == 0 || periodic == 500 || unsolvable == 0 {
		t.Error("the sample says nothing about one of these")
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// randomMaps draws one to three maps on two to five points. Half of them have a high
// rank, since products of maps drawn evenly are mostly constant.
func randomMaps(random *rand.Rand) []Map {
	n := 2 + random.IntN(4)
	gens := make([]Map, 1+random.IntN(3))
	for g := range gens {
		x := make(Map, n)
		for p := range x {
			x[p] = uint16(random.IntN(n))
		}
		if random.IntN(2) == 0 {
			for p, q := range random.Perm(n) {
				x[p] = uint16(q)
			}
			if random.IntN(2) == 0 {
				x[random.IntN(n)] = uint16(random.IntN(n))
			}
		}
		gens[g] = x
	}
	return gens
}

func gapList(gens []Map) string {
	var lists []string
	for _, x := range gens {
		lists = append(lists, strings.ReplaceAll(x.images(), " ", ","))
	}
	return "[" + strings.Join(lists, ",") + "]"
}

// enumeratedFacts describes the groups of the regular D-classes: rank:order:length.
func enumeratedFacts(m *Monoid) (facts []string, aperiodic bool) {
	green := m.Green()
	for _, d := range green.Regular() {
		facts = append(facts, groupFacts(m.MaximalSubgroup(green, green.Classes[d].Idempotent)))
	}
	return facts, m.Aperiodicity().Aperiodic
}

func surveyedFacts(s *Survey) (facts []string) {
	for _, h := range s.Subgroups {
		facts = append(facts, groupFacts(h))
	}
	return facts
}

func groupFacts(h *Subgroup) string {
	length, ok := h.Group.DerivedLength()
	if !ok {
		length = -1
	}
	return fmt.Sprintf("%d:%v:%d", len(h.Points), h.Group.Order(), length)
}

// nontrivial drops the trivial groups, and sorts.
func nontrivial(facts []string) []string {
	return sorted(slices.DeleteFunc(slices.Clone(facts), func(f string) bool { return strings.Contains(f, ":1:") }))
}

// sorted sorts by the numbers in the facts, as GAP does.
func sorted(facts []string) []string {
	list := slices.Clone(facts)
	slices.SortFunc(list, func(a, b string) int {
		return slices.Compare(numbers(a), numbers(b))
	})
	return list
}

func numbers(fact string) (list []int) {
	for _, part := range strings.Split(fact, ":") {
		n, _ := strconv.Atoi(part)
		list = append(list, n)
	}
	return list
}
