// The kernels that are the same for registers of 256 and 512 bits. The file that
// includes this one defines V0 … V15, the registers; WIDTH, their bytes; LANES, their
// floats; TWICE, 2·WIDTH; and the name of each function. Constants come from the variable
// constants of kernel_amd64.go, whose type says what each is.

#define K(name) ·constants+name(SB)

// EXP sets P to e^X as exp32 does. It spoils X and N. A NaN stays one: the bounds are
// the first operands.
#define EXP(X, N, P) \
	VMOVUPS K(numbers_expLow), P; \
	VMAXPS X, P, X; \
	VMOVUPS K(numbers_expHigh), P; \
	VMINPS X, P, X; \
	VMULPS K(numbers_log2e), X, N; \
	VCVTPS2DQ N, N; \
	VCVTDQ2PS N, P; \
	VFNMADD231PS K(numbers_ln2High), P, X; \
	VFNMADD231PS K(numbers_ln2Low), P, X; \
	VMOVUPS K(numbers_exp7), P; \
	VFMADD213PS K(numbers_exp6), X, P; \
	VFMADD213PS K(numbers_exp5), X, P; \
	VFMADD213PS K(numbers_exp4), X, P; \
	VFMADD213PS K(numbers_exp3), X, P; \
	VFMADD213PS K(numbers_half), X, P; \
	VFMADD213PS K(numbers_one), X, P; \
	VFMADD213PS K(numbers_one), X, P; \
	VPADDD K(numbers_bias), N, N; \
	VPSLLD $23, N, N; \
	VMULPS N, P, P

#define UNARY_ARGS \
	MOVQ value+0(FP), DI; \
	MOVQ slope+8(FP), DX; \
	MOVQ x+16(FP), SI; \
	MOVQ n+24(FP), CX

#define UNARY_NEXT(loop) \
	ADDQ $WIDTH, DI; \
	ADDQ $WIDTH, DX; \
	ADDQ $WIDTH, SI; \
	SUBQ $LANES, CX; \
	JG   loop; \
	VZEROUPPER; \
	RET

TEXT EXP_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS

loop:
	VMOVUPS (SI), V0
	EXP(V0, V1, V2)
	VMOVUPS V2, (DI)
	UNARY_NEXT(loop)

// 1 / (1 + e^−x)
TEXT SIGMOID_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS
	VMOVUPS K(numbers_one), V15

loop:
	VMOVUPS (SI), V0
	VXORPS  K(numbers_sign), V0, V0
	EXP(V0, V1, V2)
	VADDPS  V15, V2, V2
	VDIVPS  V2, V15, V2
	VMOVUPS V2, (DI)
	UNARY_NEXT(loop)

// 2 / (1 + e^−2x) − 1
TEXT TANH_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS
	VMOVUPS K(numbers_one), V15
	VMOVUPS K(numbers_two), V14

loop:
	VMOVUPS (SI), V0
	VMULPS  K(numbers_minusTwo), V0, V0
	EXP(V0, V1, V2)
	VADDPS  V15, V2, V2
	VDIVPS  V2, V14, V2
	VSUBPS  V15, V2, V2
	VMOVUPS V2, (DI)
	UNARY_NEXT(loop)

// x·s and s + x·s·(1 − s), s = 1 / (1 + e^−x)
TEXT SILU_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS
	VMOVUPS K(numbers_one), V15

loop:
	VMOVUPS (SI), V0
	VXORPS  K(numbers_sign), V0, V1
	EXP(V1, V2, V3)
	VADDPS  V15, V3, V3
	VDIVPS  V3, V15, V3
	VMULPS  V3, V0, V4
	VSUBPS  V3, V15, V5
	VFMADD213PS V3, V4, V5
	VMOVUPS V4, (DI)
	VMOVUPS V5, (DX)
	UNARY_NEXT(loop)

// As gelu32.
TEXT GELU_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS
	VMOVUPS K(numbers_one), V15
	VMOVUPS K(numbers_half), V14

