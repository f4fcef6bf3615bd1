package files

import (
	"net/url"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// maxNameChars is the longest name of a file.
const maxNameChars = 255

// CleanName makes a file's name fit for one line, leaving everything that can be read as it is.
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if people.Unprintable(r) || r == '/' || r == '\\' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if name = CutName(name); !people.Visible(strings.Trim(name, ". ")) {
		return "file"
	}
	return name
}

// CutName makes a name short enough before its ending, which says what opens the file.
func CutName(name string) string {
	runes := []rune(name)
	if len(runes) <= maxNameChars {
		return name
	}
	ending := []rune(path.Ext(name))
	if len(ending) > maxEndingChars {
		ending = nil
	}
	return strings.TrimRight(string(runes[:maxNameChars-len(ending)]), " ") + string(ending)
}

// maxEndingChars is the longest that counts as an ending; what is longer is a sentence with a full stop in it.
const maxEndingChars = 32

// disposition is the header by which a browser shows or saves a file under its name (RFC 6266): in ASCII for the
// oldest, in full for the others.
func disposition(kind, filename string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, filename)
	header := kind + `; filename="` + plain + `"`
	if plain != filename {
		header += "; filename*=UTF-8''" + strings.NewReplacer("+", "%20", "*", "%2A", "'", "%27").Replace(url.QueryEscape(filename))
	}
	return header
}

// keyOf is where the attachment's file lies.
func keyOf(attachment *core.Record) string {
	return attachment.BaseFilesPath() + "/" + attachment.GetString("file")
}

func nameOf(key string) string { return path.Base(key) }
