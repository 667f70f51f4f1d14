package equiv
import ("testing";"syscall";"fmt";"tc0/circuits/arith";"tc0/circuits/compile";"os")
func cpu() float64 { var r syscall.Rusage; syscall.Getrusage(0,&r); return float64(r.Utime.Sec)+float64(r.Utime.Usec)/1e6 }
func TestScratchCPU(t *testing.T){
 m,_ := load(t, config{"mamba-a5-g2", form(), compile.Gates, 16, 15, 2})
 c,_ := m.Arith(16)
 e := arith.NewEvaluator(c)
 al := make([]int, 60); for i := range al { al[i]=i }
 if os.Getenv("SMALL") != "" { al = al[:2] }
 words := compile.Words(al, 128, 16, 3)
 e.Eval(t.Context(), words)
 for range 3 {
 s := cpu()
 for range 4 { e.Eval(t.Context(), words) }
 d := (cpu()-s)/4
 fmt.Printf("cpu per batch %.4f s -> %.0f tokens/s on 2 idle cores\n", d, 2048/(d/2))
 }
}
func TestScratchWrite(t *testing.T){
 m,_ := load(t, config{"mamba-a5-g2", compile.Convolution, compile.Gates, 16, 15, 2})
 c,_ := m.Arith(16)
 f,_ := os.Create("/tmp/a5.ac"); c.WriteBinary(f); f.Close()
}
func form() compile.Form { if os.Getenv("REC") != "" { return compile.Recurrent }; return compile.Convolution }
