package awslab

import (
	"bytes"
	"encoding/xml"
)

// xmlBuffer builds one document: open, then elements, then close. The first error sticks.
type xmlBuffer struct {
	bytes bytes.Buffer
	enc   *xml.Encoder
	root  xml.StartElement
	err   error
}

func (b *xmlBuffer) open(name string, attrs ...xml.Attr) {
	b.enc = xml.NewEncoder(&b.bytes)
	b.root = xml.StartElement{Name: xml.Name{Local: name}, Attr: attrs}
	b.err = b.enc.EncodeToken(b.root)
}

func (b *xmlBuffer) element(name string, value any) {
	if b.err == nil {
		b.err = b.enc.EncodeElement(value, xml.StartElement{Name: xml.Name{Local: name}})
	}
}

func (b *xmlBuffer) close() ([]byte, error) {
	if b.err == nil {
		b.err = b.enc.EncodeToken(b.root.End())
	}
	if b.err == nil {
		b.err = b.enc.Close()
	}
	return b.bytes.Bytes(), b.err
}
