package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// The functions of this file turn a column of an old row into a value of a new record.

func (c *converter) wrong(r row, what string) {
	c.out.problems = append(c.out.problems, r.String()+": "+what+".")
}

// time returns a date or time in the stored form; "" for an empty column.
func (c *converter) time(r row, column string) string {
	text := r.text(column)
	if text == "" {
		return ""
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return database.Stored(t)
		}
	}
	c.wrong(r, column+" is "+strconv.Quote(text)+", which is no date")
	return ""
}

// largestNumber is 2 to the power of 53, up to which JSON's numbers are exact.
const largestNumber = 1 << 53

func (c *converter) number(r row, column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 && column != "sortOrder" || !(math.Abs(n) < largestNumber) { // NaN is not smaller
		c.wrong(r, column+" is "+strconv.Quote(text)+", which is no number that can be taken")
		return 0
	}
	return int64(math.Round(n))
}

// one returns the value of an enumeration; otherwise if the column is empty.
func (c *converter) one(r row, column string, values []string, otherwise string) string {
	text := strings.ToUpper(r.text(column))
	if text == "" {
		return otherwise
	}
	for _, v := range values {
		if strings.ToUpper(v) == text {
			return v
		}
	}
	c.wrong(r, fmt.Sprintf("%s is %q, which is none of %s", column, r.text(column), strings.Join(values, ", ")))
	return ""
}

// parent returns the new id of the record that an old relation names; "" if it is empty and not needed.
func (c *converter) parent(r row, column, collection string, needed bool) string {
	old := r.text(column)
	switch {
	case old == "" && needed:
		c.wrong(r, "it has no "+column)
		return ""
	case old == "":
		return ""
	case !c.known[collection+" "+old]:
		c.wrong(r, fmt.Sprintf("its %s is %s, which is not there", column, old))
		return ""
	}
	return NewId(old)
}

// NewIdOrNone returns NewId of an old id, and "" for "".
func NewIdOrNone(old string) string {
	if old == "" {
		return ""
	}
	return NewId(old)
}

func (c *converter) title(r row, v map[string]any, kind string) {
	title := strings.Join(strings.Fields(r.text("title")), " ")
	if title == "" {
		title = "Untitled " + kind
		c.out.notes = append(c.out.notes, r.String()+" has no title and is called “"+title+"”.")
	}
	v["title"] = title
}

// checkLimits reports texts that are longer than the field for them.
func (c *converter) checkLimits(collection string, r row, v map[string]any) {
	ours, err := c.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		c.wrong(r, err.Error())
		return
	}
	for _, name := range sortedKeys(v) {
		field, ok := ours.Fields.GetByName(name).(*core.TextField)
		text, isText := v[name].(string)
		if !ok || !isText || field.Max == 0 {
			continue
		}
		if n := utf8.RuneCountInString(text); n > field.Max {
			c.wrong(r, fmt.Sprintf("its %s has %d characters, and %d are the most", name, n, field.Max))
		}
		if strings.ContainsRune(text, 0) {
			c.wrong(r, "its "+name+" has a character that is no text")
		}
	}
}
