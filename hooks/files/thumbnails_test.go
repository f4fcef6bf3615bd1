package files_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// picture returns a PNG of one colour, with 8 or 64 bits a pixel.
func picture(t testing.TB, width, height int, deep bool) string {
	t.Helper()
	var canvas image.Image = image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White})
	if deep {
		canvas = image.NewNRGBA64(image.Rect(0, 0, width, height))
	}
	out := new(bytes.Buffer)
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(out, canvas); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A few kilobytes of one colour would fill the memory when decoded, so no thumbnail is made of them.
func TestThumbnails(t *testing.T) {
	s := testkit.New(t, nil)
	ana := newDesk(s, "ana")
	heavy := picture(t, 800, 600, false) + strings.Repeat("\x00", 16<<20) // decoders stop at the picture's end, so the file can be made longer
	for name, tc := range map[string]struct {
		content, token string
		made           bool
	}{
		"the owner's of a picture":          {picture(t, 800, 600, false), s.Owner, true},
		"the owner's at the limit":          {picture(t, 4000, 2000, false), s.Owner, true},
		"the owner's beyond it":             {picture(t, 4000, 2001, false), s.Owner, false},
		"the owner's of too many bytes":     {heavy, s.Owner, false},
		"a client's":                        {picture(t, 800, 600, false), ana.token, false},
		"the owner's of a page called .png": {"<!DOCTYPE html><p>words", s.Owner, false},
	} {
		record := ana.send(t, "white.png", tc.content)
		token := s.Do("POST", "/api/files/token", tc.token, nil).JSON()["token"]
		response, got := fetch(t, fmt.Sprintf("%s/api/files/attachments/%v/%v?thumb=100x100&token=%v", s.URL, record["id"], record["file"], token))
		if made := string(got) != tc.content; response.StatusCode != 200 || made != tc.made {
			t.Errorf("%s: %d, a thumbnail: %v, want %v", name, response.StatusCode, made, tc.made)
		}
	}
}

// The built binary is asked for many thumbnails at once, of the largest pictures that get one and of larger ones. Its
// memory stays small.
func TestThumbnailsTakeLittleMemory(t *testing.T) {
	s, owner, project := served(t, nil)
	fileToken := testkit.Request(t, s.url, "POST", "/api/files/token", owner, nil).JSON()["token"]
	var addresses []string
	largest := picture(t, 4000, 2000, true)
	for _, content := range []string{largest, largest, largest, largest, picture(t, 4000, 4000, true), picture(t, 4000, 12_000, true)} {
		u := begin(t, s.url, owner, map[string]any{"project": project, "filename": "deep.png", "size": len(content)}, strings.NewReader(content))
		u.rest()
		record := u.complete()
		addresses = append(addresses, fmt.Sprintf("%s/api/files/attachments/%v/%v?thumb=100x100&token=%v", s.url, record["id"], record["file"], fileToken))
	}
	var all sync.WaitGroup
	for _, address := range addresses {
		all.Go(func() {
			response, err := http.Get(address)
			if err != nil || response.StatusCode != 200 {
				t.Errorf("%v %v", response, err)
				return
			}
			sum(t, response.Body)
			response.Body.Close()
		})
	}
	all.Wait()
	if took := s.peak(); took > 350<<20 {
		t.Errorf("the server took %d MB", took>>20)
	}
}

// The log has no file token, however the address of a download is written.
func TestTheLogKeepsNoFileToken(t *testing.T) {
	s := testkit.New(t, nil)
	ana := newDesk(s, "ana")
	record := ana.send(t, "take.wav", "hello")
	token := fmt.Sprint(s.Do("POST", "/api/files/token", ana.token, nil).JSON()["token"])
	for _, path := range []string{
		fmt.Sprintf("/api/files/attachments/%v/%v?token=%s&download=1", record["id"], record["file"], token),
		fmt.Sprintf("/api/files/attachments/%v/%v?token=%s", record["id"], record["file"], token),
		fmt.Sprintf("/api/files/%v/%v/%v?%%74oken=%s", record["collectionId"], record["id"], record["file"], token),
	} {
		fetch(t, s.URL+path)
	}
	testkit.Eventually(t, "three downloads are logged", func() bool {
		var count int
		// PocketBase writes its log in batches; a full batch is written at once.
		for range 200 {
			s.App.Logger().Info("one of many")
		}
		err := s.App.AuxDB().Select("count(*)").From(core.LogsTableName).Where(logged("/api/files/")).Row(&count)
		return err == nil && count >= 3
	})
	var with int
	if err := s.App.AuxDB().Select("count(*)").From(core.LogsTableName).Where(logged(token)).Row(&with); err != nil || with > 0 {
		t.Errorf("%d lines of the log have the token (%v)", with, err)
	}
}
