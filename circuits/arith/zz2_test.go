package arith
import "testing"
func prod4(acc *[lanes]int64, v, w *[lanes]int64) {
	for k := 0; k < lanes; k += 4 {
		a, x, y := (*[4]int64)(acc[k:k+4]), (*[4]int64)(v[k:k+4]), (*[4]int64)(w[k:k+4])
		a[0] += x[0] * y[0]
		a[1] += x[1] * y[1]
		a[2] += x[2] * y[2]
		a[3] += x[3] * y[3]
	}
}
func prod8(acc *[lanes]int64, v, w *[lanes]int64) {
	for k := 0; k < lanes; k += 8 {
		a, x, y := (*[8]int64)(acc[k:k+8]), (*[8]int64)(v[k:k+8]), (*[8]int64)(w[k:k+8])
		a[0] += x[0] * y[0]
		a[1] += x[1] * y[1]
		a[2] += x[2] * y[2]
		a[3] += x[3] * y[3]
		a[4] += x[4] * y[4]
		a[5] += x[5] * y[5]
		a[6] += x[6] * y[6]
		a[7] += x[7] * y[7]
	}
}
func BenchmarkYY(b *testing.B) {
 var in [65][lanes]int64
 var out [lanes]int64
 i := 0
 b.Run("product1", func(b *testing.B){ for b.Loop() { addProduct(&out, 1, &in[i&63], &in[i&63+1]); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
 b.Run("product4", func(b *testing.B){ for b.Loop() { prod4(&out, &in[i&63], &in[i&63+1]); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
 b.Run("product8", func(b *testing.B){ for b.Loop() { prod8(&out, &in[i&63], &in[i&63+1]); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
}
