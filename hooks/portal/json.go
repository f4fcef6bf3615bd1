package portal

import (
	"encoding/json/jsontext"
	"strconv"
	"sync"

	"greenroom/hooks/markdown"
)

// row is one row of a result, which can be written as JSON.
type row struct {
	columns []column
	values  []any
	plain   bool // omits the HTML of texts that contain Markdown
}

// text returns a column's value as a string.
func (r row) text(name string) string {
	for i, c := range r.columns {
		if c.name == name {
			s, _ := r.values[i].(string)
			return s
		}
	}
	return ""
}

// number returns a column's value as an integer.
func (r row) number(name string) int64 {
	for i, c := range r.columns {
		if c.name == name {
			n, _ := r.values[i].(int64)
			return n
		}
	}
	return 0
}

// open appends the row as a JSON object without its closing brace, so that members can be added.
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

// appendHTML appends a member with the words as HTML, if they contain Markdown.
func appendHTML(out, key []byte, words string) []byte {
	html := markdown.HTML(words)
	if html == "" {
		return out
	}
	out = append(append(out, ','), key...)
	out, _ = jsontext.AppendQuote(out, html) // the only error is invalid UTF-8, which is replaced
	return out
}

// without returns the row without one column.
func (r row) without(name string) row {
	other := row{plain: r.plain}
	for i, c := range r.columns {
		if c.name != name {
			other.columns, other.values = append(other.columns, c), append(other.values, r.values[i])
		}
	}
	return other
}

// uncovered returns the row without the column "by"; if that has a value, it replaces the value of "name". It shows the
// owner the words of a deleted comment.
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

// object appends the row as a JSON object.
func (r row) object(out []byte) []byte { return append(r.open(out), '}') }

func (c column) appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		if c.isJSON && v != "" {
			return append(out, v...)
		}
		start := len(out)
		out, _ = jsontext.AppendQuote(out, v) // the only error is invalid UTF-8, which is replaced
		if c.isTime && len(v) > len("2006-01-02") {
			out[start+1+len("2006-01-02")] = 'T' // RFC 3339; the database has a space there
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

// list is a JSON array to which whole elements are appended.
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

// groups collects JSON objects by key, to be written inside their parents later.
type groups map[string][]byte

func (g groups) add(key string, element func(out []byte) []byte) {
	out := g[key]
	if len(out) > 0 {
		out = append(out, ',')
	}
	g[key] = element(out)
}

// member appends `,"name":[elements]`.
func member(out []byte, name string, elements []byte) []byte {
	out = append(out, `,"`...)
	out = append(out, name...)
	out = append(out, `":[`...)
	out = append(out, elements...)
	return append(out, ']')
}

// buffers are reused between pages.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// maxPooledBytes is the largest buffer that is reused, so that one exceptional page does not occupy memory for good.
const maxPooledBytes = 1 << 20

// withBuffer builds a page in a reused buffer and passes it to done.
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

// MarshalJSON lets encoding/json write a list.
func (l list) MarshalJSON() ([]byte, error) { return append(append([]byte{'['}, l.out...), ']'), nil }
