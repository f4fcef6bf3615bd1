package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// minChars is the shortest query: one letter finds nearly everything.
	minChars = 2
	// maxChars and maxTerms bound what one search may ask of the index.
	maxChars = 200
	maxTerms = 12
	// prefixChars is the longest prefix that the index has lists of.
	prefixChars = 4
)

// term is a word, which also stands for all words that begin with it, or a phrase in quotes.
type term struct {
	words  []string // folded, as the index has them
	phrase bool
}

// parse reads a query: words, and phrases in quotes.
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

// match is the query as FTS5 reads it, for the rows of one client where one is given. Of a longer word only the
// beginning is asked for, which the index has a list of: what is found is looked at once more, by in. The terms are
// letters, digits and spaces only, so nothing in them can be taken for an operator.
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

// in tells whether a text has all of the terms.
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

// wordsOf takes a text apart as the index does: runs of letters and digits, without capitals and accents.
func wordsOf(text string) (words []string) {
	for _, t := range tokens(text) {
		words = append(words, t.word)
	}
	return words
}

// token is a word of a text, folded, and the bytes where it stands.
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

// fold is a word without capitals and accents.
func fold(word string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(word) {
		if !unicode.Is(unicode.Mn, r) {
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(out.String())
}
