package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestEachFileGetsItsChecksum(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		dir := testkit.Dir(t)
		p = p.with(testkit.Checksums, "on")
		large := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
		var sent any
		t.Run("while the server runs", func(t *testing.T) {
			s := testkit.Open(t, dir, p.environment)
			ana := newDesk(s, "ana")
			known := func(id any, want string) {
				t.Helper()
				testkit.Eventually(t, "the checksum is known", func() bool {
					return s.Do("GET", fmt.Sprint("/api/collections/attachments/records/", id), ana.token, nil).JSON()["sha256"] == want
				})
			}
			sent = ana.send(t, "take.txt", large)["id"]
			known(sent, sumOf(large))
			contentType, body := testkit.Upload(t, "hello", map[string]string{"project": ana.project.Id})
			form := s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body).JSON()["id"]
			known(form, sumOf("hello"))
			contentType, body = testkit.Upload(t, "goodbye", nil)
			if other := s.Send("PATCH", fmt.Sprint("/api/collections/attachments/records/", form), s.Owner, contentType, body); other.Status != 200 {
				t.Fatalf("another file in its place: %d %s", other.Status, other.Raw)
			}
			known(form, sumOf("goodbye"))
			if _, err := s.App.NonconcurrentDB().Update("attachments", dbx.Params{"sha256": ""}, dbx.HashExp{"id": sent}).Execute(); err != nil {
				t.Fatal(err)
			}
		})
		// The next start computes the checksums that are missing, also of files from before checksums existed.
		s := testkit.Open(t, dir, p.environment)
		testkit.Eventually(t, "the next start makes up for it", func() bool {
			return s.Do("GET", fmt.Sprint("/api/collections/attachments/records/", sent), s.Owner, nil).JSON()["sha256"] == sumOf(large)
		})
	})
}

// A tone of a second and a half has its loudness, length and waveform soon after it arrived. A file that is no
// recording has none, and a file that replaces another is measured anew.
func TestRecordingsAreMeasured(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		dir := testkit.Dir(t)
		p = p.with(testkit.Checksums, "on")
		var sent, broken string
		content := string(toneOf(1.5, 0.5))
		t.Run("while the server runs", func(t *testing.T) {
			s := testkit.Open(t, dir, p.environment)
			ana := newDesk(s, "ana")
			page := s.Live(ana.token, "portal")
			sent = fmt.Sprint(ana.send(t, "tone.wav", content)["id"])
			broken = fmt.Sprint(ana.send(t, "broken.wav", content[:40])["id"])
			page.Before(func(m testkit.LiveMessage) bool {
				return m.Action == "update" && m.Collection == "attachments" && m.Id() == ""
			})
			isMeasured(t, s, sent)
			testkit.Eventually(t, "the broken one is read", func() bool { return attachmentOf(s, broken)["sha256"] == sumOf(content[:40]) })
			if r := attachmentOf(s, broken); r["lufs"] != 0. || r["durationMs"] != 0. || r["peaks"] != "" || r["measured"] != true {
				t.Errorf("the broken one has %v LUFS, %v ms, %q and %v", r["lufs"], r["durationMs"], r["peaks"], r["measured"])
			}
			contentType, body := testkit.Upload(t, "no recording", nil)
			s.Send("PATCH", "/api/collections/attachments/records/"+broken, s.Owner, contentType, body)
			testkit.Eventually(t, "another file is read", func() bool { return attachmentOf(s, broken)["sha256"] == sumOf("no recording") })
			// The state of a file from before recordings were measured.
			before := dbx.Params{"measured": false, "lufs": 0, "durationMs": 0, "peaks": ""}
			if _, err := s.App.NonconcurrentDB().Update("attachments", before, dbx.HashExp{"id": sent}).Execute(); err != nil {
				t.Fatal(err)
			}
		})
		s := testkit.Open(t, dir, p.environment)
		isMeasured(t, s, sent)
	})
}

func attachmentOf(s *testkit.Studio, id string) map[string]any {
	return s.Do("GET", "/api/collections/attachments/records/"+id, s.Owner, nil).JSON()
}

func isMeasured(t *testing.T, s *testkit.Studio, id string) {
	t.Helper()
	testkit.Eventually(t, "the recording is measured", func() bool { return attachmentOf(s, id)["durationMs"] == 1500. })
	r := attachmentOf(s, id)
	lufs, _ := r["lufs"].(float64)
	peak, _ := r["peakDb"].(float64)
	if lufs < -9.1 || lufs > -8.9 || peak < -6.1 || peak > -5.9 { // of one channel
		t.Errorf("%v LUFS and a peak of %v dB, want -9 and -6", r["lufs"], r["peakDb"])
	}
	var peaks []int
	if err := json.Unmarshal([]byte(fmt.Sprint(r["peaks"])), &peaks); err != nil || len(peaks) != 600 || peaks[300] < 125 || peaks[300] > 130 {
		t.Errorf("the shape is %v (%v), want 600 parts of 128", peaks, err)
	}
}

// toneOf returns a WAV of one channel with a sine of 1 kHz.
func toneOf(seconds, amplitude float64) []byte {
	const rate = 48_000
	n := int(seconds * rate)
	file := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	file = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(file, rate), rate*2)
	file = binary.LittleEndian.AppendUint32(append(file, 2, 0, 16, 0, 'd', 'a', 't', 'a'), uint32(n*2))
	for i := range n {
		file = binary.LittleEndian.AppendUint16(file, uint16(int16(math.Round(amplitude*32767*math.Sin(2*math.Pi*1000*float64(i)/rate)))))
	}
	return file
}

// stored reads a checksum from the database of a stopped studio.
func stored(t *testing.T, dir, id string) (sum string) {
	t.Helper()
	db, err := core.DefaultDBConnect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Select("sha256").From("attachments").Where(dbx.HashExp{"id": id}).Row(&sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// A stop with files in the queue waits for small ones, and leaves nothing half done.
func TestAStopWaitsForChecksums(t *testing.T) {
	dir := testkit.Dir(t)
	ids := map[string]string{}
	t.Run("some files, and a stop", func(t *testing.T) {
		s := testkit.Open(t, dir, map[string]string{testkit.Checksums: "on"})
		ana := newDesk(s, "ana")
		for i := range 20 {
			content := strings.Repeat("x", i+1)
			ids[fmt.Sprint(ana.send(t, "take.txt", content)["id"])] = sumOf(content)
		}
	})
	for id, want := range ids {
		if got := stored(t, dir, id); got != want {
			t.Errorf("%s has %q after the stop, want %q", id, got, want)
		}
	}
}

// Files that are missing are one line of the log, however many there are.
func TestMissingFilesAreOneLineOfTheLog(t *testing.T) {
	dir := testkit.Dir(t)
	t.Run("files whose checksums nobody makes", func(t *testing.T) {
		ana := newDesk(testkit.Open(t, dir, nil), "ana")
		for range 3 {
			ana.send(t, "take.txt", "words")
		}
	})
	if err := os.RemoveAll(filepath.Join(dir, "storage")); err != nil {
		t.Fatal(err)
	}
	s := testkit.Open(t, dir, map[string]string{testkit.Checksums: "on"})
	said := func() (lines []string) {
		for _, line := range s.Logged() {
			if strings.Contains(line, "checksums") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	testkit.Eventually(t, "the log has the line", func() bool { return len(said()) > 0 })
	if lines := said(); len(lines) != 1 || !strings.Contains(lines[0], `"files":3`) {
		t.Errorf("the log says %q", lines)
	}
}
