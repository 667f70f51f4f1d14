package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// damages are the ways in which scripts spoil a file.
var damages = map[string]func(data []byte) ([]byte, error){
	"empty":    func([]byte) ([]byte, error) { return nil, nil },
	"truncate": func(data []byte) ([]byte, error) { return data[:len(data)/2], nil },
	"cut":      func(data []byte) ([]byte, error) { return data[:len(data)-1], nil },
	"extend":   func(data []byte) ([]byte, error) { return append(data, make([]byte, 100)...), nil },
	// Circuit files: the first counts of the header become 2^62.
	"counts": func(data []byte) ([]byte, error) {
		huge := binary.AppendUvarint(nil, 1<<62)
		return slices.Concat(data[:9], huge, huge, huge, data[20:]), nil
	},
	// Safetensors files.
	"header": func(data []byte) ([]byte, error) {
		binary.LittleEndian.PutUint64(data, 1<<62)
		return data, nil
	},
	"rename": tensorDamage(func(name string, _ map[string]any, _ []byte) string { return name + "_x" }),
	"nan": tensorDamage(func(name string, _ map[string]any, values []byte) string {
		copy(values, []byte{0, 0, 0xc0, 0x7f}) // a float32
		return name
	}),
	"shape": tensorDamage(func(name string, tensor map[string]any, _ []byte) string {
		shape := tensor["shape"].([]any)
		size := 1.0
		for _, n := range shape {
			size *= n.(float64)
		}
		tensor["shape"] = []float64{size}
		return name
	}),
}

// tensorDamage changes the first tensor with more than one dimension; change
// returns its new name.
func tensorDamage(change func(name string, tensor map[string]any, values []byte) string) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		end := 8 + binary.LittleEndian.Uint64(data)
		var header map[string]map[string]any
		if err := json.Unmarshal(data[8:end], &header); err != nil {
			return nil, err
		}
		var names []string
		for name, tensor := range header {
			if shape, ok := tensor["shape"].([]any); ok && len(shape) > 1 {
				names = append(names, name)
			}
		}
		name := slices.Min(names)
		tensor := header[name]
		first := uint64(tensor["data_offsets"].([]any)[0].(float64))
		delete(header, name)
		header[change(name, tensor, data[end+first:])] = tensor
		text, err := json.Marshal(header)
		return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data[end:]), err
	}
}

func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[1])
	damage, ok := damages[args[0]]
	if !ok {
		ts.Fatalf("no damage %q", args[0])
	}
	data, err := os.ReadFile(path)
	ts.Check(err)
	spoilt, err := damage(bytes.Clone(data))
	ts.Check(err)
	if bytes.Equal(spoilt, data) {
		ts.Fatalf("%s is not damaged", path)
	}
	ts.Check(os.WriteFile(path, spoilt, 0o644))
}

// scriptShift changes one threshold: the bank gets a table of its own, in which one
// entry differs.
func scriptShift(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[2])
	delta, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	lines := strings.Split(ts.ReadFile(args[2]), "\n")
	stage, last, tables := "", 0, map[string][]string{}
	for i, line := range lines {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "stage ") && f[2] == strconv.Quote(args[0]):
			stage = f[1][1:]
		case strings.HasPrefix(line, "table "):
			tables[f[1]], last = f[2:], i
		case strings.HasPrefix(line, "level ") && f[len(f)-1] == stage:
			// level b1 f1 t1 off=0 stride=1 gates=1 @ node part stage
			own, off := slices.Clone(tables[f[3]]), 0
			_, err := fmt.Sscanf(f[4], "off=%d", &off)
			ts.Check(err)
			v, err := strconv.ParseInt(own[off], 10, 64)
			ts.Check(err)
			own[off] = strconv.FormatInt(v+delta, 10)
			f[3] = ""
			for name, t := range tables {
				if slices.Equal(t, own) {
					f[3] = name
				}
			}
			if f[3] == "" {
				f[3] = fmt.Sprintf("t%d", len(tables))
				lines[last] += "\ntable " + f[3] + " " + strings.Join(own, " ")
				lines[1] = strings.Replace(lines[1], fmt.Sprintf("tables=%d", len(tables)), fmt.Sprintf("tables=%d", len(tables)+1), 1)
			}
			lines[i] = strings.Join(f, " ")
			ts.Check(os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644))
			ts.Setenv("bank", f[1][1:])
			return
		}
	}
	ts.Fatalf("no level bank of stage %q in %s", args[0], path)
}
