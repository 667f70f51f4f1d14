package run

import (
	"fmt"
	"math"
)

// Wilson is the score interval of Wilson (1927) for a probability of which hits of trials
// were seen, at a confidence such as 0.95. Without trials it is 0 to 1.
func Wilson(hits, trials int, confidence float64) (low, high float64) {
	if trials == 0 {
		return 0, 1
	}
	z := math.Sqrt2 * math.Erfinv(confidence)
	n := float64(trials)
	p := float64(hits) / n
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	low, high = (middle-half)/scale, (middle+half)/scale
	if hits == 0 {
		low = 0
	}
	if hits == trials {
		high = 1
	}
	return low, high
}

// FormatInterval writes hits of trials with the 95 % interval.
func FormatInterval(hits, trials int) string {
	low, high := Wilson(hits, trials, 0.95)
	return fmt.Sprintf("%d of %d (95 %%: %.2f to %.2f)", hits, trials, low, high)
}
