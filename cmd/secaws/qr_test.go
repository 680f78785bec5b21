package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const otpauthExample = "otpauth://totp/AWS:ops@111111111111?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=AWS"

// photograph is what a camera sees of a terminal that shows text: 8 pixels a module, on a dark desk.
func photograph(text string) image.Image {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	const module = 8
	photo := image.NewGray(image.Rect(0, 0, 120*module, (2*len(lines)+4)*module))
	set := func(x, y int, dark bool) {
		for i := range module * module {
			c := color.Gray{Y: 255}
			if dark {
				c.Y = 0
			}
			photo.SetGray((x+2)*module+i%module, (y+2)*module+i/module, c)
		}
	}
	for row, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, qrColours), qrPlain)
		for x, r := range []rune(line) {
			set(x, 2*row, r == '█' || r == '▀')
			set(x, 2*row+1, r == '█' || r == '▄')
		}
	}
	return photo
}

func decodeQR(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("no QR code seen: %v", err)
	}
	return result.GetText()
}

func TestQRTextIsReadFromAScreen(t *testing.T) {
	text, err := qrText(otpauthExample)
	if err != nil {
		t.Fatal(err)
	}
	if got := decodeQR(t, photograph(text)); got != otpauthExample {
		t.Errorf("read %q, want %q", got, otpauthExample)
	}
	if rows := strings.Count(text, "\n"); rows > 23 {
		t.Errorf("%d rows and a question do not fit a terminal of 24", rows)
	}
	for _, line := range strings.Split(text, "\n") {
		if width := len([]rune(strings.NewReplacer(qrColours, "", qrPlain, "").Replace(line))); width > 80 {
			t.Errorf("a line of %d columns does not fit a terminal of 80", width)
		}
	}
}

func TestQRPNG(t *testing.T) {
	file, err := qrPNG(otpauthExample)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got := decodeQR(t, img); got != otpauthExample {
		t.Errorf("read %q, want %q", got, otpauthExample)
	}
}