loop:
	VMOVUPS (SI), V0
	VANDPS  K(numbers_abs), V0, V1
	VMULPS  V0, V0, V2
	VMULPS  K(numbers_minusHalf), V2, V2
	EXP(V2, V3, V4)
	VMULPS  K(numbers_erfScale), V1, V1
	VADDPS  V15, V1, V1
	VDIVPS  V1, V15, V1
	VMOVUPS K(numbers_erf5), V5
	VFMADD213PS K(numbers_erf4), V1, V5
	VFMADD213PS K(numbers_erf3), V1, V5
	VFMADD213PS K(numbers_erf2), V1, V5
	VFMADD213PS K(numbers_erf1), V1, V5
	VMULPS  V1, V5, V5
	VMULPS  V4, V5, V5
	VFNMADD213PS V14, V14, V5 // 1/2 − 1/2·V5
	VANDPS  K(numbers_sign), V0, V6
	VORPS   V6, V5, V5
	VADDPS  V14, V5, V5
	VMULPS  V5, V0, V6
	VMULPS  K(numbers_peak), V4, V4
	VFMADD231PS V4, V0, V5
	VMOVUPS V6, (DI)
	VMOVUPS V5, (DX)
	UNARY_NEXT(loop)

// As softplus32.
TEXT SOFTPLUS_NAME(SB), NOSPLIT, $0-32
	UNARY_ARGS
	VMOVUPS K(numbers_one), V15
	VMOVUPS K(numbers_half), V14
	VXORPS  V13, V13, V13

loop:
	VMOVUPS (SI), V0
	VORPS   K(numbers_sign), V0, V1
	EXP(V1, V2, V3)
	VADDPS  K(numbers_two), V3, V4
	VDIVPS  V4, V3, V4
	VMULPS  V4, V4, V5
	VMOVUPS K(numbers_over15), V6
	VFMADD213PS K(numbers_over13), V5, V6
	VFMADD213PS K(numbers_over11), V5, V6
	VFMADD213PS K(numbers_over9), V5, V6
	VFMADD213PS K(numbers_over7), V5, V6
	VFMADD213PS K(numbers_over5), V5, V6
	VFMADD213PS K(numbers_over3), V5, V6
	VFMADD213PS K(numbers_two), V5, V6
	VMULPS  V4, V6, V6
	VMAXPS  V0, V13, V7
	VADDPS  V7, V6, V6
	VADDPS  V15, V3, V3
	VDIVPS  V3, V15, V3
	VSUBPS  V14, V3, V3
	VANDPS  K(numbers_sign), V0, V4
	VORPS   V4, V3, V3
	VADDPS  V14, V3, V3
	VMOVUPS V6, (DI)
	VMOVUPS V3, (DX)
	UNARY_NEXT(loop)

// func(a float32, x, y *float32, n int)
TEXT AXPY_NAME(SB), NOSPLIT, $0-32
	VBROADCASTSS a+0(FP), V0
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), V1
	VFMADD213PS (DI), V0, V1
	VMOVUPS V1, (DI)
	ADDQ    $WIDTH, SI
	ADDQ    $WIDTH, DI
	SUBQ    $LANES, CX
	JG      loop
	VZEROUPPER
	RET

