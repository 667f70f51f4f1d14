//go:build !purego

#include "go_asm.h"
#include "textflag.h"

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
#define V15 Y15
#define WIDTH 32
#define LANES 8
#define TWICE 64

#define EXP_NAME ·expAVX2
#define SIGMOID_NAME ·sigmoidAVX2
#define TANH_NAME ·tanhAVX2
#define SILU_NAME ·siluAVX2
#define GELU_NAME ·geluAVX2
#define SOFTPLUS_NAME ·softplusAVX2
#define AXPY_NAME ·axpyAVX2
#define MULADD_NAME ·mulAddAVX2
#define ADAM_NAME ·adamAVX2
#define TILE1_NAME ·tile1AVX2
#define TILE4_NAME ·tile4AVX2
#define NARROW1_NAME ·narrow1AVX2
#define NARROW4_NAME ·narrow4AVX2
#define SCAN_NAME ·scanAVX2
#define SCAN_STATES_NAME ·scanStatesAVX2
#define SCAN_BACKWARD_NAME ·scanBackwardAVX2

#include "lanes_amd64.h"
