package algebra

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSurvey compares the groups found by images with those of the enumerated
// monoid, and checks each of them: the words spell the maps, the idempotent is one,
// and the generators generate its H-class.
func TestSurvey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gens := drawMaps(t, 5)
		m, err := Enumerate(gens, 1<<12)
		if err != nil {
			t.Fatal(err)
		}
		survey, err := MaximalSubgroups(gens, 1<<5)
		if err != nil {
			t.Fatal(err)
		}
		facts, aperiodic := enumeratedFacts(m)
		if got, want := nontrivial(surveyedFacts(survey)), nontrivial(facts); !slices.Equal(got, want) {
			t.Fatalf("the survey found %v, the enumeration %v", got, want)
		}
		solvable := !slices.ContainsFunc(survey.Subgroups, func(s *Subgroup) bool { return !s.Group.Solvable() })
		if survey.Stopped != nil || survey.Aperiodic() != answer(aperiodic) || survey.Solvable() != answer(solvable) {
			t.Fatalf("stopped %v, aperiodic %v, solvable %v", survey.Stopped, survey.Aperiodic(), survey.Solvable())
		}
		if survey.Components != survey.Trivial+survey.NotRegular+len(survey.Subgroups) {
			t.Fatalf("%+v", survey)
		}
		green := m.Green()
		for _, s := range survey.Subgroups {
			checkSubgroup(t, m, green, s)
			s.Shorten(m)
			checkSubgroup(t, m, green, s)
		}
		for _, d := range green.Regular() {
			checkSubgroup(t, m, green, m.MaximalSubgroup(green, green.Classes[d].Idempotent))
		}
	})
}

func answer(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

func checkSubgroup(t *rapid.T, m *Monoid, g *Green, s *Subgroup) {
	e, ok := m.Index(s.Idempotent)
	if !ok || m.Product(e, e) != e || !slices.Equal(s.Points, s.Idempotent.Image()) {
		t.Fatalf("%v on %v is not an idempotent of the monoid", s.Idempotent, s.Points)
	}
	if !s.Worded || m.Evaluate(s.Word) != e || m.Evaluate(s.Expand(nil)) != e {
		t.Fatalf("the word %v does not spell the idempotent %v", s.Word, s.Idempotent)
	}
	group := g.HClass(int(g.H[e]))
	if s.Group.Order().Int64() != int64(len(group)) {
		t.Fatalf("order %v, but the H-class has %d elements", s.Group.Order(), len(group))
	}
	if len(s.Generators) != len(s.Words) || len(s.Generators) != len(s.Group.Generators()) {
		t.Fatalf("%d generators, %d words", len(s.Generators), len(s.Words))
	}
	for i, x := range s.Generators {
		j, ok := m.Index(x)
		if !ok || m.Evaluate(s.Words[i]) != j || !slices.Contains(group, uint32(j)) {
			t.Fatalf("generator %v is not in the H-class, or %v does not spell it", x, s.Words[i])
		}
		if action := s.Group.Generators()[i]; !restrict(x, s.Points).Equal(action) || !s.Embed(action).Equal(x) {
			t.Fatalf("generator %v acts on %v as %v", x, s.Points, action)
		}
	}
	if len(s.Words) > 1 {
		if j, want := m.Evaluate(s.Expand([]int{1, 0})), s.Generators[1].Then(s.Generators[0]); !m.Element(j).Equal(want) {
			t.Fatal("a word of the subgroup is not expanded to its product")
		}
	}
}

// TestSurveyLimit: a survey that was stopped says so, answers no with a witness
// only, and what it found are groups of the monoid.
func TestSurveyLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gens := drawMaps(t, 5)
		m, err := Enumerate(gens, 1<<12)
		if err != nil {
			t.Fatal(err)
		}
		complete, err := MaximalSubgroups(gens, 1<<5)
		if err != nil {
			t.Fatal(err)
		}
		limit := rapid.IntRange(1, complete.Images).Draw(t, "limit")
		survey, err := MaximalSubgroups(gens, limit)
		if err != nil {
			t.Fatal(err)
		}
		if (survey.Stopped == nil) != (limit == complete.Images) || survey.Images != limit {
			t.Fatalf("limit %d of %d: %d found, stopped %v", limit, complete.Images, survey.Images, survey.Stopped)
		}
		if survey.Stopped != nil && !errors.As(survey.Stopped, new(*LimitError)) {
			t.Fatalf("stopped: %v", survey.Stopped)
		}
		for _, c := range []struct{ got, want Answer }{
			{survey.Aperiodic(), complete.Aperiodic()}, {survey.Solvable(), complete.Solvable()},
		} {
			if c.got != c.want && c.got != Undecided || c.got == Undecided && survey.Stopped == nil {
				t.Fatalf("answer %v, the truth is %v", c.got, c.want)
			}
		}
		for _, s := range survey.Subgroups {
			if e := m.Element(m.Evaluate(s.Word)); !e.Equal(s.Idempotent) || !e.IsIdempotent() {
				t.Fatalf("the word %v does not spell the idempotent %v", s.Word, s.Idempotent)
			}
			for i, x := range s.Generators {
				if !m.Element(m.Evaluate(s.Words[i])).Equal(x) || !x.Then(s.Idempotent).Equal(x) {
					t.Fatalf("the word %v does not spell %v", s.Words[i], x)
				}
			}
		}
	})
}

// TestSurveyLarge: T_16 has more than 10^19 elements and 65,535 image sets; its
// groups are the symmetric groups of all ranks.
func TestSurveyLarge(t *testing.T) {
	survey, err := MaximalSubgroups(full(16), 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	if survey.Images != 65535 || survey.Components != 16 || survey.Trivial != 1 || len(survey.Subgroups) != 15 {
		t.Fatalf("%d images, %d components, %d trivial", survey.Images, survey.Components, survey.Trivial)
	}
	for _, s := range survey.Subgroups {
		if s.Group.Order().Cmp(factorial(len(s.Points))) != 0 {
			t.Errorf("rank %d: order %v", len(s.Points), s.Group.Order())
		}
	}
}

// TestNotRegular: (1 2) swaps the points of Y = {1,2}, the image of x = [1 1 2 2], but
// x merges them, so the elements x and x·(1 2) with image Y are not regular.
func TestNotRegular(t *testing.T) {
	survey, err := MaximalSubgroups(maps(t, 4, "(1 2)", "[1 1 2 2]"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if survey.NotRegular != 1 || len(survey.Subgroups) != 1 || len(survey.Subgroups[0].Points) != 4 {
		t.Errorf("%d components without idempotent, %d subgroups", survey.NotRegular, len(survey.Subgroups))
	}
}

func TestSurveyErrors(t *testing.T) {
	if _, err := MaximalSubgroups([]Map{{0, 1}, {0}}, 10); err == nil {
		t.Error("two degrees in one monoid")
	}
	if s, err := MaximalSubgroups(nil, 10); err != nil || s.Aperiodic() != Yes {
		t.Errorf("no generators: %v, %v", s, err)
	}
}
