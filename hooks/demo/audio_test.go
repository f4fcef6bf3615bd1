package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// wavHeader is the header of an uncompressed WAV file.
type wavHeader struct {
	RIFF                 [4]byte
	RIFFSize             uint32
	WAVE, Fmt            [4]byte
	FmtSize              uint32
	Format, Channels     uint16
	SampleRate, ByteRate uint32
	BlockAlign, Bits     uint16
	Data                 [4]byte
	DataSize             uint32
}

func TestSoundsAreAudioThatCanBeHeard(t *testing.T) {
	app := loaded(t)
	sounds, err := app.FindRecordsByFilter("attachments", "filename ~ '%.wav'", "created", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(sounds) < 6 {
		t.Fatalf("%d sounds, want at least 6", len(sounds))
	}
	storage, err := app.NewFilesystem()
	if err != nil {
		t.Fatal(err)
	}
	defer storage.Close()
	heard := map[[32]byte]string{}
	for _, sound := range sounds {
		t.Run(sound.GetString("filename"), func(t *testing.T) {
			if kind := sound.GetString("mimeType"); !strings.HasPrefix(kind, "audio/") {
				t.Errorf("mimeType %q, want audio/…", kind)
			}
			reader, err := storage.GetReader(sound.BaseFilesPath() + "/" + sound.GetString("file"))
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			content, err := io.ReadAll(reader)
			if err != nil {
				t.Fatal(err)
			}
			if len(content) != sound.GetInt("size") {
				t.Errorf("%d bytes stored, the record says %d", len(content), sound.GetInt("size"))
			}
			checkWav(t, content)
			digest := sha256.Sum256(content)
			if twin, ok := heard[digest]; ok && twin != sound.GetString("filename") {
				t.Errorf("sounds the same as %s", twin)
			}
			heard[digest] = sound.GetString("filename")
		})
	}
}

func checkWav(t *testing.T, content []byte) {
	t.Helper()
	var h wavHeader
	reader := bytes.NewReader(content)
	if err := binary.Read(reader, binary.LittleEndian, &h); err != nil {
		t.Fatal(err)
	}
	length := seconds
	if h.DataSize == bandSeconds*sampleRate*2 { // one of the versions to compare
		length = bandSeconds
	}
	bytesOfSound := uint32(length * sampleRate * 2)
	want := wavHeader{
		[4]byte([]byte("RIFF")), 36 + bytesOfSound, [4]byte([]byte("WAVE")), [4]byte([]byte("fmt ")), 16, 1, 1, 22_050, 44_100, 2, 16,
		[4]byte([]byte("data")), bytesOfSound,
	}
	if h != want {
		t.Fatalf("header %+v, want %+v", h, want)
	}
	samples := make([]int16, reader.Len()/2)
	if err := binary.Read(reader, binary.LittleEndian, samples); err != nil || reader.Len() != 0 {
		t.Fatalf("%v, %d bytes left over", err, reader.Len())
	}
	if len(samples) != length*sampleRate {
		t.Errorf("%d samples, want %d", len(samples), length*sampleRate)
	}
	const click = 200
	if first, last := samples[0], samples[len(samples)-1]; max(first, -first) > click || max(last, -last) > click {
		t.Errorf("begins at %d and ends at %d, which clicks", first, last)
	}
	for second := range length { // a file with a silent second is broken too
		var peak int16
		for _, s := range samples[second*sampleRate : (second+1)*sampleRate] {
			peak = max(peak, s, -s)
		}
		if peak < 3_000 {
			t.Errorf("second %d is silent: its loudest sample is %d of 32767", second, peak)
		}
	}
}
