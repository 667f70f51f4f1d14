// Package policy checks the shape of this module: which names stand at its root,
// what each package may import, and that each package says what it is.
//
// The rules are in policy.txt. A [Policy] is checked against a file tree by
// parsing its Go files, whatever their build constraints, so the verdict depends
// on the files alone and Go's test cache sees everything that it depends on.
//
// It does not look at what the code does with its imports, and it does not follow
// imports of imports: each package answers for its own.
package policy
