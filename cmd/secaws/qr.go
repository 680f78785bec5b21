package main

import (
	"bytes"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// The light margin around the symbol, in modules: the QR standard (ISO/IEC 18004) asks for 4. On a screen it is 2, which
// phones read as well, so that the symbol of a usual name fits 24 rows with the question below it.
const (
	quietZone       = 4
	quietZoneScreen = 2
)

// correction is the level that makes the smallest symbol: a screen has no stains.
const correction = qr.L

// Dark modules on a light ground in colours that no theme redefines, so that a phone reads the symbol from a dark
// terminal and from a light one.
const (
	qrColours = "\x1b[38;5;16;48;5;231m"
	qrPlain   = "\x1b[0m"
)

// qrText draws content as a QR code in half blocks, two modules a character.
func qrText(content string) (string, error) {
	dark, err := qrModules(content)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for y := 0; y < len(dark); y += 2 {
		text.WriteString(qrColours)
		for x := range dark {
			lower := y+1 < len(dark) && dark[y+1][x]
			text.WriteString(halfBlock(dark[y][x], lower))
		}
		text.WriteString(qrPlain + "\n")
	}
	return text.String(), nil
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

// qrModules returns the symbol's modules, true for dark, quiet zone included.
func qrModules(content string) ([][]bool, error) {
	symbol, err := qr.Encode(content, correction, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := symbol.Bounds().Dx()
	modules := make([][]bool, size+2*quietZoneScreen)
	for y := range modules {
		modules[y] = make([]bool, len(modules))
	}
	for y := range size {
		for x := range size {
			modules[y+quietZoneScreen][x+quietZoneScreen] = color.GrayModel.Convert(symbol.At(x, y)).(color.Gray).Y < 128
		}
	}
	return modules, nil
}

// qrPNG is the symbol as a picture, for those who asked for a file.
func qrPNG(content string) ([]byte, error) {
	symbol, err := qr.Encode(content, correction, qr.Auto)
	if err != nil {
		return nil, err
	}
	side := (symbol.Bounds().Dx() + 2*quietZone) * 8
	scaled, err := barcode.Scale(symbol, side, side) // centred: what is over becomes the margin
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = png.Encode(&file, scaled)
	return file.Bytes(), err
}
