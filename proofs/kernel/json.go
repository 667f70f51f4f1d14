package kernel

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object reads one JSON object in which no key occurs twice, so that no two readers
// can see different values. Numbers stay json.Number.
func object(data []byte, name string) map[string]any {
	require(utf8.Valid(data), "%s: is no UTF-8", name)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	o, ok := value(d, name, 0).(map[string]any)
	require(ok, "%s: is no JSON object", name)
	_, err := d.Token()
	require(err == io.EOF, "%s: text follows the JSON object", name)
	return o
}

func value(d *json.Decoder, name string, depth int) any {
	token, err := d.Token()
	require(err == nil && depth < 32, "%s: is no JSON, or nested too deep", name)
	kind, nested := token.(json.Delim)
	if !nested {
		return token
	}
	object, list := map[string]any{}, []any{}
	for d.More() {
		x := value(d, name, depth+1)
		if kind == '[' {
			list = append(list, x)
			continue
		}
		key, _ := x.(string)
		_, twice := object[key]
		require(!twice, "%s: the key %q occurs twice", name, key)
		object[key] = value(d, name, depth+1)
	}
	_, err = d.Token()
	require(err == nil, "%s: is no JSON", name)
	if kind == '[' {
		return list
	}
	return object
}

// pythonNumbers quotes NaN and Infinity, which Python writes although they are not JSON.
func pythonNumbers(data []byte) []byte {
	return pythonNumber.ReplaceAllFunc(data, func(token []byte) []byte {
		if token[0] == '"' {
			return token
		}
		return []byte(strconv.Quote(string(token)))
	})
}

// pythonNumber matches whole strings as well, so that nothing inside one changes.
var pythonNumber = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

// count is a JSON number that is a size.
func count(v any) int {
	n, _ := v.(json.Number)
	x, err := strconv.ParseUint(n.String(), 10, 40)
	require(err == nil, "%v is no size", v)
	return int(x)
}

func counts(v any) (sizes []int) {
	list, ok := v.([]any)
	require(ok, "%v is no list of sizes", v)
	for _, x := range list {
		sizes = append(sizes, count(x))
	}
	return sizes
}

// canonical reads JSON of a known type; the text must be the one that writing the
// value anew gives, so nothing is unknown, missing or spelled in another way.
func canonical(data []byte, v any, name string) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	require(d.Decode(v) == nil, "%s: is not the JSON of its format", name)
	require(bytes.Equal(encode(v), data), "%s: is not in its canonical form", name)
}

// encode is the canonical text of a value.
func encode(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	require(err == nil, "cannot be written: %v", err)
	return append(text, '\n')
}

// differences says where the texts of two values of one type differ, line by line.
func differences(claimed, found any) string {
	var all []string
	lines := func(v any) []string { return strings.Split(string(encode(v)), "\n") }
	have := lines(found)
	for i, line := range lines(claimed) {
		if i < len(have) && line != have[i] {
			all = append(all, strings.Trim(line, " ,")+" for "+strings.Trim(have[i], " ,"))
		}
	}
	return strings.Join(all, ", ")
}
