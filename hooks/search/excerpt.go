package search

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	excerptBytes = 220 // about three lines on a phone
	leadBytes    = 60  // before the first word that was found
)

// excerpt returns the part of a text around the first match, as HTML whose only element is <mark>.
func excerpt(text string, terms []term) string {
	all := tokens(text)
	marked := make([]bool, len(all))
	first := -1
	for i := range all {
		for _, t := range terms {
			if n := t.at(all[i:]); n > 0 {
				for j := range n {
					marked[i+j] = true
				}
				if first < 0 {
					first = i
				}
			}
		}
	}
	start := 0
	if first >= 0 && all[first].from > leadBytes {
		start = wordStart(text, all[first].from-leadBytes)
	}
	end := len(text)
	if end-start > excerptBytes {
		end = wordEnd(text, start+excerptBytes)
	}
	var out strings.Builder
	if start > 0 {
		out.WriteString("… ")
	}
	at := start
	for i, t := range all {
		if !marked[i] || t.from < start || t.to > end {
			continue
		}
		out.WriteString(html.EscapeString(text[at:t.from]))
		out.WriteString("<mark>" + html.EscapeString(text[t.from:t.to]) + "</mark>")
		at = t.to
	}
	out.WriteString(html.EscapeString(text[at:end]))
	if end < len(text) {
		out.WriteString(" …")
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// at returns how many tokens the term matches at the beginning of tokens, or 0.
func (t term) at(tokens []token) int {
	if len(tokens) < len(t.words) {
		return 0
	}
	if !t.phrase {
		if strings.HasPrefix(tokens[0].word, t.words[0]) {
			return 1
		}
		return 0
	}
	if slices.EqualFunc(tokens[:len(t.words)], t.words, func(token token, word string) bool { return token.word == word }) {
		return len(t.words)
	}
	return 0
}

// wordStart returns the first beginning of a word at or after a byte offset.
func wordStart(text string, at int) int {
	for !utf8.RuneStart(text[at]) {
		at--
	}
	if i := strings.IndexAny(text[at:], " \n\t"); i >= 0 && i < leadBytes {
		return at + i + 1
	}
	return at
}

// wordEnd returns the last end of a word at or before a byte offset.
func wordEnd(text string, at int) int {
	for !utf8.RuneStart(text[at]) {
		at--
	}
	if i := strings.LastIndexAny(text[:at], " \n\t"); i > at-leadBytes {
		return i
	}
	return at
}
