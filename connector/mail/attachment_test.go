package mail_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/soarkit/soarkit/connector/mail"
)

// attached is a mail with one attachment.
func attached(header string, content []byte) string {
	var body strings.Builder
	text := base64.StdEncoding.EncodeToString(content)
	for len(text) > 76 {
		body.WriteString(text[:76] + "\n")
		text = text[76:]
	}
	return "From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee attachment\n--x\n" + header +
		"\nContent-Transfer-Encoding: base64\n\n" + body.String() + text + "\n--x--\n"
}

func zipped(t testing.TB, encrypt bool, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: files[i], Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(files[i+1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()
	if encrypt { // the flag in the central directory is what scanners go by
		out[bytes.Index(out, []byte("PK\x01\x02"))+8] |= 1
	}
	return out
}

func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func TestAttachmentHints(t *testing.T) {
	const ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	name := func(s string) string {
		return "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"" + s + "\""
	}
	for _, c := range []struct {
		name, header string
		content      string
		sniffed      string
		hints        string
	}{
		{"text", name("notes.txt"), "hello", "text/plain; charset=utf-8", ""},
		{"picture", name("logo.png"), "\x89PNG\x0D\x0A\x1A\x0A", "image/png", ""},
		{"program", name("setup.exe"), "MZ\x90\x00", "application/vnd.microsoft.portable-executable", "executable"},
		{"double-extension", name("Invoice.PDF.EXE "), "MZ\x90\x00", "application/vnd.microsoft.portable-executable", "executable double-extension"},
		{"version-in-name", name("setup.1.2.exe"), "MZ", "application/vnd.microsoft.portable-executable", "executable"},
		{"tar-gz", name("logs.tar.gz"), "\x1f\x8b\x08", "application/x-gzip", "archive"},
		{"program-as-picture", name("logo.png"), "MZ\x90\x00", "application/vnd.microsoft.portable-executable", "executable type-mismatch"},
		{"declared-as-pdf", "Content-Type: application/pdf; name=x", "MZ\x90\x00", "application/vnd.microsoft.portable-executable", "executable type-mismatch"},
		{"turned-name", name("photo_\u202Egnp.exe"), "x", "text/plain; charset=utf-8", "executable hidden-name"},
		{"spaces-in-name", name("photo.png          .exe"), "x", "text/plain; charset=utf-8", "executable double-extension hidden-name"},
		{"encoded-name", "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''invoice.pdf%2Ejs", "x", "text/plain; charset=utf-8", "executable double-extension"},
		{"encoded-word-name", "Content-Type: application/octet-stream; name=\"=?utf-8?B?aW52b2ljZS5wZGYuanM=?=\"", "x", "text/plain; charset=utf-8", "executable double-extension"},
		{"script", name("run"), "#!/bin/sh\n", "text/x-script", "executable"},
		{"shortcut", name("doc.lnk"), "\x4c\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut", "executable"},
		{"elf", name("x"), "\x7fELF", "application/x-elf", "executable"},
		{"old-document", name("a.doc"), ole, "application/x-ole-storage", ""},
		{"old-macros", name("a.doc"), ole + wide("_VBA_PROJECT"), "application/x-ole-storage", "macro"},
		{"encrypted-document", name("a.docx"), ole + wide("EncryptedPackage"), "application/x-ole-storage", "encrypted"},
		{"macros-by-name", name("a.xlsm"), "x", "text/plain; charset=utf-8", "macro"},
		{"new-document", name("a.docx"), string(zipped(t, false, "[Content_Types].xml", "<x/>", "word/document.xml", "x")), "application/zip", ""},
		{"new-macros", name("a.docx"), string(zipped(t, false, "[Content_Types].xml", "<x/>", "word/vbaProject.bin", "x")), "application/zip", "macro"},
		{"archive", name("a.zip"), string(zipped(t, false, "a.txt", "x")), "application/zip", "archive"},
		{"program-in-archive", name("a.zip"), string(zipped(t, false, "dir/invoice.pdf.scr", "x")), "application/zip", "executable double-extension archive"},
		{"encrypted-archive", name("a.zip"), string(zipped(t, true, "a.txt", "x")), "application/zip", "encrypted archive"},
		{"bomb", name("a.zip"), string(zipped(t, false, "a.txt", strings.Repeat("0", 2<<20))), "application/zip", "archive bomb"},
		{"pdf", name("a.pdf"), "%PDF-1.7 nothing", "application/pdf", ""},
		{"pdf-late-header", name("a.pdf"), "\n\n%PDF-1.7 /JavaScript", "application/pdf", "active-content"},
		{"pdf-encrypted", name("a.pdf"), "%PDF-1.7 /Encrypt 5 0 R", "application/pdf", "encrypted"},
		{"rtf-object", name("a.doc"), `{\rtf1 {\object\objdata 01}}`, "application/rtf", "active-content"},
		{"html-smuggling", name("a.html"), "<html><script>var x</script>", "text/html; charset=utf-8", "active-content"},
		{"svg", name("a.svg"), `<svg onload="x()">`, "image/svg+xml", "active-content"},
		{"disk-image", name("a.iso"), strings.Repeat("\x00", 0x8001) + "CD001", "application/x-iso9660-image", "disk-image"},
		{"disk-image-by-name", name("a.img"), "x", "text/plain; charset=utf-8", "disk-image"},
		{"rar", name("a.rar"), "Rar!\x1a\x07\x01", "application/x-rar-compressed", "archive"},
		{"broken-archive", name("a.zip"), "PK\x03\x04junk", "application/zip", "archive"},
		{"empty", name("a.bin"), "", "text/plain; charset=utf-8", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := mustParse(t, attached(c.header, []byte(c.content))).Attachments()
			if len(list) != 1 {
				t.Fatalf("%d attachments", len(list))
			}
			var hints []string
			for _, h := range list[0].Hints {
				hints = append(hints, string(h))
			}
			if got := strings.Join(hints, " "); got != c.hints || list[0].Sniffed != c.sniffed || list[0].Size != int64(len(c.content)) {
				t.Errorf("%+v\nwant %s, hints %q", list[0], c.sniffed, c.hints)
			}
		})
	}
}

func TestAttachmentDigests(t *testing.T) {
	got := mail.AnalyseAttachments(mustParse(t, attached("Content-Type: application/octet-stream; name=a.bin", []byte("abc"))))
	want := mail.Attachment{Path: "1.2", Name: "a.bin", Declared: "application/octet-stream", Sniffed: "text/plain; charset=utf-8", Size: 3,
		// The test vectors of FIPS 180-4 and RFC 1321.
		MD5: "900150983cd24fb0d6963f7d28e17f72", SHA1: "a9993e364706816aba3e25717850c26c9cd0d89d",
		SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
	if diff := cmp.Diff([]mail.Attachment{want}, got.Attachments); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var types []string
	for _, i := range got.Indicators {
		types = append(types, i.Type)
	}
	if diff := cmp.Diff([]string{"sha256", "sha1", "md5", "filename"}, types); diff != "" || got.Method != "static, not detonated" {
		t.Errorf("%s, indicators (-want +got):\n%s", got.Method, diff)
	}
}

func TestDamagedAttachment(t *testing.T) {
	in := strings.Replace(attached("Content-Type: application/octet-stream; name=a.bin", []byte("abcdef")), "YWJjZGVm", "YWJj=ZGVm", 1)
	got := mail.AnalyseAttachments(mustParse(t, in))
	if a := got.Attachments[0]; !a.Damaged || a.Size != 3 {
		t.Errorf("%+v", a)
	}
	if diff := cmp.Diff([]string{"low damaged"}, codes(got.Findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatIsAnAttachment lists what a reader gets to save as a file.
func TestWhatIsAnAttachment(t *testing.T) {
	in := `From: a@example.com
Content-Type: multipart/mixed; boundary=x

--x

text
--x
Content-Type: text/html

<p>
--x
Content-Type: text/html; name="page.html"

<p>
--x
Content-Disposition: attachment

text
--x
Content-Type: image/png
Content-Disposition: inline

x
--x
Content-Type: message/rfc822

Subject: forwarded
Content-Type: application/pdf

x
--x
Content-Type: message/rfc822; name="mail.eml"

Subject: attached

x
--x--
`
	var got []string
	for _, a := range mustParse(t, in).Attachments() {
		got = append(got, fmt.Sprintf("%s %q %s", a.Path, a.Name, a.Declared))
	}
	want := []string{`1.3 "page.html" text/html`, `1.4 "" text/plain`, `1.5 "" image/png`, `1.6.1 "" application/pdf`, `1.7 "mail.eml" message/rfc822`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestArchiveBounds: an archive whose directory lists very much costs little.
func TestArchiveBounds(t *testing.T) {
	entry := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	directory := bytes.Repeat(entry, 20_000)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	n := len(directory)
	copy(end[12:], []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	content := slicesConcat([]byte("PK\x03\x04"), directory, end)
	copy(content[len(content)-22+16:], []byte{4, 0, 0, 0})
	m := mustParse(t, attached("Content-Type: application/zip; name=a.zip", content))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	list := m.Attachments()
	runtime.ReadMemStats(&after)
	if a := list[0]; len(a.Entries) != mail.MaxEntries || !a.Has(mail.HintBomb) {
		t.Errorf("%d entries, hints %v", len(a.Entries), a.Hints)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8*uint64(len(content)) {
		t.Errorf("allocated %d bytes for an archive of %d", used, len(content))
	}
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
