#include "go_asm.h"
#include "textflag.h"

// Eight registers of eight integers hold the 64 lanes of one value.

#define LOAD_ALL(src) \
	VMOVDQU64 0(src), Z0; VMOVDQU64 64(src), Z1; VMOVDQU64 128(src), Z2; VMOVDQU64 192(src), Z3; \
	VMOVDQU64 256(src), Z4; VMOVDQU64 320(src), Z5; VMOVDQU64 384(src), Z6; VMOVDQU64 448(src), Z7

#define STORE_ALL(dst) \
	VMOVDQU64 Z0, 0(dst); VMOVDQU64 Z1, 64(dst); VMOVDQU64 Z2, 128(dst); VMOVDQU64 Z3, 192(dst); \
	VMOVDQU64 Z4, 256(dst); VMOVDQU64 Z5, 320(dst); VMOVDQU64 Z6, 384(dst); VMOVDQU64 Z7, 448(dst)

#define ADD_ALL(src) \
	VPADDQ 0(src), Z0, Z0; VPADDQ 64(src), Z1, Z1; VPADDQ 128(src), Z2, Z2; VPADDQ 192(src), Z3, Z3; \
	VPADDQ 256(src), Z4, Z4; VPADDQ 320(src), Z5, Z5; VPADDQ 384(src), Z6, Z6; VPADDQ 448(src), Z7, Z7

#define SUB_ALL(src) \
	VPSUBQ 0(src), Z0, Z0; VPSUBQ 64(src), Z1, Z1; VPSUBQ 128(src), Z2, Z2; VPSUBQ 192(src), Z3, Z3; \
	VPSUBQ 256(src), Z4, Z4; VPSUBQ 320(src), Z5, Z5; VPSUBQ 384(src), Z6, Z6; VPSUBQ 448(src), Z7, Z7

// MUL_ALL multiplies the lanes at src by Z8 into Z16 … Z23, which ADD_MUL adds.
#define MUL_ALL(src) \
	VPMULLQ 0(src), Z8, Z16; VPMULLQ 64(src), Z8, Z17; VPMULLQ 128(src), Z8, Z18; VPMULLQ 192(src), Z8, Z19; \
	VPMULLQ 256(src), Z8, Z20; VPMULLQ 320(src), Z8, Z21; VPMULLQ 384(src), Z8, Z22; VPMULLQ 448(src), Z8, Z23

#define ADD_MUL \
	VPADDQ Z16, Z0, Z0; VPADDQ Z17, Z1, Z1; VPADDQ Z18, Z2, Z2; VPADDQ Z19, Z3, Z3; \
	VPADDQ Z20, Z4, Z4; VPADDQ Z21, Z5, Z5; VPADDQ Z22, Z6, Z6; VPADDQ Z23, Z7, Z7

// TIMES_ALL multiplies Z16 … Z23 by the lanes at src, SCALE_ALL by Z8.
#define TIMES_ALL(src) \
	VPMULLQ 0(src), Z16, Z16; VPMULLQ 64(src), Z17, Z17; VPMULLQ 128(src), Z18, Z18; VPMULLQ 192(src), Z19, Z19; \
	VPMULLQ 256(src), Z20, Z20; VPMULLQ 320(src), Z21, Z21; VPMULLQ 384(src), Z22, Z22; VPMULLQ 448(src), Z23, Z23

#define SCALE_ALL \
	VPMULLQ Z8, Z16, Z16; VPMULLQ Z8, Z17, Z17; VPMULLQ Z8, Z18, Z18; VPMULLQ Z8, Z19, Z19; \
	VPMULLQ Z8, Z20, Z20; VPMULLQ Z8, Z21, Z21; VPMULLQ Z8, Z22, Z22; VPMULLQ Z8, Z23, Z23

#define LOAD_FACTOR(src) \
	VMOVDQU64 0(src), Z16; VMOVDQU64 64(src), Z17; VMOVDQU64 128(src), Z18; VMOVDQU64 192(src), Z19; \
	VMOVDQU64 256(src), Z20; VMOVDQU64 320(src), Z21; VMOVDQU64 384(src), Z22; VMOVDQU64 448(src), Z23

