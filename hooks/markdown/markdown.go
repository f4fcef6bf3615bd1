// Package markdown converts what people write to HTML: lists, headings, emphasis, quotes, code and links.
//
// The text is what is stored, searched, mailed and exported; HTML is made from it when a page is read. HTML in a text
// is shown as text, links lead only to http, https and mailto, and pictures become links, so that nobody's text can run
// or load anything on another person's page. Line breaks are kept as written. Setext headings (a line of dashes below a
// text) and indented code are not recognised, because people write such lines without meaning Markdown.
package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"greenroom/hooks/people"
)

// Top is the level of a text's first headings in HTML, for pages on which a text stands below a heading of level 3.
const Top = 4

// deepest is the lowest level of headings in HTML.
const deepest = 6

// Fields are the fields that may contain Markdown, by collection. The HTML is answered beside them, under the field's
// name with the suffix Html.
var Fields = map[string]string{"projects": "description", "milestones": "description", "sessions": "notes", "goals": "description",
	"deliverables": "description", "comments": "body"}

// mark matches what could be Markdown. Most comments have none, and are shown as they are.
var mark = regexp.MustCompile("[*_`\\[\\\\&]|https?://|www\\.|\\S@\\S|(?m:^ {0,3}(?:#|>|~~~|[-+][ \\t\\n-]|\\d{1,9}[.)][ \\t\\n]))")

// HTML returns the text as HTML whose first headings have the level Top, or "" if the text has no Markdown and is to be
// shown as it is.
func HTML(words string) string { return Below(words, Top-1) }

// Below is HTML with the first headings one level below the given one.
func Below(words string, level int) string {
	if !mark.MatchString(words) || excessive(words) {
		return ""
	}
	var out bytes.Buffer
	source := []byte(strings.ToValidUTF8(strings.ReplaceAll(words, "\r\n", "\n"), "\ufffd"))
	context := parser.NewContext()
	context.Set(levelKey, level)
	if err := converter.Convert(source, &out, parser.WithContext(context)); err != nil {
		return "" // the only possible errors are of writing, and a buffer has none
	}
	return out.String()
}

const (
	// maxDepth limits the nesting of quotes and lists. Nobody means deeper ones, and they cost browsers time.
	maxDepth = 16
	// maxLinks limits the links of a text, because the time to parse them grows with the square of their number.
	maxLinks = 300
)

var nesting = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){17}`)

// excessive reports whether a text exceeds the limits, and is therefore shown as it is.
func excessive(words string) bool {
	return nesting.MatchString(words) || strings.Count(words, "](") > maxLinks || strings.Contains(words, strings.Repeat("[", 4*maxDepth)) || strings.Contains(words, strings.Repeat(" ", 6*maxDepth))
}

var levelKey = parser.NewContextKey()

var converter = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
		),
		parser.WithASTTransformers(util.Prioritized(shape{}, 100)),
	)),
	goldmark.WithRenderer(renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(links{}, 100),
		util.Prioritized(html.NewRenderer(html.WithHardWraps()), 1000),
	))),
)

// paragraphs may begin with four spaces, since indented code is not recognised.
type paragraphs struct{ parser.BlockParser }

func (paragraphs) CanAcceptIndentedLine() bool { return true }

// shape moves headings to consecutive levels below the page's own, and gives each block its own text direction.
type shape struct{}

func (shape) Transform(document *ast.Document, _ text.Reader, context parser.Context) {
	above, _ := context.Get(levelKey).(int)
	var open []int                                                                   // levels, as written, of the open headings
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the callback returns no errors
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			for len(open) > 0 && open[len(open)-1] >= n.Level {
				open = open[:len(open)-1]
			}
			open = append(open, n.Level)
			n.Level = min(above+len(open), deepest)
			n.SetAttributeString("dir", []byte("auto"))
		case *ast.Paragraph, *ast.ListItem:
			n.SetAttributeString("dir", []byte("auto"))
		}
		return ast.WalkContinue, nil
	})
}

// links renders links to allowed addresses; of other links only the text.
type links struct{}

func (links) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		return link(w, source, n, n.(*ast.Link).Destination, entering)
	})
	r.Register(ast.KindImage, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if inLink(n) {
			return ast.WalkContinue, nil
		}
		return link(w, source, n, n.(*ast.Image).Destination, entering)
	})
	r.Register(ast.KindAutoLink, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		auto := n.(*ast.AutoLink)
		address := auto.URL(source)
		if auto.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(address), []byte("mailto:")) {
			address = append([]byte("mailto:"), address...)
		}
		to, ok := followed(address)
		ok = ok && !inLink(n)
		if ok {
			begin(w, to)
		}
		_, _ = w.Write(util.EscapeHTML(auto.Label(source)))
		if ok {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
}

func link(w util.BufWriter, source []byte, n ast.Node, destination []byte, entering bool) (ast.WalkStatus, error) {
	to, ok := followed(destination)
	switch {
	case !ok:
	case entering:
		begin(w, to)
		if !people.Visible(wordsOf(n, source)) { // a link needs a name
			_, _ = w.Write(util.EscapeHTML(destination))
		}
	default:
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkContinue, nil
}

func begin(w util.BufWriter, to []byte) {
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(to)
	_, _ = w.WriteString(`" rel="nofollow noopener noreferrer">`)
}

// scheme matches the beginning of an allowed address.
var scheme = regexp.MustCompile(`(?i)^(?:https?://[^\s/?#]|mailto:[^\s])`)

// followed returns an address as the value of an attribute, and whether a link may lead to it.
func followed(address []byte) ([]byte, bool) {
	address = util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(address)))
	if !scheme.Match(address) {
		return nil, false
	}
	return util.EscapeHTML(util.URLEscape(address, false)), true
}

// inLink reports whether a node is inside a link, which cannot contain another link.
func inLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

// wordsOf returns the text inside a node.
func wordsOf(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the callback returns no errors
		if entering {
			switch n := n.(type) {
			case *ast.Text:
				out.Write(n.Segment.Value(source))
			case *ast.String:
				out.Write(n.Value)
			case *ast.AutoLink:
				out.Write(n.Label(source))
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}
