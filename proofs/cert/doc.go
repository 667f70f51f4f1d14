// Package cert issues certificates: one canonical file beside a compiled model that
// says what is claimed of it, with evidence, so that a stranger can check it.
//
//	checkpoint, err := ssm.Load("theory/ssm/testdata/mamba-flipflop4")
//	c, err := cert.Issue("out", checkpoint) // out written by tc0 compile
//	err = os.WriteFile("out/certificate.json", c.Encode(), 0o644)
//
// What a certificate says, and how the kernel checks each claim, is in
// docs/formats/certificate.md. Whatever is written here is a claim and no more: the
// kernel takes nothing from it but what to check. Package kernel holds the type of a
// certificate, so that there is one definition of the format.
//
// The package does not verify, and it does not compile: what it states it reads from
// the files and from the compiler's own reports.
package cert
