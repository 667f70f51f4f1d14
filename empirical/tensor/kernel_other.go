//go:build !amd64 || purego

package tensor

func detect() *kernels { return nil }
