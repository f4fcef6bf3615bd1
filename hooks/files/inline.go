package files

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// inlineTypes maps detected content types that a browser may show or play to the names that browsers know. No type in
// it can run a script; files of all other types are downloaded.
var inlineTypes = map[string]string{
	"audio/mpeg":      "audio/mpeg",
	"audio/mp4":       "audio/mp4",
	"audio/x-m4a":     "audio/mp4",
	"audio/aac":       "audio/aac",
	"audio/ogg":       "audio/ogg",
	"application/ogg": "audio/ogg",
	"audio/opus":      "audio/ogg",
	"audio/flac":      "audio/flac",
	"audio/x-flac":    "audio/flac",
	"audio/wav":       "audio/wav",
	"audio/aiff":      "audio/aiff",
	"audio/x-caf":     "audio/x-caf",
	"audio/x-wav":     "audio/wav",
	"audio/wave":      "audio/wav",
	"image/png":       "image/png",
	"image/jpeg":      "image/jpeg",
	"image/gif":       "image/gif",
	"image/webp":      "image/webp",
	"image/avif":      "image/avif",
	"application/pdf": "application/pdf",
}

// served is a file's Content-Type and Content-Disposition.
type served struct{ contentType, disposition string }

// servedAs decides how a file is sent. With ?download it is always saved. A type that is not in inlineTypes is sent as
// unknownType, since a page could load a script under the script's own type.
func servedAs(attachment *core.Record, asked url.Values) served {
	filename := attachment.GetString("filename")
	kind, _, err := mime.ParseMediaType(attachment.GetString("mimeType"))
	if err != nil {
		kind = unknownType
	}
	if kind == "video/mp4" && strings.EqualFold(path.Ext(filename), ".m4a") {
		kind = "audio/mp4" // the same container; some encoders do not mark it as audio alone
	}
	known, ok := inlineTypes[kind]
	switch {
	case !ok:
		return served{unknownType, disposition("attachment", filename)}
	case asked.Has("download"):
		return served{known, disposition("attachment", filename)}
	}
	return served{known, disposition("inline", filename)}
}

func (s served) setHeaders(header http.Header) {
	header.Set("Content-Type", s.contentType)
	header.Set("Content-Disposition", s.disposition)
	header.Set("Cache-Control", cacheControl)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", s.policy())
}

// policy is a Content-Security-Policy that permits a file nothing. PDFs are not sandboxed, because browsers' viewers do
// not open them in a sandbox; scripts in them have no access to the page.
func (s served) policy() string {
	if s.contentType == "application/pdf" {
		return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
	}
	return "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
}

// thumbnailType is the content type that the bucket stores with a file. Only the name is known when an upload begins.
// PocketBase makes thumbnails of objects stored as images; how a file is served does not depend on it.
func thumbnailType(filename string) string {
	switch strings.ToLower(path.Ext(filename)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	}
	return unknownType
}
