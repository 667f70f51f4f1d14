package algebra

import (
	"fmt"
	"math/big"
)

// maxDigits is how many digits of an order a line of text shows.
const maxDigits = 40

// FormatOrder is an order for a line of text: in full, or about so large when it has more
// than 40 digits, cut to three of them.
func FormatOrder(n *big.Int) string {
	s := n.String()
	if len(s) <= maxDigits {
		return s
	}
	return fmt.Sprintf("about %s.%s·10^%d", s[:1], s[1:3], len(s)-1)
}
