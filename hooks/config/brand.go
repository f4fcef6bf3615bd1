package config

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Accent is the colour of links and of the primary button: the given colour for light mode, and a lighter one for dark
// mode. The zero value leaves the portal's own colours.
type Accent struct{ Light, Dark Colour }

// Colour is an sRGB colour: red, green and blue from 0 to 255.
type Colour [3]uint8

func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// readable is the least contrast of text to its background by WCAG 2.2, success criterion 1.4.3.
const readable = 4.5

// These are the backgrounds on which the accent is read. They have to match ui/src/style/tokens.css.
var (
	lightGrounds = []Colour{{0xfa, 0xf8, 0xf4}, {0xff, 0xff, 0xff}, {0xf1, 0xee, 0xe7}}
	darkGrounds  = []Colour{{0x12, 0x15, 0x18}, {0x1b, 0x20, 0x25}, {0x18, 0x1c, 0x20}}
	white        = Colour{0xff, 0xff, 0xff}
	black        = Colour{}
)

// parseAccent parses a hex colour that is readable on the light backgrounds, and derives a lighter one for the dark
// ones. Text on the first is white, on the second black.
func parseAccent(v string) (Accent, error) {
	digits := strings.TrimPrefix(strings.TrimSpace(v), "#")
	if len(digits) == 3 { // each stands for two
		digits = digits[:1] + digits[:1] + digits[1:2] + digits[1:2] + digits[2:] + digits[2:]
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return Accent{}, plainError("write a colour as #0b5a6b")
	}
	given := Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}
	if least := leastContrast(given, lightGrounds); least < readable {
		dark := given
		for leastContrast(dark, lightGrounds) < readable {
			dark = dark.Mixed(black, 0.02)
		}
		return Accent{}, plainError(fmt.Sprintf("its contrast on the portal's light pages is %.1f to 1 and has to be 4.5; %s would do", math.Floor(least*10)/10, dark))
	}
	lighter := given
	for leastContrast(lighter, darkGrounds) < 7 { // 7 as in WCAG 2.2, 1.4.6; the portal's own dark accent has as much
		lighter = lighter.Mixed(white, 0.02)
	}
	return Accent{given, lighter}, nil
}

func leastContrast(c Colour, grounds []Colour) float64 {
	least := math.Inf(1)
	for _, ground := range grounds {
		least = min(least, Contrast(c, ground))
	}
	return least
}

// Contrast returns the contrast ratio of two colours, from 1 to 21, by the formula of WCAG 2.2.
func Contrast(a, b Colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func (c Colour) luminance() float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c[0]) + 0.7152*part(c[1]) + 0.0722*part(c[2])
}

// Mixed returns the colour with a share (0 to 1) of another one mixed in. Rounding up makes every step change
// something.
func (c Colour) Mixed(other Colour, share float64) Colour {
	for i := range c {
		step := math.Ceil(math.Abs(float64(other[i])-float64(c[i])) * share)
		if other[i] > c[i] {
			c[i] += uint8(step)
		} else {
			c[i] -= uint8(step)
		}
	}
	return c
}

// Logo is the studio's logo, read at the start. The zero value means none.
type Logo struct {
	Content []byte
	SVG     bool // false means PNG
	Side    int  // pixels of a square PNG; 0 for any other
}

// maxLogoBytes keeps a large photograph from being part of every first visit.
const maxLogoBytes = 256 << 10

// parseLogo reads the file. Browsers run no script in an SVG that is shown as an image, and it is served with a policy
// that forbids scripts; one that contains any is refused all the same.
func parseLogo(path string) (Logo, error) {
	content, err := readSmall(path)
	if err != nil {
		return Logo{}, err
	}
	if found, err := png.DecodeConfig(bytes.NewReader(content)); err == nil {
		logo := Logo{Content: content}
		if found.Width == found.Height {
			logo.Side = found.Width
		}
		return logo, nil
	}
	if err := isSVG(content); err != nil {
		return Logo{}, err
	}
	return Logo{Content: content, SVG: true}, nil
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(strings.TrimSpace(path))
	if err != nil {
		return nil, plainError("the file it names cannot be read")
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxLogoBytes+1))
	if err != nil {
		return nil, plainError("the file it names cannot be read")
	}
	if len(content) > maxLogoBytes {
		return nil, plainError("the file it names is larger than 256 KB")
	}
	return content, nil
}

func isSVG(content []byte) error {
	const neither = plainError("name a file that is an SVG or a PNG")
	decoder := xml.NewDecoder(bytes.NewReader(content))
	first := true
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && !first {
			return nil
		}
		if err != nil {
			return neither
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if name := element.Name.Local; first && name != "svg" {
			return neither
		} else if name == "script" || name == "foreignObject" {
			return plainError("the SVG it names has a " + name + " in it; save it as a plain SVG")
		}
		first = false
	}
}

// checkPages checks the addresses of the pages to which the footer links.
func (c Config) checkPages() error {
	for name, page := range map[string]*url.URL{"GREENROOM_PRIVACY_URL": c.PrivacyURL, "GREENROOM_TERMS_URL": c.TermsURL} {
		if page != nil && (page.Scheme != "https" && page.Scheme != "http" || page.Host == "" || page.User != nil) {
			return fmt.Errorf("%s is malformed: write the address of a page, such as https://example.com/privacy", name)
		}
	}
	return nil
}
