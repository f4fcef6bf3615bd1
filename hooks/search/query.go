package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// minChars is the length of the shortest query. One letter would match nearly everything.
	minChars = 2
	// maxChars and maxTerms limit the work of one search.
	maxChars = 200
	maxTerms = 12
	// prefixChars is the length of the longest prefixes in the index.
	prefixChars = 4
)

// term is a word, which matches all words that begin with it, or a quoted phrase, which matches exactly.
type term struct {
	words  []string // folded, as in the index
	phrase bool
}

// parse reads a query of words and quoted phrases. Further terms than maxTerms are ignored.
func parse(query string) (terms []term) {
	for i, part := range strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`).Replace(query), `"`) {
		words := wordsOf(part)
		if i%2 == 1 && len(words) > 0 {
			terms = append(terms, term{words, true})
			continue
		}
		for _, w := range words {
			terms = append(terms, term{[]string{w}, false})
		}
	}
	return terms[:min(len(terms), maxTerms)]
}

// match returns the query in FTS5's syntax, limited to one client's rows if client is set. Of a longer word only the
// first prefixChars are looked up, by the prefix index; function in then checks each hit. The terms contain only
// letters, digits and spaces, so nothing in them is an operator.
func match(terms []term, client string) string {
	var parts []string
	for _, t := range terms {
		if t.phrase {
			parts = append(parts, `"`+strings.Join(t.words, " ")+`"`)
			continue
		}
		beginning := []rune(t.words[0])
		parts = append(parts, `"`+string(beginning[:min(len(beginning), prefixChars)])+`"*`)
	}
	out := "words : (" + strings.Join(parts, " AND ") + ")"
	if client != "" {
		out = `client : "` + client + `" AND ` + out
	}
	return out
}

// in reports whether a text contains all terms.
func in(text string, terms []term) bool {
	all := tokens(text)
	for _, t := range terms {
		there := false
		for i := range all {
			if t.at(all[i:]) > 0 {
				there = true
				break
			}
		}
		if !there {
			return false
		}
	}
	return true
}

// wordsOf splits a text as the index does: into runs of letters and digits, in small letters and without accents.
func wordsOf(text string) (words []string) {
	for _, t := range tokens(text) {
		words = append(words, t.word)
	}
	return words
}

// token is a folded word of a text, and the byte offsets of the original.
type token struct {
	word     string
	from, to int
}

func tokens(text string) (out []token) {
	from := -1
	flush := func(to int) {
		if from >= 0 {
			if word := fold(text[from:to]); word != "" {
				out = append(out, token{word, from, to})
			}
			from = -1
		}
	}
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Co, r) || from >= 0 && unicode.Is(unicode.Mn, r) {
			if from < 0 {
				from = i
			}
			continue
		}
		flush(i)
	}
	flush(len(text))
	return out
}

// fold returns a word in small letters without accents.
func fold(word string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(word) {
		if !unicode.Is(unicode.Mn, r) {
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(out.String())
}
