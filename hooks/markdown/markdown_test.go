package markdown_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"greenroom/hooks/markdown"
)

func TestMarkdownHTML(t *testing.T) {
	for text, want := range map[string]string{
		"A plain line.\n  And – another: one, 3 dB (down)!": "",
		"":                                    "",
		"1984 was a year.":                    "",
		"- one\n- two":                        "<ul>\n<li dir=\"auto\">one</li>\n<li dir=\"auto\">two</li>\n</ul>\n",
		"To do:\n- one\n- two":                "<p dir=\"auto\">To do:</p>\n<ul>\n<li dir=\"auto\">one</li>\n<li dir=\"auto\">two</li>\n</ul>\n",
		"3. three\n4. four":                   "<ol start=\"3\">\n<li dir=\"auto\">three</li>\n<li dir=\"auto\">four</li>\n</ol>\n",
		"**loud** and *soft*\nnew line":       "<p dir=\"auto\"><strong>loud</strong> and <em>soft</em><br>\nnew line</p>\n",
		"> quoted":                            "<blockquote>\n<p dir=\"auto\">quoted</p>\n</blockquote>\n",
		"`x < y`":                             "<p dir=\"auto\"><code>x &lt; y</code></p>\n",
		"```\n<b>\n```":                       "<pre><code>&lt;b&gt;\n</code></pre>\n",
		"# One\n### Three\n# Two":             "<h4 dir=\"auto\">One</h4>\n<h5 dir=\"auto\">Three</h5>\n<h4 dir=\"auto\">Two</h4>\n",
		"### Only":                            "<h4 dir=\"auto\">Only</h4>\n",
		"# 1\n## 2\n### 3\n#### 4":            "<h4 dir=\"auto\">1</h4>\n<h5 dir=\"auto\">2</h5>\n<h6 dir=\"auto\">3</h6>\n<h6 dir=\"auto\">4</h6>\n",
		"Sound\n-----":                        "<p dir=\"auto\">Sound</p>\n<hr>\n",
		"    four *spaces*":                   "<p dir=\"auto\">four <em>spaces</em></p>\n",
		"<take> & *this*":                     "<p dir=\"auto\">&lt;take&gt; &amp; <em>this</em></p>\n",
		"AT&T &copy; &lt;b&gt;":               "<p dir=\"auto\">AT&amp;T © &lt;b&gt;</p>\n",
		"see https://example.com/a?b=1&c=2.":  "<p dir=\"auto\">see <a href=\"https://example.com/a?b=1&amp;c=2\" rel=\"nofollow noopener noreferrer\">https://example.com/a?b=1&amp;c=2</a>.</p>\n",
		"www.example.com":                     "<p dir=\"auto\"><a href=\"http://www.example.com\" rel=\"nofollow noopener noreferrer\">www.example.com</a></p>\n",
		"ana@example.com":                     "<p dir=\"auto\"><a href=\"mailto:ana@example.com\" rel=\"nofollow noopener noreferrer\">ana@example.com</a></p>\n",
		"[the mix](https://example.com/mix)":  "<p dir=\"auto\"><a href=\"https://example.com/mix\" rel=\"nofollow noopener noreferrer\">the mix</a></p>\n",
		"![cover](https://example.com/c.png)": "<p dir=\"auto\"><a href=\"https://example.com/c.png\" rel=\"nofollow noopener noreferrer\">cover</a></p>\n",
		"[ ](https://example.com)":            "<p dir=\"auto\"><a href=\"https://example.com\" rel=\"nofollow noopener noreferrer\">https://example.com </a></p>\n",
		"a\r\n- b\r\n- c":                     "<p dir=\"auto\">a</p>\n<ul>\n<li dir=\"auto\">b</li>\n<li dir=\"auto\">c</li>\n</ul>\n",
		"[![pic](https://a.example)](https://b.example)": "<p dir=\"auto\"><a href=\"https://b.example\" rel=\"nofollow noopener noreferrer\">pic</a></p>\n",
	} {
		if got := markdown.HTML(text); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", text, got, want)
		}
	}
	if got, want := markdown.Below("# A", 1), "<h2 dir=\"auto\">A</h2>\n"; got != want {
		t.Errorf("below the page's title: %q", got)
	}
}

// attacks are known attacks on Markdown parsers. Each must come out as text, with links to allowed addresses only.
var attacks = []string{
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>*a*", "<svg/onload=alert(1)>\n\n- a", "<!-- *a* -->", "<a href=\"javascript:alert(1)\">*x*</a>",
	"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](&#x6A;avascript&colon;alert(1))", "[x](java\\\nscript:alert(1))",
	"[x](java&Tab;script:alert(1))", "[x](\\javascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)", "[x](file:///etc/passwd)",
	"![x](data:image/svg+xml;base64,PHN2Zz4=)", "![x](javascript:alert(1))", "<javascript:alert(1)>", "<data:text/html,x>", "[x](//evil.example)", "[x](/projects/1)", "[x](#top)",
	"[x](https:javascript:alert(1))", "[x](http://)", "[x](https://a.example\"onmouseover=alert(1))", "[x](https://a.example '\"onmouseover=\"alert(1)')",
	"[x]: javascript:alert(1)\n\n[x]", "[x]: https://a.example \"t\" onclick=1\n\n[x]", "[a](https://x.example/<script>)", "https://a.example/\"onclick=alert(1)", "`</code><script>`",
	"```\"><script>\n</pre><script>\n```", "# <script>", "# a {onclick=alert(1)}", "a {#id .class onclick=x}\n- b", "[x](mailto:a@b.example?subject=\"><script>)", "[<img src=x>](https://a.example)",
	"![<img src=x onerror=y>](https://a.example)", "*<b*>", "&lt;script&gt; *a*", "&#60;script&#62; *a*", "\u0000[x](javascript\u0000:alert(1))", "[x](\u0001javascript:alert(1))", "\xff\xfe[x](https://a.example)",
	"[x](ftp://a.example)", "<ftp://a.example>", "<a@b.example>", "[x](https://user:pw@a.example)", "[x](<javascript:alert(1)>)", "[x](  javascript:alert(1))", "[a]( https://x.example\tonload=x )",
}

