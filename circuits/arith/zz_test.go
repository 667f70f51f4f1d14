package arith
import ("testing";"math/rand/v2";"math")
func BenchmarkZZ(b *testing.B) {
 n := 32767
 th := []int64{}
 for k := 1; k <= n; k++ { f := int64(-math.Log((float64(n-k)+0.5)/float64(n))*1.07e9); if len(th)>0 && f<=th[len(th)-1] {f=th[len(th)-1]+1}; th = append(th,f) }
 ix := NewIndex(th)
 r := rand.New(rand.NewPCG(1,2))
 var in [4096][lanes]int64
 for i := range in { base := r.Int64N(11e9); for k := range in[i] { in[i][k] = base + r.Int64N(2e9) } }
 var out [lanes]int64
 i := 0
 b.Run("levels", func(b *testing.B){ for b.Loop() { ix.levels(&in[i&4095], 0, int64(n), &out); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane") })
 b.Run("clamp", func(b *testing.B){ for b.Loop() { ix.clamp(&in[i&4095], &out); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
 b.Run("scaled", func(b *testing.B){ for b.Loop() { setScaled(&out, 3, 7, &in[i&4095]); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
 b.Run("product", func(b *testing.B){ for b.Loop() { addProduct(&out, 1, &in[i&63], &in[i&63+1]); i++ }; b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/lanes,"ns/lane")  })
}
