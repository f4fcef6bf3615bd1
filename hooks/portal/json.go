package portal

import (
	"encoding/json/jsontext"
	"strconv"
	"sync"

	"greenroom/hooks/markdown"
)

// row is one row of a statement, ready to be written as JSON.
type row struct {
	columns []column
	values  []any
	plain   bool // whether words that hold Markdown are written as they are alone, and not as HTML too
}

// text gives a column's value as a string.
func (r row) text(name string) string {
	for i, c := range r.columns {
		if c.name == name {
			s, _ := r.values[i].(string)
			return s
		}
	}
	return ""
}

// number gives a column's value as an integer.
func (r row) number(name string) int64 {
	for i, c := range r.columns {
		if c.name == name {
			n, _ := r.values[i].(int64)
			return n
		}
	}
	return 0
}

// open writes the row as a JSON object without its closing brace, so that more members can follow.
func (r row) open(out []byte) []byte {
	for i, c := range r.columns {
		if i == 0 {
			out = append(out, '{')
		} else {
			out = append(out, ',')
		}
		out = append(out, c.key...)
		out = c.appendValue(out, r.values[i])
	}
	if r.plain {
		return out
	}
	for i, c := range r.columns {
		if words, _ := r.values[i].(string); c.html != nil && words != "" {
			out = appendHTML(out, c.html, words)
		}
	}
	return out
}

// appendHTML writes words as HTML, where there is Markdown in them, as another member.
func appendHTML(out, key []byte, words string) []byte {
	html := markdown.HTML(words)
	if html == "" {
		return out
	}
	out = append(append(out, ','), key...)
	out, _ = jsontext.AppendQuote(out, html) // the only error is invalid UTF-8, which it replaces
	return out
}

// without is the row but for one column.
func (r row) without(name string) row {
	other := row{plain: r.plain}
	for i, c := range r.columns {
		if c.name != name {
			other.columns, other.values = append(other.columns, c), append(other.values, r.values[i])
		}
	}
	return other
}

// uncovered is the row with the value of the second column in the place of the first where there is one, and without
// the second.
func (r row) uncovered(name, by string) row {
	words := r.text(by)
	if r = r.without(by); words == "" {
		return r
	}
	for i, c := range r.columns {
		if c.name == name {
			r.values[i] = words
		}
	}
	return r
}

// object writes the row as a JSON object.
func (r row) object(out []byte) []byte { return append(r.open(out), '}') }

func (c column) appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		if c.isJSON && v != "" {
			return append(out, v...)
		}
		start := len(out)
		out, _ = jsontext.AppendQuote(out, v) // the only error is invalid UTF-8, which it replaces
		if c.isTime && len(v) > len("2006-01-02") {
			out[start+1+len("2006-01-02")] = 'T' // stored with a space there; RFC 3339 on the wire
		}
		return out
	case int64:
		if c.isBool {
			return strconv.AppendBool(out, v != 0)
		}
		return strconv.AppendInt(out, v, 10)
	case float64:
		return strconv.AppendFloat(out, v, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(out, v)
	}
	return append(out, "null"...)
}

// list is a JSON array that grows by whole elements.
type list struct {
	out   []byte
	count int
}

func (l *list) add(element func(out []byte) []byte) {
	if l.count++; l.count > 1 {
		l.out = append(l.out, ',')
	}
	l.out = element(l.out)
}

// groups collects finished JSON objects under a key, to be written inside their parents later.
type groups map[string][]byte

func (g groups) add(key string, element func(out []byte) []byte) {
	out := g[key]
	if len(out) > 0 {
		out = append(out, ',')
	}
	g[key] = element(out)
}

// member writes `,"name":[elements]`.
func member(out []byte, name string, elements []byte) []byte {
	out = append(out, `,"`...)
	out = append(out, name...)
	out = append(out, `":[`...)
	out = append(out, elements...)
	return append(out, ']')
}

// buffers are reused from one page to the next.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// maxPooledBytes keeps one exceptional page from holding its memory for ever.
const maxPooledBytes = 1 << 20

// withBuffer lends build an empty buffer for one page.
func withBuffer(build func(out []byte) ([]byte, error), done func(body []byte) error) error {
	b := buffers.Get().(*[]byte)
	body, err := build((*b)[:0])
	if err == nil {
		err = done(body)
	}
	if cap(body) <= maxPooledBytes && body != nil {
		*b = body
		buffers.Put(b)
	}
	return err
}

// MarshalJSON makes a list a member of what encoding/json writes.
func (l list) MarshalJSON() ([]byte, error) { return append(append([]byte{'['}, l.out...), ']'), nil }
