package main

import (
	"slices"
	"strings"
	"testing"

	"tc0/circuits/equiv"
)

// FuzzParseWord checks that a word is within the vocabulary or refused in one line,
// and that what tc0 prints as a word is read back as the same word.
func FuzzParseWord(f *testing.F) {
	for _, s := range []string{"1,0,1", "2 0\t4", "", ",", "-1", "007", "99999999999999999999", "1;2", "1,\n2"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, text string, vocab int) {
		word, err := parseWord(text, vocab)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		if len(word) == 0 || slices.Min(word) < 0 || slices.Max(word) >= vocab {
			t.Fatalf("%q is read as %v, vocabulary %d", text, word, vocab)
		}
		again, err := parseWord(equiv.Letters(word), vocab)
		if err != nil || !slices.Equal(again, word) {
			t.Errorf("%v is printed as %q and read back as %v: %v", word, equiv.Letters(word), again, err)
		}
	})
}
