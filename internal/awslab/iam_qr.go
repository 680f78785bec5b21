package awslab

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"time"

	"github.com/boombuler/barcode/qr"
)

// otpauthURL is what an authenticator app reads from the QR code of a device:
// otpauth://totp/NAME@ACCOUNT?secret=SEED, as CreateVirtualMFADevice documents, with
// the issuer apps show, and the step when it is not the usual 30 seconds.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format
func otpauthURL(a *Account, d *MFADevice, step time.Duration) string {
	account := a.ID
	if a.Alias != "" {
		account = a.Alias
	}
	text := fmt.Sprintf("otpauth://totp/%s@%s?secret=%s&issuer=Amazon%%20Web%%20Services", url.PathEscape(d.Name), account, d.Seed)
	if step != 30*time.Second {
		text += fmt.Sprintf("&period=%d", int(step/time.Second))
	}
	return text
}

// The look of a QR code: pixels a module, and modules of white around it (the
// standard asks for four).
const (
	modulePixels = 5
	quietModules = 4
)

// qrPNG draws text as a QR code.
func qrPNG(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	modules := code.Bounds().Dx()
	side := (modules + 2*quietModules) * modulePixels
	canvas := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range modules {
		for x := range modules {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				draw.Draw(canvas, moduleAt(x, y), image.NewUniform(color.Black), image.Point{}, draw.Src)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	return out.Bytes(), nil
}

func moduleAt(x, y int) image.Rectangle {
	corner := image.Pt(x+quietModules, y+quietModules).Mul(modulePixels)
	return image.Rectangle{corner, corner.Add(image.Pt(modulePixels, modulePixels))}
}