// func(a, x, y *float32, n int)
TEXT MULADD_NAME(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX

loop:
	VMOVUPS (SI), V1
	VMOVUPS (DX), V0
	VFMADD213PS (DI), V0, V1
	VMOVUPS V1, (DI)
	ADDQ    $WIDTH, SI
	ADDQ    $WIDTH, DX
	ADDQ    $WIDTH, DI
	SUBQ    $LANES, CX
	JG      loop
	VZEROUPPER
	RET

// func(s *adamScalars, value, grad, mean, square *float32, n int)
TEXT ADAM_NAME(SB), NOSPLIT, $0-48
	MOVQ s+0(FP), AX
	MOVQ value+8(FP), DI
	MOVQ grad+16(FP), SI
	MOVQ mean+24(FP), DX
	MOVQ square+32(FP), BX
	MOVQ n+40(FP), CX
	VBROADCASTSS adamScalars_grad(AX), V7
	VBROADCASTSS adamScalars_beta1(AX), V8
	VBROADCASTSS adamScalars_fresh1(AX), V9
	VBROADCASTSS adamScalars_beta2(AX), V10
	VBROADCASTSS adamScalars_fresh2(AX), V11
	VBROADCASTSS adamScalars_rate(AX), V12
	VBROADCASTSS adamScalars_unbiased(AX), V13
	VBROADCASTSS adamScalars_eps(AX), V14
	VBROADCASTSS adamScalars_keep(AX), V15

loop:
	VMULPS  (SI), V7, V0
	VMULPS  (DX), V8, V1
	VFMADD231PS V0, V9, V1
	VMOVUPS V1, (DX)
	VMULPS  (BX), V10, V2
	VMULPS  V0, V0, V0
	VFMADD231PS V0, V11, V2
	VMOVUPS V2, (BX)
	VMULPS  V13, V2, V2
	VSQRTPS V2, V2
	VADDPS  V14, V2, V2
	VMULPS  V12, V1, V1
	VDIVPS  V2, V1, V1
	VMULPS  (DI), V15, V3
	VSUBPS  V1, V3, V3
	VMOVUPS V3, (DI)
	ADDQ    $WIDTH, SI
	ADDQ    $WIDTH, DX
	ADDQ    $WIDTH, BX
	ADDQ    $WIDTH, DI
	SUBQ    $LANES, CX
	JG      loop
	VZEROUPPER
	RET

// func(k int, a *float32, rs, cs int, b, c *float32, ldc int)
TEXT TILE1_NAME(SB), NOSPLIT, $0-56
	MOVQ   k+0(FP), CX
	MOVQ   a+8(FP), R8
	MOVQ   cs+24(FP), R13
	MOVQ   b+32(FP), SI
	MOVQ   c+40(FP), DI
	VXORPS V0, V0, V0
	VXORPS V1, V1, V1

loop:
	VBROADCASTSS (R8), V2
	VFMADD231PS  (SI), V2, V0
	VFMADD231PS  WIDTH(SI), V2, V1
	ADDQ         $TWICE, SI
	ADDQ         R13, R8
	DECQ         CX
	JNZ          loop
	VADDPS       (DI), V0, V0
	VADDPS       WIDTH(DI), V1, V1
	VMOVUPS      V0, (DI)
	VMOVUPS      V1, WIDTH(DI)
	VZEROUPPER
	RET

// TILE1 with half as many columns.
TEXT NARROW1_NAME(SB), NOSPLIT, $0-56
	MOVQ   k+0(FP), CX
	MOVQ   a+8(FP), R8
	MOVQ   cs+24(FP), R13
	MOVQ   b+32(FP), SI
	MOVQ   c+40(FP), DI
	VXORPS V0, V0, V0

loop:
	VBROADCASTSS (R8), V2
	VFMADD231PS  (SI), V2, V0
	ADDQ         $WIDTH, SI
	ADDQ         R13, R8
	DECQ         CX
	JNZ          loop
	VADDPS       (DI), V0, V0
	VMOVUPS      V0, (DI)
	VZEROUPPER
	RET

// TILE4 with half as many columns.
TEXT NARROW4_NAME(SB), NOSPLIT, $0-56
	MOVQ   k+0(FP), CX
	MOVQ   a+8(FP), R8
	MOVQ   rs+16(FP), R12
	MOVQ   cs+24(FP), R13
	MOVQ   b+32(FP), SI
	MOVQ   c+40(FP), DI
	MOVQ   ldc+48(FP), DX
	LEAQ   (R12)(R12*2), R14
	VXORPS V0, V0, V0
	VXORPS V1, V1, V1
	VXORPS V2, V2, V2
	VXORPS V3, V3, V3

loop:
	VMOVUPS      (SI), V8
	VBROADCASTSS (R8), V10
	VBROADCASTSS (R8)(R12*1), V11
	VBROADCASTSS (R8)(R12*2), V12
	VBROADCASTSS (R8)(R14*1), V13
	VFMADD231PS  V8, V10, V0
	VFMADD231PS  V8, V11, V1
	VFMADD231PS  V8, V12, V2
	VFMADD231PS  V8, V13, V3
	ADDQ         $WIDTH, SI
	ADDQ         R13, R8
	DECQ         CX
	JNZ          loop

#define ADD_NARROW(row) \
	VADDPS  (DI), row, row; \
	VMOVUPS row, (DI); \
	ADDQ    DX, DI

	ADD_NARROW(V0)
	ADD_NARROW(V1)
	ADD_NARROW(V2)
	ADD_NARROW(V3)
	VZEROUPPER
	RET

#define ADD_ROW(lo, hi) \
	VADDPS  (DI), lo, lo; \
	VADDPS  WIDTH(DI), hi, hi; \
	VMOVUPS lo, (DI); \
	VMOVUPS hi, WIDTH(DI); \
	ADDQ    DX, DI

// func(k int, a *float32, rs, cs int, b, c *float32, ldc int)
TEXT TILE4_NAME(SB), NOSPLIT, $0-56
	MOVQ   k+0(FP), CX
	MOVQ   a+8(FP), R8
	MOVQ   rs+16(FP), R12
	MOVQ   cs+24(FP), R13
	MOVQ   b+32(FP), SI
	MOVQ   c+40(FP), DI
	MOVQ   ldc+48(FP), DX
	LEAQ   (R12)(R12*2), R14
	VXORPS V0, V0, V0
	VXORPS V1, V1, V1
	VXORPS V2, V2, V2
	VXORPS V3, V3, V3
	VXORPS V4, V4, V4
	VXORPS V5, V5, V5
	VXORPS V6, V6, V6
	VXORPS V7, V7, V7

loop:
	VMOVUPS      (SI), V8
	VMOVUPS      WIDTH(SI), V9
	VBROADCASTSS (R8), V10
	VBROADCASTSS (R8)(R12*1), V11
	VFMADD231PS  V8, V10, V0
	VFMADD231PS  V9, V10, V1
	VFMADD231PS  V8, V11, V2
	VFMADD231PS  V9, V11, V3
	VBROADCASTSS (R8)(R12*2), V12
	VBROADCASTSS (R8)(R14*1), V13
	VFMADD231PS  V8, V12, V4
	VFMADD231PS  V9, V12, V5
	VFMADD231PS  V8, V13, V6
	VFMADD231PS  V9, V13, V7
	ADDQ         $TWICE, SI
	ADDQ         R13, R8
	DECQ         CX
	JNZ          loop
	ADD_ROW(V0, V1)
	ADD_ROW(V2, V3)
	ADD_ROW(V4, V5)
	ADD_ROW(V6, V7)
	VZEROUPPER
	RET

// One position of a state: V0 = delta, V2 = delta·s, SI = A, DX = the state before,
// R10 = B, AX = its number. V6 becomes the decay, V7 the state after.
#define STATE \
	VMULPS       (SI), V0, V4; \
	EXP(V4, V5, V6); \
	VBROADCASTSS (R10)(AX*4), V7; \
	VMULPS       V7, V2, V7; \
	VFMADD231PS  (DX), V6, V7

#define SCAN_ARGS \
	MOVQ args+0(FP), R15; \
	MOVQ scanArgs_length(R15), CX; \
	MOVQ scanArgs_row(R15), R13; \
	MOVQ scanArgs_bcRow(R15), R12; \
	MOVQ scanArgs_delta(R15), R8; \
	MOVQ scanArgs_s(R15), R9; \
	MOVQ scanArgs_b(R15), R10

// func(args *scanArgs): y, with one state in h.
TEXT SCAN_NAME(SB), NOSPLIT, $0-8
	SCAN_ARGS
	MOVQ    scanArgs_c(R15), R11
	MOVQ    scanArgs_y(R15), DI
	MOVQ    scanArgs_skip(R15), AX
	VMOVUPS (AX), V10

position:
	VMOVUPS (R8), V0
	VMOVUPS (R9), V1
	VMULPS  V0, V1, V2
	VMULPS  V10, V1, V3
	MOVQ    scanArgs_a(R15), SI
	MOVQ    scanArgs_h(R15), DX
	MOVQ    scanArgs_states(R15), BX
	XORQ    AX, AX

state:
	STATE
	VMOVUPS      V7, (DX)
	VBROADCASTSS (R11)(AX*4), V8
	VFMADD231PS  V8, V7, V3
	ADDQ         R13, SI
	ADDQ         $WIDTH, DX
	INCQ         AX
	CMPQ         AX, BX
	JLT          state
	VMOVUPS      V3, (DI)
	ADDQ         R13, R8
	ADDQ         R13, R9
	ADDQ         R13, DI
	ADDQ         R12, R10
	ADDQ         R12, R11
	DECQ         CX
	JNZ          position
	VZEROUPPER
	RET

// func(args *scanArgs): all states in h, after the first, and all decays.
TEXT SCAN_STATES_NAME(SB), NOSPLIT, $0-8
	SCAN_ARGS
	MOVQ  scanArgs_h(R15), DX
	MOVQ  scanArgs_decay(R15), DI
	MOVQ  scanArgs_states(R15), BX
	MOVQ  BX, R14
	IMULQ $WIDTH, R14
	ADDQ  DX, R14 // the states after

position:
	VMOVUPS (R8), V0
	VMOVUPS (R9), V1
	VMULPS  V0, V1, V2
	MOVQ    scanArgs_a(R15), SI
	XORQ    AX, AX

state:
	STATE
	VMOVUPS V6, (DI)
	VMOVUPS V7, (R14)
	ADDQ    R13, SI
	ADDQ    $WIDTH, DX
	ADDQ    $WIDTH, R14
	ADDQ    $WIDTH, DI
	INCQ    AX
	CMPQ    AX, BX
	JLT     state
	ADDQ    R13, R8
	ADDQ    R13, R9
	ADDQ    R12, R10
	DECQ    CX
	JNZ     position
	VZEROUPPER
	RET

// func(args *scanArgs): the gradients, position after position from the last one on. R12
// counts the states of all positions, in bytes.
TEXT SCAN_BACKWARD_NAME(SB), NOSPLIT, $8-8
	MOVQ    args+0(FP), R15
	MOVQ    scanArgs_row(R15), R13
	MOVQ    scanArgs_h(R15), R8
	MOVQ    scanArgs_states(R15), R9
	IMULQ   $WIDTH, R9
	ADDQ    R8, R9 // the states after
	MOVQ    scanArgs_decay(R15), BX
	MOVQ    scanArgs_gb(R15), CX
	MOVQ    scanArgs_gc(R15), DX
	MOVQ    scanArgs_skip(R15), AX
	VMOVUPS (AX), V13
	MOVQ    scanArgs_gskip(R15), AX
	VMOVUPS (AX), V12
	MOVQ    scanArgs_length(R15), AX
	DECQ    AX

position:
	MOVQ    AX, t-8(SP)
	MOVQ    AX, R12
	IMULQ   R13, R12 // from row 0 to this one
	MOVQ    scanArgs_delta(R15), SI
	VMOVUPS (SI)(R12*1), V0
	MOVQ    scanArgs_s(R15), SI
	VMOVUPS (SI)(R12*1), V1
	MOVQ    scanArgs_gy(R15), SI
	VMOVUPS (SI)(R12*1), V3
	VMULPS  V0, V1, V2
	VXORPS  V4, V4, V4
	VXORPS  V5, V5, V5
	VFMADD231PS V3, V1, V12
	MOVQ    scanArgs_bcRow(R15), R11
	IMULQ   AX, R11
	MOVQ    R11, R10
	ADDQ    scanArgs_b(R15), R10
	ADDQ    scanArgs_c(R15), R11
	MOVQ    scanArgs_states(R15), R12
	IMULQ   $WIDTH, R12
	IMULQ   AX, R12
	MOVQ    scanArgs_gh(R15), R14
	MOVQ    scanArgs_a(R15), SI
	MOVQ    scanArgs_ga(R15), DI
	XORQ    AX, AX

state:
	VMOVUPS      (R14), V6
	VBROADCASTSS (R11)(AX*4), V7
	VFMADD231PS  V7, V3, V6 // by the state
	VMOVUPS      (R9)(R12*1), V8
	VFMADD213PS  (DX)(R12*1), V3, V8
	VMOVUPS      V8, (DX)(R12*1)
	VMOVUPS      V6, V9
	VFMADD213PS  (CX)(R12*1), V2, V9
	VMOVUPS      V9, (CX)(R12*1)
	VBROADCASTSS (R10)(AX*4), V10
	VFMADD231PS  V10, V6, V4
	VMULPS       (BX)(R12*1), V6, V6
	VMOVUPS      V6, (R14)
	VMULPS       (R8)(R12*1), V6, V11
	VFMADD231PS  (SI), V11, V5
	VFMADD213PS  (DI), V0, V11
	VMOVUPS      V11, (DI)
	ADDQ         $WIDTH, R12
	ADDQ         $WIDTH, R14
	ADDQ         R13, SI
	ADDQ         R13, DI
	INCQ         AX
	CMPQ         AX, scanArgs_states(R15)
	JLT          state

	MOVQ        t-8(SP), AX
	MOVQ        AX, R12
	IMULQ       R13, R12
	VFMADD231PS V4, V1, V5
	MOVQ        scanArgs_gdelta(R15), SI
	VADDPS      (SI)(R12*1), V5, V5
	VMOVUPS     V5, (SI)(R12*1)
	VMULPS      V4, V0, V4
	VFMADD231PS V3, V13, V4
	MOVQ        scanArgs_gs(R15), SI
	VADDPS      (SI)(R12*1), V4, V4
	VMOVUPS     V4, (SI)(R12*1)
	DECQ        AX
	JGE         position
	MOVQ        scanArgs_gskip(R15), AX
	VMOVUPS     V12, (AX)
	VZEROUPPER
	RET
