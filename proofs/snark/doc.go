// Package snark proves labels.
package snark
