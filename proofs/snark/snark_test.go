package snark

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"tc0/circuits/arith"
)

func TestTry(t *testing.T) {
	for _, path := range []string{"/tmp/snark/out-mamba-flipflop4/model.ac", "/tmp/snark/out-rec/model.ac"} {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := arith.ReadBinary(bufio.NewReader(f))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{Groth16, Private}, {Groth16, Hashed}, {PLONK, Public}} {
			start := time.Now()
			s, err := Lower(c, o)
			if err != nil {
				t.Fatal(err)
			}
			tl := s.Tally()
			t.Logf("%v: %d constraints, tally %d %+v, %v", o, s.Constraints(), tl.Constraints(), s.Tally(), time.Since(start))
			a, err := s.Assign([]int{0, 1, 2, 3, 0, 1, 2, 3})
			if err != nil {
				t.Fatal(err)
			}
			start = time.Now()
			if err := s.Solve(context.Background(), a); err != nil {
				t.Fatal(err)
			}
			t.Log(a.Statement, time.Since(start))
		}
	}
}

func TestProveTry(t *testing.T) {
	f, err := os.Open("/tmp/snark/out-mamba-flipflop4/model.ac")
	if err != nil {
		t.Fatal(err)
	}
	c, err := arith.ReadBinary(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Groth16, Public}, {PLONK, Private}} {
		s, err := Lower(c, o)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Assign([]int{0, 1, 2, 3, 0, 1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		pk, vk, err := s.Setup(Origin{"m", "c"})
		if err != nil {
			t.Fatal(err)
		}
		t.Log("setup", time.Since(start))
		start = time.Now()
		p, err := s.Prove(context.Background(), pk, a)
		if err != nil {
			t.Fatal(err)
		}
		t.Log("prove", time.Since(start), len(p.Proof))
		start = time.Now()
		if err := Verify(p, vk); err != nil {
			t.Fatal(err)
		}
		t.Log("verify", time.Since(start), len(vk.Key))
		x, _ := vk.Encode()
		if _, err := ReadVerifyingKey(bytes.NewReader(x)); err != nil {
			t.Fatal(err)
		}
		x, _ = p.Encode()
		if _, err := ReadProof(bytes.NewReader(x)); err != nil {
			t.Fatal(err)
		}
		p.Statement.Labels[3] ^= 1
		if err := Verify(p, vk); err == nil {
			t.Fatal("wrong label")
		} else {
			t.Log(err)
		}
	}
}
