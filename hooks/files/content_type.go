package files

import (
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// firstBytes is how much of a file is read at a time to detect its type.
const firstBytes = 3072

// unknownType is the content type of files that browsers must not open.
const unknownType = "application/octet-stream"

// readAt reads up to firstBytes bytes from an offset, fewer at the end of the file.
type readAt func(offset int64) ([]byte, error)

// ContentTypeOf detects a file's content type from its first bytes. The name matters in one case only: an MP4 container
// that may hold video counts as audio if the name has an ending of audio files.
func ContentTypeOf(file io.ReadSeeker, filename string) (string, error) {
	return contentTypeOf(filename, func(offset int64) ([]byte, error) {
		if _, err := file.Seek(offset, io.SeekStart); err != nil {
			return nil, err
		}
		return readFirst(file)
	})
}

func contentTypeOf(filename string, read readAt) (string, error) {
	first, err := read(0)
	if err != nil {
		return "", err
	}
	if end := endOfID3(first); end > 0 { // the tag may be megabytes long, and can precede any audio format
		sound := first[min(end, int64(len(first))):]
		if len(sound) == 0 {
			if sound, err = read(end); err != nil {
				return "", err
			}
		}
		if known := soundBehindID3(sound); known != "" {
			return known, nil
		}
		return "audio/mpeg", nil
	}
	if known := audioType(first); known != "" {
		return known, nil
	}
	found := mimetype.Detect(first).String()
	if soundEndings[strings.ToLower(path.Ext(filename))] && containers[found] {
		return "audio/mp4", nil
	}
	return found, nil
}

// containers are types that hold video or audio; soundEndings are endings of files that hold audio alone.
var (
	containers   = map[string]bool{"video/mp4": true, "video/3gpp": true, "video/3gpp2": true, "video/quicktime": true, "video/x-m4v": true, "application/mp4": true}
	soundEndings = map[string]bool{".m4a": true, ".m4b": true, ".m4r": true, ".3ga": true, ".aac": true}
)

// wave64 is the signature of Sony Wave64, a WAV without the limit of 4 GB.
var wave64 = []byte("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00")

// audioType detects audio formats of recorders, phones and editors that the mimetype library does not know, and returns
// "" for others.
func audioType(first []byte) string {
	form := ""
	if len(first) >= 12 {
		form = string(first[8:12])
	}
	switch {
	case (bytes.HasPrefix(first, []byte("RF64")) || bytes.HasPrefix(first, []byte("BW64")) || bytes.HasPrefix(first, []byte("RIFF"))) && form == "WAVE":
		// RF64 and BW64 are the forms of WAV beyond 4 GB (EBU Tech 3306, ITU-R BS.2088).
		return "audio/wav"
	case bytes.HasPrefix(first, wave64):
		return "audio/x-w64"
	case bytes.HasPrefix(first, []byte("FORM")) && (form == "AIFF" || form == "AIFC"):
		return "audio/aiff"
	case bytes.HasPrefix(first, []byte("caff\x00\x01")):
		return "audio/x-caf"
	case bytes.HasPrefix(first, []byte("fLaC")):
		return "audio/flac"
	case bytes.HasPrefix(first, []byte("wvpk")):
		return "audio/x-wavpack"
	case len(first) >= 12 && string(first[4:8]) == "ftyp":
		return soundBrands[string(first[8:12])]
	case isADTS(first):
		return "audio/aac"
	}
	if padded := bytes.TrimLeft(first, "\x00"); len(padded) < len(first) && mpegFrame(padded) > 0 && mpegFrame(padded[min(mpegFrame(padded), len(padded)):]) > 0 {
		// Some recorders begin with zeros. Two MPEG frames in a row are taken as proof.
		return "audio/mpeg"
	}
	return ""
}

// soundBrands are the major brands of MP4 containers that hold audio alone. "M4A " is what phones and iTunes write.
var soundBrands = map[string]string{"M4A ": "audio/x-m4a", "M4B ": "audio/mp4", "M4P ": "audio/mp4", "F4A ": "audio/mp4", "F4B ": "audio/mp4"}

// endOfID3 returns the offset at which the ID3v2 tag at the beginning of a file ends, or 0 without a tag. The size in
// its header includes the padding, but not the ten bytes of the header or of a footer.
func endOfID3(first []byte) int64 {
	if len(first) < 10 || !bytes.HasPrefix(first, []byte("ID3")) || first[3] == 0xff || first[4] == 0xff {
		return 0
	}
	var size int64
	for _, b := range first[6:10] {
		if b&0x80 != 0 {
			return 0
		}
		size = size<<7 | int64(b)
	}
	const head, foot, hasFoot = 10, 10, 0x10
	if first[5]&hasFoot != 0 {
		size += foot
	}
	return size + head
}

// soundBehindID3 detects other formats than MP3 that follow an ID3 tag, and returns "" for none.
func soundBehindID3(sound []byte) string {
	sound = bytes.TrimLeft(sound, "\x00")
	switch {
	case bytes.HasPrefix(sound, []byte("fLaC")):
		return "audio/flac"
	case isADTS(sound):
		return "audio/aac"
	case bytes.HasPrefix(sound, []byte("OggS")):
		return "audio/ogg"
	case recordedForm(sound):
		return audioType(sound)
	}
	return ""
}

func recordedForm(sound []byte) bool {
	return bytes.HasPrefix(sound, []byte("RIFF")) || bytes.HasPrefix(sound, []byte("FORM"))
}

// isADTS reports whether the bytes begin with a frame of AAC: twelve sync bits, and layer 0, which MPEG audio does not
// use.
func isADTS(first []byte) bool {
	return len(first) > 2 && first[0] == 0xff && first[1]&0xf6 == 0xf0 && first[2]>>2&0xf < 13
}

// mpegFrame returns the length of the MPEG layer III frame at the beginning of b, or 0 where there is none.
func mpegFrame(b []byte) int {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe6 != 0xe2 {
		return 0
	}
	head := binary.BigEndian.Uint32(b)
	version, rate, sampling, padding := head>>19&3, head>>12&15, head>>10&3, int(head>>9&1)
	if version == 1 || rate == 0 || rate == 15 || sampling == 3 {
		return 0
	}
	hertz := []int{44100, 48000, 32000}[sampling]
	kbits := []int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[rate]
	perFrame := 144
	if version != 3 { // MPEG 2 and 2.5
		kbits = []int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[rate]
		hertz, perFrame = hertz/2, 72
		if version == 0 {
			hertz /= 2
		}
	}
	return perFrame*kbits*1000/hertz + padding
}

func readFirst(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, firstBytes)) }
