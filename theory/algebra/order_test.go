package algebra

import (
	"math/big"
	"testing"
)

func TestFormatOrder(t *testing.T) {
	for _, c := range []struct {
		n    *big.Int
		want string
	}{
		{big.NewInt(60), "60"},
		{new(big.Int).Exp(big.NewInt(10), big.NewInt(39), nil), "1000000000000000000000000000000000000000"},
		{new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil), "about 1.00·10^40"},
		{new(big.Int).MulRange(1, 1000), "about 4.02·10^2567"},
	} {
		if got := FormatOrder(c.n); got != c.want {
			t.Errorf("%v: %s, want %s", c.n, got, c.want)
		}
	}
}