// func sumAVX512(acc *[lanes]int64, constant int64, reads *read, plain, products int, slots *int64)
TEXT ·sumAVX512(SB), NOSPLIT, $0-48
	MOVQ acc+0(FP), DI
	MOVQ reads+16(FP), SI
	MOVQ plain+24(FP), CX
	MOVQ products+32(FP), DX
	MOVQ slots+40(FP), BX
	VPBROADCASTQ constant+8(FP), Z0
	VMOVDQA64 Z0, Z1
	VMOVDQA64 Z0, Z2
	VMOVDQA64 Z0, Z3
	VMOVDQA64 Z0, Z4
	VMOVDQA64 Z0, Z5
	VMOVDQA64 Z0, Z6
	VMOVDQA64 Z0, Z7

plain:
	SUBQ $1, CX
	JLT  product
	MOVQ read_coef(SI), AX
	MOVLQSX read_a(SI), R8
	SHLQ $9, R8 // 64 lanes of 8 bytes
	ADDQ BX, R8
	ADDQ $read__size, SI
	CMPQ AX, $1
	JEQ  plus
	CMPQ AX, $-1
	JEQ  minus
	VPBROADCASTQ AX, Z8
	MUL_ALL(R8)
	ADD_MUL
	JMP  plain

plus:
	ADD_ALL(R8)
	JMP plain

minus:
	SUB_ALL(R8)
	JMP plain

product:
	SUBQ $1, DX
	JLT  done
	MOVQ read_coef(SI), AX
	MOVLQSX read_a(SI), R8
	MOVLQSX read_b(SI), R9
	SHLQ $9, R8
	SHLQ $9, R9
	ADDQ BX, R8
	ADDQ BX, R9
	ADDQ $read__size, SI
	LOAD_FACTOR(R8)
	TIMES_ALL(R9)
	CMPQ AX, $1
	JEQ  unscaled
	VPBROADCASTQ AX, Z8
	SCALE_ALL

unscaled:
	ADD_MUL
	JMP product

done:
	STORE_ALL(DI)
	VZEROUPPER
	RET

// OFFSET is how far eight forms are above low, at most as far as high.
#define OFFSET \
	VMOVDQU64 (BX)(DX*1), Z0; VPMAXSQ Z27, Z0, Z0; VPMINSQ Z28, Z0, Z0; VPSUBQ Z27, Z0, Z0

// LOOK replaces the 64 indices at DI by the table's entries. One after the other is
// faster than the gather instructions of the processors it was measured on.
#define LOOK(table, loop) \
	XORQ DX, DX; \
loop: \
	MOVQ 0(DI)(DX*1), AX; MOVQ 8(DI)(DX*1), CX; MOVQ 16(DI)(DX*1), R11; MOVQ 24(DI)(DX*1), R12; \
	MOVQ (table)(AX*8), AX; MOVQ (table)(CX*8), CX; MOVQ (table)(R11*8), R11; MOVQ (table)(R12*8), R12; \
	MOVQ AX, 0(DI)(DX*1); MOVQ CX, 8(DI)(DX*1); MOVQ R11, 16(DI)(DX*1); MOVQ R12, 24(DI)(DX*1); \
	ADDQ $32, DX; \
	CMPQ DX, $512; \
	JNE  loop

// LEVEL counts the levels in Z16 from Z24, from 0 to Z25, and stores them; VALUE
// stores Z21 + Z22·level.
#define LEVEL \
	VPSUBQ Z24, Z16, Z16; VPMAXSQ Z26, Z16, Z16; VPMINSQ Z25, Z16, Z16; VMOVDQU64 Z16, (DI)(DX*1)

#define VALUE \
	VPMULLQ Z22, Z16, Z17; VPADDQ Z21, Z17, Z17; VMOVDQU64 Z17, (R10)(DX*1)

