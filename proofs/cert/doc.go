// Package cert issues certificates: one canonical file that says what is claimed of a
// compiled model, with evidence, so that a stranger can check it.
//
//	checkpoint, err := ssm.Load("theory/ssm/testdata/mamba-flipflop4")
//	c, err := cert.Issue("out", checkpoint) // out written by tc0 compile
//	err = os.WriteFile("out/certificate.json", c.Encode(), 0o644)
//
// There are three kinds:
//
//	certificate of     issued by        judged by           says
//	a compiled model   Issue            kernel.Verify       the circuit is this checkpoint's layers
//	an experiment      IssueExperiment  VerifyExperiment    which run left the checkpoint, its accuracy, the class of its task
//	a family           IssueFamily      VerifyFamily        circuits of several lengths, bounds as formulas, uniformity
//
// What they say, and how each claim is checked, is in docs/formats/certificate.md,
// certificate-experiment.md and certificate-family.md. Whatever is issued here is a claim and
// no more: verifiers take nothing from it but what to check. Package kernel holds the type
// of the first kind, so that there is one definition of its format.
//
// The package does not judge compiled models, which is the kernel's to do with code of its
// own. Experiments and families are judged with the code that made them: the scoring of
// empirical/train, the compiler. A [Verdict] says what that leaves to trust.
package cert
