package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
)

// WriteJSONL writes rows as objects, one a line.
func (p *Problem) WriteJSONL(w io.Writer, rows iter.Seq[Row]) error {
	name, err := json.Marshal(p.name)
	if err != nil {
		return fmt.Errorf("the name of %s: %w", p.name, err)
	}
	head := `{"problem":` + string(name) + `,"seed":`
	b := newBlock(w)
	for row := range rows {
		b.bytes = append(b.bytes, head...)
		b.bytes = strconv.AppendUint(b.bytes, row.Seed, 10)
		b.bytes = append(b.bytes, `,"input":`...)
		b.bytes = appendArray(b.bytes, row.Input)
		b.bytes = append(b.bytes, `,"target":`...)
		b.bytes = appendArray(b.bytes, row.Target)
		b.bytes = append(b.bytes, "}\n"...)
		if err := b.spill(); err != nil {
			return err
		}
	}
	return b.flush()
}

func appendArray(b []byte, xs []int) []byte {
	b = append(b, '[')
	for i, x := range xs {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(x), 10)
	}
	return append(b, ']')
}

// ReadJSONL reads one object a line, in any layout and order of keys that JSON allows.
// Each line has the four keys once and no others, and is of this problem by name. The
// name given is that of the file, for errors; the first error ends the rows.
func (p *Problem) ReadJSONL(r io.Reader, name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p.readRows(newLines(r, name), p.parseJSON, yield)
	}
}

// objectKeys are the keys of a line in the order written.
var objectKeys = [...]string{"problem", "seed", "input", "target"}

func (p *Problem) parseJSON(row *Row, line []byte) error {
	var problem string
	row.Input, row.Target = row.Input[:0], row.Target[:0]
	err := parseObject(line, [len(objectKeys)]any{&problem, &row.Seed, &row.Input, &row.Target})
	if err != nil {
		return err
	}
	if problem != p.name {
		return fmt.Errorf("the row is of problem %s: expected %s", abridged([]byte(problem)), p.name)
	}
	if len(row.Input) > MaxLength {
		return fmt.Errorf("length %d: %w", len(row.Input), errLength)
	}
	return p.Check(*row)
}

// parseObject reads one object whose keys are objectKeys, each once, into fields.
func parseObject(line []byte, fields [len(objectKeys)]any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New(`not an object: expected {"problem":…,"seed":…,"input":[…],"target":[…]}`)
	}
	var seen [len(objectKeys)]bool
	for d.More() {
		if err := parseField(d, fields, &seen); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errors.New("the object has no end")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text after the object: expected one object a line")
	}
	for i, key := range objectKeys {
		if !seen[i] {
			return fmt.Errorf("key %q is missing", key)
		}
	}
	return nil
}

func parseField(d *json.Decoder, fields [len(objectKeys)]any, seen *[len(objectKeys)]bool) error {
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	key, _ := t.(string)
	for i, want := range objectKeys {
		if key != want {
			continue
		}
		if seen[i] {
			return fmt.Errorf("key %q occurs twice", key)
		}
		seen[i] = true
		return parseValue(d, key, fields[i])
	}
	return fmt.Errorf("key %s: the keys are problem, seed, input, target", abridged([]byte(key)))
}

// parseValue decodes a value that is not null: null would leave the field as it was.
func parseValue(d *json.Decoder, key string, field any) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return fmt.Errorf("key %q: %w", key, err)
	}
	wrong := (*json.UnmarshalTypeError)(nil)
	err := json.Unmarshal(raw, field)
	switch {
	case bytes.Equal(raw, []byte("null")):
		return fmt.Errorf("key %q is null", key)
	case errors.As(err, &wrong):
		return fmt.Errorf("key %q holds a %s: expected %s", key, wrong.Value, expectedJSON[key])
	case err != nil:
		return fmt.Errorf("key %q: %w", key, err)
	}
	return nil
}

var expectedJSON = map[string]string{
	"problem": "a text",
	"seed":    "a number from 0 to 2^64−1",
	"input":   "a list of element numbers",
	"target":  "a list of element numbers",
}
