package cert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tc0/circuits/compile"
	"tc0/proofs/kernel"
	"tc0/theory/bound"
	"tc0/theory/ssm"
)

// VerifyFamily judges a certificate of a family: it compiles the checkpoint again at the lengths
// that the certificate names and compares. So it uses the compiler, and where the kernel does
// not judge a length too, the verdict rests on it. An error says that there was nothing to
// judge.
func VerifyFamily(ctx context.Context, path, checkpoint string, progress compile.Progress) (*Verdict, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	if !begins(data, FamilyFormat) {
		return nil, fmt.Errorf("%s: does not begin as a certificate of a family does", path)
	}
	v := &Verdict{}
	f, err := DecodeFamily(data)
	if err != nil {
		return v.conclude(err)
	}
	ck, err := ssm.Load(checkpoint)
	if err != nil {
		return nil, err
	}
	j := &familyJudge{Verdict: v, Family: f, checkpoint: ck, progress: progress}
	return v.conclude(j.judge(ctx))
}

// familyJudge judges one certificate.
type familyJudge struct {
	*Verdict
	*Family
	checkpoint *ssm.Checkpoint
	progress   compile.Progress
}

func (j *familyJudge) judge(ctx context.Context) error {
	if err := j.source(); err != nil {
		return err
	}
	members := j.Family.claim(ClaimMembers).Members
	spots := j.Family.claim(ClaimUniformity).Uniformity
	limits := j.Family.claim(kernel.ClaimBound).Bound
	for i, m := range members {
		j.progress("compile the family", i, len(members))
		if err := j.member(ctx, m, spots, limits); err != nil {
			return err
		}
	}
	for _, c := range j.Claims {
		if err := j.conclusion(c, members); err != nil {
			return err
		}
	}
	j.Trusted = j.trusted(members)
	return nil
}

// source compares the checkpoint, and what follows from it, with the certificate.
func (j *familyJudge) source() error {
	have, err := source(j.checkpoint)
	if err != nil {
		return err
	}
	switch q := &j.Quantisation; {
	case have.Digest != j.Checkpoint.Digest || !slices.Equal(have.Files, j.Checkpoint.Files):
		return refuse("checkpoint: %s has digest %.12s…, the certificate is about %.12s…", j.checkpoint.Dir, have.Digest, j.Checkpoint.Digest)
	case q.Checkpoint != have.Digest:
		return refuse("quantisation: was made for checkpoint %.12s…", q.Checkpoint)
	case q.Family != j.checkpoint.Model.Family:
		return refuse("quantisation: of the family %q, the checkpoint is a %s model", q.Family, j.checkpoint.Model.Family)
	case j.Semantics != familySemantics(j.checkpoint):
		return refuse("semantics: %+v, expected %+v", j.Semantics, familySemantics(j.checkpoint))
	}
	return nil
}

// member compiles one length and compares.
func (j *familyJudge) member(ctx context.Context, want Member, spots *Spots, limits *kernel.Bound) error {
	c, err := newMember(ctx, j.checkpoint, &j.Quantisation, want.Length)
	if err != nil {
		return notCompiled(ctx, want.Length, err)
	}
	c.Kernel = want.Kernel
	if !bytes.Equal(encode(c.Member), encode(want)) {
		return refuse("members: at length %d the certificate has %+v, compiling gives %+v", want.Length, want, c.Member)
	}
	if *boundOf(c.model.Bound().Formula()) != *limits {
		return refuse("bound: the formulas are not those that follow from the layers")
	}
	if err := c.within(); err != nil {
		return err
	}
	if err := c.compareSpots(*spots); err != nil {
		return err
	}
	return c.judge(j.checkpoint, &j.Quantisation)
}

// notCompiled makes what the compiler says of a quantisation a fault of the certificate.
func notCompiled(ctx context.Context, length int, err error) error {
	if open := (question{}); ctx.Err() != nil || errors.As(err, &open) {
		return err
	}
	return refuse("members: length %d cannot be compiled: %v", length, err)
}

// conclusion judges what a claim says of all members together.
func (j *familyJudge) conclusion(c FamilyClaim, members []Member) error {
	add := func(kind, format string, args ...any) {
		for _, s := range familyStatements {
			if s.id == c.ID {
				j.add(c.ID, kind, s.text, format, args...)
			}
		}
	}
	switch c.ID {
	case ClaimMembers:
		add(c.Kind, "compiled again at n = %s; judged by the kernel too: %s", lengthsOf(members, true, true), lengthsOf(members, true, false))
	case ClaimDepth:
		if i := slices.IndexFunc(members, func(m Member) bool { return m.Size.Depth != c.Depth }); i >= 0 {
			return refuse("depth: %d is claimed, at length %d it is %d", c.Depth, members[i].Length, members[i].Size.Depth)
		}
		add(c.Kind, "%d at n = %s", c.Depth, lengthsOf(members, true, true))
	case kernel.ClaimBound:
		last := members[len(members)-1]
		add(c.Kind, "derived again from the layers; %d gates, weights of %d bits at n = %d", last.Size.Gates, last.Size.MaxWeightBits, last.Length)
	case ClaimUniformity:
		add(fmt.Sprintf("sampled %d", c.Uniformity.Gates*len(members)), "%d gates of each length, seed %d: thresholds and wires equal",
			c.Uniformity.Gates, c.Uniformity.Seed)
	case ClaimAllLengths:
		want, err := classTheorems(j.Quantisation.Family)
		if err != nil {
			return err
		}
		for _, id := range c.Theorems {
			if _, known := bound.TheoremByID(id); !known {
				return refuse("all-lengths: there is no theorem %s", id)
			}
		}
		if !slices.Equal(c.Theorems, want) || !slices.Equal(c.Coq, coqTheorems(&j.Quantisation)) {
			return refuse("all-lengths: cites %v and %v, expected %v and %v", c.Theorems, c.Coq, want, coqTheorems(&j.Quantisation))
		}
		add("cited", "%s; in Coq %s: not checked here", strings.Join(c.Theorems, ", "), strings.Join(c.Coq, ", "))
	}
	return nil
}

// trusted says what the verdict rests on.
func (j *familyJudge) trusted(members []Member) []string {
	list := []string{
		"the compiler's derivation of the bounds, for lengths other than those named",
		"the theorems cited; proofs/README.md says what the ones in Coq are about, and what is missing",
	}
	if rest := lengthsOf(members, false, true); rest != "" {
		list = append([]string{"the compiler, for n = " + rest + ": that these circuits are the checkpoint's layers was not judged by the kernel"}, list...)
	}
	return list
}

// lengthsOf lists the lengths of members that the kernel judges, or of the others, or both.
func lengthsOf(members []Member, judged, others bool) string {
	var list []string
	for _, m := range members {
		if m.Kernel && judged || !m.Kernel && others {
			list = append(list, fmt.Sprint(m.Length))
		}
	}
	return strings.Join(list, ", ")
}
