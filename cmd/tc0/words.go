package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// maxWordsFile bounds what a file of words may hold, in tokens.
const maxWordsFile = 1 << 24

// readWords reads calibration words: one per line, tokens separated by spaces or
// commas; empty lines and lines that begin with # are skipped.
func readWords(path string, length, vocab int) ([][]int, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var words [][]int
	tokens := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		w, err := parseWord(text, vocab)
		if err == nil && len(w) != length {
			err = fmt.Errorf("%d tokens, expected --length %d", len(w), length)
		}
		if tokens += len(w); err == nil && tokens > maxWordsFile {
			err = fmt.Errorf("more than %d tokens", maxWordsFile)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		words = append(words, w)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%s: no words, expected one per line", path)
	}
	return words, nil
}

// parseWord reads tokens below vocab, separated by spaces or commas.
func parseWord(text string, vocab int) ([]int, error) {
	var word []int
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		v, err := strconv.Atoi(s)
		if err != nil || v < 0 || v >= vocab {
			return nil, fmt.Errorf("token %q, expected a number from 0 to %d", s, vocab-1)
		}
		word = append(word, v)
	}
	if len(word) == 0 {
		return nil, fmt.Errorf("no tokens, expected numbers separated by commas, such as 1,0,1")
	}
	return word, nil
}
