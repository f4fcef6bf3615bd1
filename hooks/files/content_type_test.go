package files_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"greenroom/hooks/files"
)

// id3 returns an ID3v2 tag with so many bytes after its header, padding included.
func id3(size int, flags byte) string {
	head := []byte{'I', 'D', '3', 4, 0, flags, byte(size >> 21 & 0x7f), byte(size >> 14 & 0x7f), byte(size >> 7 & 0x7f), byte(size & 0x7f)}
	return string(head) + strings.Repeat("\x00", size)
}

// Each case begins like a file of a recorder, phone or editor.
func TestContentTypes(t *testing.T) {
	const (
		fmtChunk = "fmt \x10\x00\x00\x00\x01\x00\x02\x00"
		ds64     = "ds64\x1c\x00\x00\x00\x00\x00\x00\x40\x01\x00\x00\x00"
		flac     = "fLaC\x00\x00\x00\x22\x10\x00"
		adts     = "\xff\xf1\x50\x80\x2e\x7f\xfc\x21"
		opusHead = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead\x01\x02\x38\x01"
		isom     = "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
		frame    = "\xff\xfb\x90\x64" // 128 kbit/s at 44.1 kHz: 417 bytes
	)
	frames := frame + strings.Repeat("\x00", 413) + frame + strings.Repeat("\x00", 413)
	w64 := "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00" + string(binary.LittleEndian.AppendUint64(nil, 5<<30)) + "wave\xf3\xac\xd3\x11"
	for _, tc := range []struct{ says, filename, content, want string }{
		{"WAV", "a.wav", "RIFF\x24\x00\x00\x00WAVE" + fmtChunk, "audio/wav"},
		{"WAV beyond 4 GB (EBU)", "a.wav", "RF64\xff\xff\xff\xffWAVE" + ds64, "audio/wav"},
		{"WAV beyond 4 GB (ITU)", "a.wav", "BW64\xff\xff\xff\xffWAVE" + ds64, "audio/wav"},
		{"BWF, whose first chunk is bext", "a.wav", "RIFF\x24\x00\x00\x00WAVEbext\x5a\x02\x00\x00", "audio/wav"},
		{"RF64 that is no WAVE", "a.wav", "RF64\xff\xff\xff\xffAVI ds64\x00\x00\x00\x00", "application/octet-stream"},
		{"Wave64", "a.w64", w64, "audio/x-w64"},
		{"AIFF", "a.aif", "FORM\x00\x00\x10\x00AIFFCOMM\x00\x00\x00\x12", "audio/aiff"},
		{"AIFF-C", "a.aif", "FORM\x00\x00\x10\x00AIFCFVER\x00\x00\x00\x04", "audio/aiff"},
		{"CAF", "a.caf", "caff\x00\x01\x00\x00desc\x00\x00\x00\x00", "audio/x-caf"},
		{"WavPack", "a.wv", "wvpk\x80\x00\x00\x00\x10\x04", "audio/x-wavpack"},
		{"AAC of MPEG 4", "a.aac", adts, "audio/aac"},
		{"AAC of MPEG 2 with checksum", "a.aac", "\xff\xf8\x50\x80\x2e\x7f\xfc", "audio/aac"},
		{"AAC behind a tag", "a.aac", id3(63, 0) + adts, "audio/aac"},
		{"MP3", "a.mp3", frames, "audio/mpeg"},
		{"MP3 behind zeros", "a.mp3", strings.Repeat("\x00", 576) + frames, "audio/mpeg"},
		{"MP3 of MPEG 2 behind zeros", "a.mp3", "\x00" + strings.Repeat("\xff\xf3\x40\xc0"+strings.Repeat("\x01", 100), 3), "audio/mpeg"},
		{"MP3 behind a tag with padding", "a.mp3", id3(2048, 0) + frames, "audio/mpeg"},
		{"MP3 behind a picture", "a.mp3", id3(300_000, 0) + frames, "audio/mpeg"},
		{"FLAC", "a.flac", flac, "audio/flac"},
		{"FLAC behind a tag", "a.flac", id3(100, 0) + flac, "audio/flac"},
		{"FLAC behind a picture", "a.flac", id3(300_000, 0) + flac, "audio/flac"},
		{"FLAC behind a tag with a foot", "a.flac", id3(100, 0x10) + "3DI\x04\x00\x10\x00\x00\x00\x64" + flac, "audio/flac"},
		{"Ogg Opus", "a.opus", opusHead, "audio/ogg"},
		{"Ogg FLAC", "a.oga", strings.Replace(opusHead, "\x13OpusHead\x01\x02\x38\x01", "\x33\x7fFLAC\x01\x00\x00\x01fLaC", 1), "audio/ogg"},
		{"Ogg Speex", "a.spx", strings.Replace(opusHead, "\x13OpusHead\x01\x02\x38\x01", "\x50Speex   1.2rc1", 1), "audio/ogg"},
		{"iTunes", "a.m4a", "\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom", "audio/x-m4a"},
		{"a talking book", "a.m4b", "\x00\x00\x00\x20ftypM4B \x00\x00\x00\x00M4B mp42isom", "audio/mp4"},
		{"an Android recorder", "Voice 001.m4a", "\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4", "audio/mp4"},
		{"a Samsung recorder", "Voice 002.M4A", "\x00\x00\x00\x18ftyp3gp5\x00\x00\x00\x003gp53gp4", "audio/mp4"},
		{"an encoder that does not say what is in it", "a.m4a", isom, "audio/mp4"},
		{"an older Sony recorder", "a.3ga", "\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4", "audio/mp4"},
		{"a film", "a.mp4", isom, "video/mp4"},
		{"a film of a phone", "a.3gp", "\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4", "video/3gpp"},
		{"a page called sound", "a.m4a", "<!DOCTYPE html><script>1</script>", "text/html; charset=utf-8"},
		{"a script", "a.wav", "#!/usr/bin/env node\nalert(1)", "text/javascript"},
		{"UTF-16", "a.txt", "\xff\xfeh\x00i\x00", "text/plain; charset=utf-16le"},
		{"a tag of nothing", "a.mp3", "ID3", "text/plain; charset=utf-8"},
		{"nothing", "a.wav", "", "text/plain"},
		{"zeros", "a.wav", strings.Repeat("\x00", 4000), "application/octet-stream"},
	} {
		got, err := files.ContentTypeOf(bytes.NewReader([]byte(tc.content)), tc.filename)
		if err != nil || got != tc.want {
			t.Errorf("%s is %q (%v), want %q", tc.says, got, err, tc.want)
		}
	}
}