var allowed = map[string]string{"p": "dir", "ul": "", "ol": "start", "li": "dir", "h4": "dir", "h5": "dir", "h6": "dir", "strong": "", "em": "", "code": "class", "pre": "", "blockquote": "",
	"br": "", "hr": "", "a": "href rel"}

// harmless fails the test if the HTML contains anything but what is allowed.
func harmless(t *testing.T, text, out string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(out))
	depth := 0
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if depth != 0 {
				t.Errorf("%q leaves %d elements open: %s", text, depth, out)
			}
			return
		case html.StartTagToken:
			token := tokens.Token()
			attributes, known := allowed[token.Data]
			if !known {
				t.Errorf("%q makes <%s>: %s", text, token.Data, out)
			}
			for _, a := range token.Attr {
				if !strings.Contains(" "+attributes+" ", " "+a.Key+" ") {
					t.Errorf("%q makes %s=%q: %s", text, a.Key, a.Val, out)
				}
				if a.Key == "href" && !regexp.MustCompile(`^(?i)(https?://[^\s"'<>]|mailto:)`).MatchString(a.Val) {
					t.Errorf("%q leads to %q: %s", text, a.Val, out)
				}
				if a.Key == "class" && !strings.HasPrefix(a.Val, "language-") {
					t.Errorf("%q makes a class %q", text, a.Val)
				}
			}
			if token.Data == "a" && !strings.Contains(out, `rel="nofollow noopener noreferrer"`) {
				t.Errorf("%q: %s", text, out)
			}
			if token.Data != "br" && token.Data != "hr" {
				depth++
			}
		case html.EndTagToken:
			depth--
		case html.CommentToken, html.DoctypeToken:
			t.Errorf("%q makes a comment: %s", text, out)
		}
	}
}

func TestNothingRuns(t *testing.T) {
	for _, attack := range attacks {
		for _, text := range []string{attack, "- " + attack, "> " + attack, "# " + attack, "**" + attack + "**", "[" + attack + "](https://a.example)", attack + "\n" + attack} {
			harmless(t, text, markdown.HTML(text))
		}
	}
}

func FuzzNothingRuns(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Fuzz(func(t *testing.T, text string) { harmless(t, text, markdown.HTML(text)) })
}

// Every word that is not an address stays readable, whatever the parser took it for.
func TestNoWordIsLost(t *testing.T) {
	for _, text := range []string{"    one *two*\n\tthree", "[note]: bring cables\n\n*four*", "- one\n\n      two\n\n   three", "> one\ntwo\n- three\n    four", "1) one\n2) two\nthree", "* one\n\n\n\n\n    two",
		"<one> *two* </three>", "<!-- one --> *two*", "<?one two?> *a*", "<![CDATA[ one ]]> *a*", "one | two\n--- | ---\nthree | *four*", "[one][two]", "![one][two]", "[^one]: two *a*", "*one\n\ntwo*", "# one\ntwo\n=====\nthree"} {
		out := markdown.HTML(text)
		if out == "" {
			t.Errorf("%q is not taken for Markdown", text)
		}
		for _, word := range regexp.MustCompile("[a-zA-Z]+").FindAllString(text, -1) {
			if !strings.Contains(out, word) {
				t.Errorf("%q loses %q: %q", text, word, out)
			}
		}
	}
}

// Texts that take other parsers minutes take this one no longer than a page may.
func TestNothingTakesLong(t *testing.T) {
	const most = 100_000 // the longest notes
	for _, part := range []string{"[", "![", "*a ", "**a _b ", "`", "> ", "- ", "1. ", "a@b", "http://", "www.", "<a", "](", "[a](", "\\", "&#", "*", "_", "*_", "#\n", "- a\n  ", "```\n", "~~~", "(", "[](", "<", "\"", "a**b", "[a]: b\n"} {
		text := strings.Repeat(part, most/len(part))
		start := time.Now()
		out := markdown.HTML(text)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%d times %q take %v", most/len(part), part, took)
		} else {
			t.Logf("%q: %v, %d bytes", part, took, len(out))
		}
	}
}

func BenchmarkComment(b *testing.B) {
	text := "The *snare* is late in the second chorus.\n\n- bar 12\n- bar 14\n\nSee https://example.com/notes"
	for b.Loop() {
		markdown.HTML(text)
	}
}

func BenchmarkPlainComment(b *testing.B) {
	text := strings.Repeat("The snare is late in the second chorus. ", 5)
	for b.Loop() {
		markdown.HTML(text)
	}
}
