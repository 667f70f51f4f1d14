package words_test

import (
	"fmt"
	"os"
	"strings"

	"tc0/theory/words"
)

// All words of two letters over the two generators of S3.
func ExampleWriteCSV() {
	s3, err := words.Named("S3:g2", 6)
	if err != nil {
		panic(err)
	}
	rows, err := s3.All(2, 1)
	if err != nil {
		panic(err)
	}
	if err := words.WriteCSV(os.Stdout, rows); err != nil {
		panic(err)
	}
	// Output:
	// seed,input,target
	// 1,2 2,2 0
	// 1,2 3,2 1
	// 1,3 2,3 5
	// 1,3 3,3 4
}

// A wrong running product is found, and where.
func ExampleProblem_ReadCSV() {
	z60, err := words.Named("Z60", 60)
	if err != nil {
		panic(err)
	}
	text := "seed,input,target\n1,59 2,59 1\n1,30 31,30 61\n"
	for row, err := range z60.ReadCSV(strings.NewReader(text), "Z60=2.csv") {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.Input, row.Target)
	}
	// Output:
	// [59 2] [59 1]
	// Z60=2.csv:3: target 61 at position 2: expected 1, which is 30·31 in Z60
}

// Parity as a language: words over Z2 whose sum is 1.
func ExampleLanguage_Balanced() {
	z2, err := words.Named("Z2", 2)
	if err != nil {
		panic(err)
	}
	odd, err := z2.Language(1)
	if err != nil {
		panic(err)
	}
	rows, err := odd.Balanced(words.Balance{MinLength: 4, MaxLength: 8, Count: 4, Seed: 1})
	if err != nil {
		panic(err)
	}
	for row := range rows {
		fmt.Println(odd.Accepts(row.Target), row.Input)
	}
	// Output:
	// true [1 0 1 0 1]
	// false [1 0 0 1 1 1]
	// false [0 0 0 1 0 0 1]
	// false [0 1 1 0 0]
}
