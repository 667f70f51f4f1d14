package ssm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// maxJSONDepth is far above what any header or configuration nests.
const maxJSONDepth = 32

// parseObject reads one JSON object and nothing after it but white space. Unlike
// json.Unmarshal it refuses a key that occurs twice, because two readers that
// pick different copies would see two different models. Numbers stay json.Number.
func parseObject(data []byte) (map[string]any, error) {
	if !utf8.Valid(data) {
		// The decoder would replace bad bytes and could so merge two keys.
		return nil, errors.New("not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	value, err := parseValue(dec, 0)
	if err != nil {
		return nil, cleanEOF(err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("expected a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	return object, nil
}

// pythonNumbers quotes NaN, Infinity and -Infinity, which Python's json module
// writes although they are not JSON; as strings they are no sizes.
func pythonNumbers(data []byte) []byte {
	return pythonNumber.ReplaceAllFunc(data, func(token []byte) []byte {
		if token[0] == '"' {
			return token
		}
		return []byte(strconv.Quote(string(token)))
	})
}

// pythonNumber matches whole strings as well, so that nothing inside one is changed.
var pythonNumber = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

func cleanEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON text ends too early")
	}
	return err
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxJSONDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseMembers(dec, depth)
	case json.Delim('['):
		return parseItems(dec, depth)
	}
	return token, nil
}

func parseMembers(dec *json.Decoder, depth int) (map[string]any, error) {
	object := map[string]any{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("expected a key, found %v", token)
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q occurs twice", key)
		}
		if object[key], err = parseValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

func parseItems(dec *json.Decoder, depth int) ([]any, error) {
	items := []any{}
	for dec.More() {
		item, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := dec.Token()
	return items, err
}

// asCount reads a JSON number written as a plain non-negative integer.
func asCount(value any) (int, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(number.String(), 10, strconv.IntSize-1)
	return int(n), err == nil
}

// asCounts reads a list of such numbers.
func asCounts(value any) ([]int, bool) {
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	counts := make([]int, len(items))
	for i, item := range items {
		if counts[i], ok = asCount(item); !ok {
			return nil, false
		}
	}
	return counts, true
}
