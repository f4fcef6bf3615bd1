// Package markdown turns what people write into HTML: lists, headings, emphasis, quotes, code, and links.
//
// The text is what is stored, searched, mailed and exported; the HTML is made from it when a page is read. No HTML in a
// text counts as such, a link leads to http, https or mailto and nowhere else, and a picture is a link, so that
// nobody's words can run anything or fetch anything on somebody else's page. A line ends where its writer ended it, as
// in a letter, and what is only Markdown to the initiated (a line of dashes that makes the one above it a heading, four
// spaces that make code) is not.
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

// Top is the level of the first headings of a text in HTML, where it stands below a heading of level 3.
const Top = 4

// deepest is the last level that HTML has.
const deepest = 6

// Fields are the fields that may hold Markdown, by collection; the HTML is given beside one, by its name with Html at
// the end.
var Fields = map[string]string{"projects": "description", "milestones": "description", "sessions": "notes", "goals": "description",
	"deliverables": "description", "comments": "body"}

// mark finds what could be Markdown: most comments have nothing of it, and are shown as they are.
var mark = regexp.MustCompile("[*_`\\[\\\\&]|https?://|www\\.|\\S@\\S|(?m:^ {0,3}(?:#|>|~~~|[-+][ \\t\\n-]|\\d{1,9}[.)][ \\t\\n]))")

// HTML is the text as HTML whose first headings are of the level Top; empty where the text has no Markdown in it and is to be
// shown as it is.
func HTML(words string) string { return Below(words, Top-1) }

// Below is HTML with the first headings one level below another.
func Below(words string, level int) string {
	if !mark.MatchString(words) || excessive(words) {
		return ""
	}
	var out bytes.Buffer
	source := []byte(strings.ToValidUTF8(strings.ReplaceAll(words, "\r\n", "\n"), "\ufffd"))
	context := parser.NewContext()
	context.Set(levelKey, level)
	if err := converter.Convert(source, &out, parser.WithContext(context)); err != nil {
		return "" // the only errors are the writer's, which has none
	}
	return out.String()
}

const (
	// maxDepth is how deep quotes and lists may lie in each other: more is nobody's meaning, and work for every browser.
	maxDepth = 16
	// maxLinks is how many links a text may have: the work for them grows with their square.
	maxLinks = 300
)

var nesting = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){17}`)

// excessive tells the texts that are shown as they are, for nobody means them as Markdown.
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

// paragraphs also take lines that begin with four spaces, which are no code here.
type paragraphs struct{ parser.BlockParser }

func (paragraphs) CanAcceptIndentedLine() bool { return true }

// shape puts headings at levels that go on from the page's, without a gap, and lets each block have its own direction.
type shape struct{}

func (shape) Transform(document *ast.Document, _ text.Reader, context parser.Context) {
	above, _ := context.Get(levelKey).(int)
	var open []int                                                                   // the levels, as written, of the headings above a place
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // nothing in it fails
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

// links writes links that may be followed, and of the others the words alone.
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
		if !people.Visible(wordsOf(n, source)) { // a link has to have a name
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

// scheme is how an address begins that may be followed.
var scheme = regexp.MustCompile(`(?i)^(?:https?://[^\s/?#]|mailto:[^\s])`)

// followed gives an address as an attribute, if a link may lead there.
func followed(address []byte) ([]byte, bool) {
	address = util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(address)))
	if !scheme.Match(address) {
		return nil, false
	}
	return util.EscapeHTML(util.URLEscape(address, false)), true
}

// inLink tells whether something stands in the words of a link, where no other link can be.
func inLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

// wordsOf is the text within something.
func wordsOf(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // nothing in it fails
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