// func stepAVX512(ix *Index, form *[lanes]int64, off, count int64, level, value *[lanes]int64, base, by int64)
TEXT ·stepAVX512(SB), NOSPLIT, $0-64
	MOVQ ix+0(FP), SI
	MOVQ form+8(FP), BX
	MOVQ level+32(FP), DI
	MOVQ value+40(FP), R10
	VPBROADCASTQ off+16(FP), Z24
	VPBROADCASTQ count+24(FP), Z25
	VPBROADCASTQ base+48(FP), Z21
	VPBROADCASTQ by+56(FP), Z22
	VPXORQ Z26, Z26, Z26
	VPBROADCASTQ Index_low(SI), Z27
	VPBROADCASTQ Index_high(SI), Z28
	MOVQ Index_shift(SI), CX
	ANDQ $63, CX
	VMOVQ CX, X29 // width of a segment, or distance of even thresholds
	CMPB Index_even(SI), $0
	JNE  even

	MOVQ $1, AX
	VPBROADCASTQ AX, Z14
	SHLQ CX, AX
	SUBQ $1, AX
	VPBROADCASTQ AX, Z10 // within a segment
	MOVQ Index_levelBits(SI), CX
	ANDQ $63, CX
	VMOVQ CX, X30
	MOVQ $1, AX
	SHLQ CX, AX
	SUBQ $1, AX
	VPBROADCASTQ AX, Z11 // level of a bucket
	MOVQ $0xffffffff, AX
	VPBROADCASTQ AX, Z12 // first bucket of a segment
	MOVQ $63, AX
	VPBROADCASTQ AX, Z13 // width of its buckets
	MOVQ Index_segments(SI), R8
	MOVQ Index_buckets(SI), R9
	XORQ DX, DX

segment:
	OFFSET
	VPSRLQ X29, Z0, Z1
	VMOVDQU64 Z1, (DI)(DX*1)
	ADDQ $64, DX
	CMPQ DX, $512
	JNE  segment
	LOOK(R8, segments)
	XORQ DX, DX

bucket:
	OFFSET
	VPANDQ Z10, Z0, Z0
	VMOVDQU64 (DI)(DX*1), Z2
	VPANDQ Z12, Z2, Z3
	VPSRLQ $32, Z2, Z2
	VPANDQ Z13, Z2, Z2
	VPSRLVQ Z2, Z0, Z4
	VPADDQ Z3, Z4, Z4
	VMOVDQU64 Z4, (DI)(DX*1)
	ADDQ $64, DX
	CMPQ DX, $512
	JNE  bucket
	LOOK(R9, buckets)
	XORQ DX, DX

next:
	OFFSET
	VPANDQ Z10, Z0, Z0
	VMOVDQU64 (DI)(DX*1), Z5
	VPANDQ Z11, Z5, Z16
	VPSRLQ X30, Z5, Z5 // the next threshold
	VPCMPUQ $5, Z5, Z0, K2 // not below it
	VPADDQ Z14, Z16, K2, Z16
	LEVEL
	TESTQ R10, R10
	JEQ  looked
	VALUE

looked:
	ADDQ $64, DX
	CMPQ DX, $512
	JNE  next
	VZEROUPPER
	RET

even:
	XORQ DX, DX

shift:
	OFFSET
	VPSRLQ X29, Z0, Z16
	LEVEL
	TESTQ R10, R10
	JEQ  shifted
	VALUE

shifted:
	ADDQ $64, DX
	CMPQ DX, $512
	JNE  shift
	VZEROUPPER
	RET

// func reachAVX512(threshold int64, form, level, value *[lanes]int64, base, by int64)
TEXT ·reachAVX512(SB), NOSPLIT, $0-48
	MOVQ form+8(FP), BX
	MOVQ level+16(FP), DI
	MOVQ value+24(FP), R10
	VPBROADCASTQ threshold+0(FP), Z1
	VPBROADCASTQ base+32(FP), Z21
	VPBROADCASTQ by+40(FP), Z22
	MOVQ $1, AX
	VPBROADCASTQ AX, Z14
	XORQ DX, DX

reach:
	VMOVDQU64 (BX)(DX*1), Z0
	VPCMPQ $5, Z1, Z0, K1 // not below the threshold
	VMOVDQA64.Z Z14, K1, Z16
	VMOVDQU64 Z16, (DI)(DX*1)
	TESTQ R10, R10
	JEQ  reached
	VALUE

reached:
	ADDQ $64, DX
	CMPQ DX, $512
	JNE  reach
	VZEROUPPER
	RET
