package sigv4

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The examples of AWS's documentation:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const (
	s3Secret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	iamSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// documented builds a request from a method, a URL and "Name: value" lines.
func documented(method, url string, lines ...string) *http.Request {
	r := httptest.NewRequest(method, url, nil)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func TestVerifyDocumentedExamples(t *testing.T) {
	const scope = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
	tests := []struct {
		name, secret, hash string
		request            *http.Request
	}{
		{"object", s3Secret, emptyHash, documented("GET", "http://examplebucket.s3.amazonaws.com/test.txt",
			"Range: bytes=0-9", "X-Amz-Content-Sha256: "+emptyHash, "X-Amz-Date: 20130524T000000Z",
			"Authorization: AWS4-HMAC-SHA256 "+scope+",SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")},
		{"query without value", s3Secret, emptyHash, documented("GET", "http://examplebucket.s3.amazonaws.com/?lifecycle",
			"X-Amz-Content-Sha256: "+emptyHash, "X-Amz-Date: 20130524T000000Z",
			"Authorization: AWS4-HMAC-SHA256 "+scope+",SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")},
		{"two parameters", s3Secret, emptyHash, documented("GET", "http://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
			"X-Amz-Content-Sha256: "+emptyHash, "X-Amz-Date: 20130524T000000Z",
			"Authorization: AWS4-HMAC-SHA256 "+scope+",SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")},
		{"presigned", s3Secret, UnsignedPayload, documented("GET", "http://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"+
			"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"+
			"&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")},
		{"iam", iamSecret, emptyHash, documented("GET", "http://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
			"Content-Type: application/x-www-form-urlencoded; charset=utf-8", "X-Amz-Date: 20150830T123600Z",
			"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := Parse(test.request)
			if err != nil {
				t.Fatal(err)
			}
			if v := s.Verify(test.request, test.secret, test.hash); !v.OK {
				t.Errorf("refused; canonical request:\n%s", v.CanonicalRequest)
			}
			if s.Verify(test.request, test.secret+"x", test.hash).OK {
				t.Error("accepted with another secret")
			}
			if s.Verify(test.request, test.secret, strings.Repeat("0", 64)).OK {
				t.Error("accepted with another payload")
			}
		})
	}
}

// chunkedExample is the upload of 66,560 times "a" that the documentation signs.
func chunkedExample(form, extra, seed string, chunks [3]string, trailer string) (*http.Request, string) {
	r := documented("PUT", "http://s3.amazonaws.com/examplebucket/chunkObject.txt",
		"Content-Encoding: aws-chunked", "X-Amz-Content-Sha256: "+form, "X-Amz-Date: 20130524T000000Z",
		"X-Amz-Decoded-Content-Length: 66560", "X-Amz-Storage-Class: REDUCED_REDUNDANCY")
	signed := "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
	if extra != "" {
		r.Header.Set("X-Amz-Trailer", extra)
		signed = "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer"
	}
	r.ContentLength = 66824
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="+signed+",Signature="+seed)
	body := "10000;chunk-signature=" + chunks[0] + "\r\n" + strings.Repeat("a", 65536) + "\r\n" +
		"400;chunk-signature=" + chunks[1] + "\r\n" + strings.Repeat("a", 1024) + "\r\n" +
		"0;chunk-signature=" + chunks[2] + "\r\n" + trailer + "\r\n"
	return r, body
}

func TestDecodeDocumentedExamples(t *testing.T) {
	tests := []struct {
		name, form, extra, seed string
		chunks                  [3]string
		trailer                 string
	}{
		{"signed", StreamingSigned, "", "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
			[3]string{"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"}, ""},
		{"trailer", StreamingSignedTrailer, "x-amz-checksum-crc32c", "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
			[3]string{"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"},
			"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, body := chunkedExample(test.form, test.extra, test.seed, test.chunks, test.trailer)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if v := s.Verify(r, s3Secret, test.form); !v.OK {
				t.Fatalf("refused; canonical request:\n%s", v.CanonicalRequest)
			}
			got, err := s.Decode([]byte(body), s3Secret, test.form, 66560)
			if err != nil || string(got) != strings.Repeat("a", 66560) {
				t.Errorf("Decode = %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	chunks := [3]string{"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"}
	trailer := "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
	r, body := chunkedExample(StreamingSignedTrailer, "x-amz-checksum-crc32c", "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", chunks, trailer)
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, body string
		length     int64
		want       error
	}{
		{"a byte changed", strings.Replace(body, "\r\naa", "\r\nab", 1), 66560, ErrChunkSignature},
		{"chunk signature changed", strings.Replace(body, "b474", "b475", 1), 66560, ErrChunkSignature},
		{"last chunk signature changed", strings.Replace(body, "2ca2", "2ca3", 1), 66560, ErrChunkSignature},
		{"checksum changed", strings.Replace(body, "sOO8", "sOO9", 1), 66560, ErrTrailer},
		{"trailer signature changed", strings.Replace(body, "d81f", "d81e", 1), 66560, ErrChunkSignature},
		{"trailer signature missing", body[:strings.Index(body, "x-amz-trailer-signature")] + "\r\n", 66560, ErrChunkSignature},
		{"trailer missing", body[:strings.Index(body, "x-amz-checksum")] + "\r\n", 66560, ErrTrailer},
		{"cut in the data", body[:1000], 66560, ErrChunk},
		{"cut before the last line", body[:len(body)-2], 66560, ErrChunk},
		{"another length", body, 66559, ErrLength},
		{"more behind", body + "10;x\r\n", 66560, ErrChunk},
		{"no chunk signature", strings.Replace(body, ";chunk-signature=", ";", 1), 66560, ErrChunk},
		{"size out of form", "zz;" + body, 66560, ErrChunk},
		{"empty", "", 66560, ErrChunk},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := s.Decode([]byte(test.body), s3Secret, StreamingSignedTrailer, test.length); !errors.Is(err, test.want) {
				t.Errorf("Decode = %v, want %v", err, test.want)
			}
		})
	}
}

func TestDecodeUnsigned(t *testing.T) {
	const ok = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
	tests := []struct {
		name, body string
		length     int64
		want       error
	}{
		{"well", ok, 11, nil},
		{"another checksum", strings.Replace(ok, "DUoR", "DUoS", 1), 11, ErrTrailer},
		{"unknown checksum", strings.Replace(ok, "crc32", "crc31", 1), 11, ErrTrailer},
		{"no checksum", "5\r\nhello\r\n0\r\n\r\n", 5, ErrTrailer},
		{"another length", ok, 10, ErrLength},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := (&Signature{}).Decode([]byte(test.body), "", StreamingUnsignedTrailer, test.length)
			if !errors.Is(err, test.want) || (err == nil && string(got) != "hello world") {
				t.Errorf("Decode = %q, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestChecksum(t *testing.T) {
	tests := []struct{ header, want string }{
		{"x-amz-checksum-crc32", "DUoRhQ=="},
		{"x-amz-checksum-crc32c", "yZRlqg=="},
		{"x-amz-checksum-crc64nvme", "jSnVw/bqjr4="},
		{"x-amz-checksum-sha1", "Kq5sNclPz7QV2+lfQIuc6R7oRu0="},
		{"X-Amz-Checksum-Sha256", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="},
		{"x-amz-checksum-algorithm", ""},
	}
	for _, test := range tests {
		if got := Checksum(test.header, []byte("hello world")); got != test.want {
			t.Errorf("Checksum(%s) = %q, want %q", test.header, got, test.want)
		}
	}
}
