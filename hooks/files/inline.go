package files

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// shown are the types of files that a browser may show or play by itself, under the names that browsers know. Nothing
// that can carry a script is one of them: everything else is saved, not opened.
var shown = map[string]string{
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

// served is how a file is sent: as what, and whether to be shown or saved.
type served struct{ contentType, disposition string }

// servedAs decides how a file is sent; asked for with ?download it is saved, whatever it is. The type of a file that is
// not shown is nobody's business but the owner's: under its own one, a script could be loaded by a page.
func servedAs(attachment *core.Record, asked url.Values) served {
	filename := attachment.GetString("filename")
	kind, _, err := mime.ParseMediaType(attachment.GetString("mimeType"))
	if err != nil {
		kind = unknownType
	}
	if kind == "video/mp4" && strings.EqualFold(path.Ext(filename), ".m4a") {
		kind = "audio/mp4" // the same container; some encoders do not say that there is only sound in it
	}
	known, ok := shown[kind]
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

// policy lets a file do nothing. A browser's own viewer of PDFs does not open in a sandbox, and gives their scripts no
// page of ours.
func (s served) policy() string {
	if s.contentType == "application/pdf" {
		return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
	}
	return "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
}

// thumbnailType is the type under which the bucket keeps a file. PocketBase makes thumbnails of what is kept as an
// image, and the name is all that is known when an upload begins; it decides nothing about how a file is served.
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
