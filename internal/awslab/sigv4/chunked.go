package sigv4

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"strconv"
	"strings"
)

// The payload hashes of bodies sent in chunks:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const (
	StreamingSigned          = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingSignedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// Streaming tells whether a payload hash is one of the forms Decode reads.
func Streaming(payloadHash string) bool {
	return payloadHash == StreamingSigned || payloadHash == StreamingSignedTrailer || payloadHash == StreamingUnsignedTrailer
}

// The ways a chunked body can be wrong.
var (
	ErrChunk          = errors.New("the chunked body is not well-formed, or ends early")
	ErrChunkSignature = errors.New("the signature of a chunk does not match")
	ErrTrailer        = errors.New("the trailing checksum does not match")
	ErrLength         = errors.New("the body is not as long as x-amz-decoded-content-length says")
)

// decoder walks a chunked body. previous is the signature the next chunk builds on.
type decoder struct {
	s        *Signature
	rest     []byte
	signed   bool
	trailer  bool
	key      []byte
	previous string
	body     []byte
}

// Decode returns the body carried by an aws-chunked one, whose form payloadHash names,
// once every chunk's signature, and the trailer's signature and checksum, have been
// found right. length is x-amz-decoded-content-length.
func (s *Signature) Decode(chunked []byte, secret, payloadHash string, length int64) ([]byte, error) {
	d := &decoder{
		s: s, rest: chunked, previous: s.Digest,
		signed: payloadHash != StreamingUnsignedTrailer, trailer: payloadHash != StreamingSigned,
	}
	if d.signed {
		d.key = s.signingKey(secret)
	}
	for {
		last, err := d.chunk()
		if err != nil {
			return nil, err
		}
		if last {
			break
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if int64(len(d.body)) != length {
		return nil, ErrLength
	}
	return d.body, nil
}

// line takes the next line, without its CRLF.
func (d *decoder) line() (string, error) {
	text, rest, ok := bytes.Cut(d.rest, []byte("\r\n"))
	if !ok || len(text) > 1024 {
		return "", ErrChunk
	}
	d.rest = rest
	return string(text), nil
}

// chunk takes "SIZE[;chunk-signature=HEX]\r\nDATA\r\n" and tells whether it was the last,
// the one of size 0, whose own CRLF ends the body or the trailer.
func (d *decoder) chunk() (last bool, err error) {
	head, err := d.line()
	if err != nil {
		return false, err
	}
	sizeText, extension, _ := strings.Cut(head, ";")
	size, err := strconv.ParseUint(sizeText, 16, 32)
	if err != nil || size > uint64(len(d.rest)) {
		return false, ErrChunk
	}
	data := d.rest[:size]
	if d.signed {
		if err := d.verify(extension, data); err != nil {
			return false, err
		}
	}
	if size == 0 {
		return true, nil
	}
	d.body, d.rest = append(d.body, data...), d.rest[size:]
	if !bytes.HasPrefix(d.rest, []byte("\r\n")) {
		return false, ErrChunk
	}
	d.rest = d.rest[2:]
	return false, nil
}

// verify checks the signature a chunk gives for data, and chains it.
func (d *decoder) verify(extension string, data []byte) error {
	given, ok := strings.CutPrefix(extension, "chunk-signature=")
	if !ok {
		return ErrChunk
	}
	toSign := strings.Join([]string{algorithm + "-PAYLOAD", d.s.Time.Format(timeFormat), d.s.scope(), d.previous, hexHash(nil), hexHash(data)}, "\n")
	return d.match(toSign, given)
}

func (d *decoder) match(toSign, given string) error {
	want := hex.EncodeToString(mac(d.key, toSign))
	if subtle.ConstantTimeCompare([]byte(want), []byte(given)) != 1 {
		return ErrChunkSignature
	}
	d.previous = want
	return nil
}

// end reads what follows the last chunk: an empty line, before it the trailer where there is one.
func (d *decoder) end() error {
	var trailer []string
	for {
		line, err := d.line()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		trailer = append(trailer, line)
	}
	if len(d.rest) > 0 && string(d.rest) != "\r\n" {
		return ErrChunk
	}
	if !d.trailer {
		if trailer != nil {
			return ErrChunk
		}
		return nil
	}
	return d.checkTrailer(trailer)
}

// checkTrailer verifies the trailer's signature, its last line, over the lines before
// it, then every checksum it gives.
func (d *decoder) checkTrailer(lines []string) error {
	if len(lines) == 0 {
		return ErrTrailer
	}
	var signature string
	var canonical strings.Builder
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case !ok:
			return ErrChunk
		case name == "x-amz-trailer-signature":
			signature = value
			continue
		}
		canonical.WriteString(name + ":" + value + "\n")
		if sum := checksum(name, d.body); sum == "" || sum != value {
			return ErrTrailer
		}
	}
	if !d.signed {
		return nil
	}
	toSign := strings.Join([]string{algorithm + "-TRAILER", d.s.Time.Format(timeFormat), d.s.scope(), d.previous, hexHash([]byte(canonical.String()))}, "\n")
	return d.match(toSign, signature)
}

// Checksum returns the value header must have for body, "" where the header is not one
// of the x-amz-checksum-* family:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
func Checksum(header string, body []byte) string { return checksum(strings.ToLower(header), body) }

func checksum(header string, body []byte) string {
	var h hash.Hash
	switch header {
	case "x-amz-checksum-crc32":
		h = crc32.NewIEEE()
	case "x-amz-checksum-crc32c":
		h = crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "x-amz-checksum-crc64nvme":
		return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, crc64.Checksum(body, crc64.MakeTable(nvme))))
	case "x-amz-checksum-sha1":
		h = sha1.New()
	case "x-amz-checksum-sha256":
		h = sha256.New()
	default:
		return ""
	}
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// nvme is the reversed polynomial of CRC-64/NVME.
const nvme = 0x9a6c9329ac4bc9b5
