package files

import (
	"net/url"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// maxNameChars is the limit of a file's name.
const maxNameChars = 255

// CleanName makes a file's name safe to show and store: unprintable characters and slashes become "_". Readable
// characters stay.
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

// CutName shortens a name to maxNameChars before its ending, because the ending says which program opens the file.
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

// maxEndingChars is the longest suffix that counts as an ending; a longer one is probably a sentence after a full stop.
const maxEndingChars = 32

// disposition returns a Content-Disposition header with the file's name (RFC 6266): in ASCII for the oldest browsers,
// and in UTF-8 if it differs.
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

// keyOf returns the key of the attachment's file in the store.
func keyOf(attachment *core.Record) string {
	return attachment.BaseFilesPath() + "/" + attachment.GetString("file")
}

func nameOf(key string) string { return path.Base(key) }
