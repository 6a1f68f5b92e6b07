package mail

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"slices"
	"strings"
)

// An Attachment is a file in a mail, looked at from outside: it was neither
// opened nor run.
type Attachment struct {
	Path     string   `json:"path"`     // path of the part
	Name     string   `json:"name"`     // as declared and decoded; "" if it has none
	Declared string   `json:"declared"` // media type that the part declares
	Sniffed  string   `json:"sniffed"`  // media type that its first bytes tell
	Size     int64    `json:"size"`     // bytes
	MD5      string   `json:"md5"`      // lower-case hex, like the other digests
	SHA1     string   `json:"sha1"`
	SHA256   string   `json:"sha256"`
	Damaged  bool     `json:"damaged,omitempty"` // digests and size are those of the part that could be decoded
	Entries  []string `json:"entries,omitempty"` // names in a ZIP archive, at most [MaxEntries]
	Hints    []Hint   `json:"hints,omitempty"`
}

// A Hint is a trait of a file that matters for its danger.
type Hint string

// Hints of [Attachment.Hints]. Each is read from the file's bytes or name, and
// says what is there, not what it does.
const (
	HintExecutable      Hint = "executable"       // a program, script, shortcut or installer, by content or name
	HintDoubleExtension Hint = "double-extension" // "invoice.pdf.exe": the last extension is that of a program
	HintHiddenName      Hint = "hidden-name"      // the name has characters that turn or hide what a reader sees
	HintTypeMismatch    Hint = "type-mismatch"    // content is of another kind than name and declaration say
	HintMacro           Hint = "macro"            // an Office document with VBA code
	HintActiveContent   Hint = "active-content"   // a PDF, RTF, HTML or SVG that carries code, launches or embeds
	HintEncrypted       Hint = "encrypted"        // content that no scanner on the way could read
	HintArchive         Hint = "archive"          // contains files
	HintDiskImage       Hint = "disk-image"       // a container that strips the mark of the web
	HintBomb            Hint = "bomb"             // an archive that grows more than a hundredfold, or lists too much
)

// MaxEntries is the number of names that are read of an archive.
const MaxEntries = 1000

// Attachments returns the message's attachments in its order, those of
// forwarded messages included.
func (m *Message) Attachments() []Attachment {
	var out []Attachment
	for p := range m.Parts() {
		if p.IsAttachment() {
			out = append(out, m.attachment(p))
		}
	}
	return out
}

func (m *Message) attachment(p *Part) Attachment {
	content, err := p.content(m.raw, m.opt.MaxDecoded)
	md, s1, s256 := md5.New(), sha1.New(), sha256.New()
	_, _ = io.MultiWriter(md, s1, s256).Write(content) // a hash never fails
	a := Attachment{
		Path: p.Path, Name: clip(p.Name(), 1000), Declared: p.Type, Sniffed: sniff(content), Size: int64(len(content)),
		MD5: hex.EncodeToString(md.Sum(nil)), SHA1: hex.EncodeToString(s1.Sum(nil)), SHA256: hex.EncodeToString(s256.Sum(nil)),
		Damaged: err != nil,
	}
	hints := map[Hint]bool{}
	nameHints(a.Name, hints)
	hints[HintTypeMismatch] = mismatch(a)
	a.Entries = contentHints(a.Sniffed, content, hints)
	for _, h := range hintOrder {
		if hints[h] {
			a.Hints = append(a.Hints, h)
		}
	}
	return a
}

var hintOrder = []Hint{HintExecutable, HintDoubleExtension, HintHiddenName, HintTypeMismatch, HintMacro,
	HintActiveContent, HintEncrypted, HintArchive, HintDiskImage, HintBomb}

// Has tells whether the attachment has the hint.
func (a Attachment) Has(h Hint) bool { return slices.Contains(a.Hints, h) }

const (
	executableExtensions = " exe scr com pif bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta msi msp mst jar lnk cpl dll reg url " +
		"appx msix application gadget inf ins isp scf sct shb chm sh command py rb pl apk dmg pkg xll wll iqy slk one "
	macroExtensions    = " docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm "
	imageExtensions    = " iso img vhd vhdx udf "
	documentExtensions = " pdf doc docx docm xls xlsx xlsm ppt pptx pptm rtf odt ods odp txt csv htm html shtml xht xhtml svg xml eml msg " +
		"jpg jpeg png gif bmp tif tiff webp mp3 mp4 avi mov wav zip rar 7z gz tgz tar bz2 xz ics vcf md "
)

func inList(list, word string) bool { return word != "" && strings.Contains(list, " "+word+" ") }

func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimRight(name, ". ")), "."))
}

// isFileName tells whether a dotted word is rather a file than a host.
func isFileName(word string) bool {
	ext := extension(word)
	return strings.Count(word, ".") == 1 && ext != "com" &&
		(inList(documentExtensions, ext) || inList(executableExtensions, ext) || inList(imageExtensions, ext))
}

// nameHints reads a file name as Windows and as its reader would.
func nameHints(name string, hints map[Hint]bool) {
	if visible := stripInvisible(name); visible != name || strings.Contains(name, strings.Repeat(" ", 8)) {
		hints[HintHiddenName] = true
		name = visible
	}
	last := extension(name)
	hints[HintExecutable] = hints[HintExecutable] || inList(executableExtensions, last)
	hints[HintMacro] = hints[HintMacro] || inList(macroExtensions, last)
	hints[HintDiskImage] = hints[HintDiskImage] || inList(imageExtensions, last)
	if stem, _, ok := cutLast(strings.TrimRight(name, ". "), "."); ok && inList(executableExtensions, last) {
		hints[HintDoubleExtension] = hints[HintDoubleExtension] || inList(documentExtensions, extension(stem))
	}
}

// stripInvisible drops what turns the direction of text or has no width.
func stripInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0x200B && r <= 0x200F,
			r == 0x00AD, r == 0x2060, r == 0xFEFF, r < ' ', r == 0x7F:
			return -1
		}
		return r
	}, s)
}

// mismatch tells whether the content contradicts what the reader was told, by
// the name or by the declared type. Text, and unknown content, contradict nothing.
func mismatch(a Attachment) bool {
	found := family(a.Sniffed)
	if found == "" || found == "text" {
		return false
	}
	for _, told := range []string{typeOfExtension[extension(stripInvisible(a.Name))], family(a.Declared)} {
		zipped := found == "zip" && told == "office" // new documents are ZIP archives
		if told != "" && told != found && !zipped {
			return true
		}
	}
	return false
}

// family groups media types into kinds that a reader tells apart.
func family(mediaType string) string {
	switch {
	case strings.HasPrefix(mediaType, "image/"):
		return "image"
	case strings.HasPrefix(mediaType, "text/"):
		return "text"
	case strings.HasPrefix(mediaType, "audio/"), strings.HasPrefix(mediaType, "video/"):
		return "media"
	case mediaType == "application/pdf":
		return "pdf"
	case mediaType == typeExe, mediaType == typeELF, mediaType == typeMachO, mediaType == typeLnk, mediaType == typeScript:
		return "program"
	case mediaType == typeOLE, mediaType == typeRTF, strings.Contains(mediaType, "officedocument"), strings.Contains(mediaType, "msword"),
		strings.Contains(mediaType, "ms-excel"), strings.Contains(mediaType, "ms-powerpoint"), strings.Contains(mediaType, "opendocument"):
		return "office"
	case mediaType == "application/zip", mediaType == "application/x-zip-compressed":
		return "zip"
	}
	return ""
}

var typeOfExtension = map[string]string{
	"pdf": "pdf", "jpg": "image", "jpeg": "image", "png": "image", "gif": "image", "bmp": "image", "webp": "image",
	"tif": "image", "tiff": "image", "doc": "office", "docx": "office", "docm": "office", "xls": "office", "xlsx": "office",
	"xlsm": "office", "ppt": "office", "pptx": "office", "pptm": "office", "rtf": "office", "odt": "office", "ods": "office",
	"odp": "office", "zip": "zip", "txt": "text", "csv": "text", "htm": "text", "html": "text", "eml": "text",
	"exe": "program", "scr": "program", "dll": "program", "lnk": "program", "mp3": "media", "mp4": "media", "wav": "media",
}

// contentHints reads what the content itself tells, and the names in an archive.
func contentHints(sniffed string, content []byte, hints map[Hint]bool) (entries []string) {
	switch sniffed {
	case typeExe, typeELF, typeMachO, typeLnk, typeScript:
		hints[HintExecutable] = true
	case typeOLE:
		hints[HintMacro] = hints[HintMacro] || containsWide(content, "_VBA_PROJECT")
		hints[HintEncrypted] = containsWide(content, "EncryptedPackage")
	case typeRTF:
		hints[HintActiveContent] = bytes.Contains(content, []byte(`\objdata`)) || bytes.Contains(content, []byte(`\objupdate`))
	case "application/pdf":
		hints[HintActiveContent] = containsAny(content, "/JavaScript", "/JS ", "/JS(", "/Launch", "/EmbeddedFile", "/OpenAction", "/RichMedia")
		hints[HintEncrypted] = bytes.Contains(content, []byte("/Encrypt"))
	case "text/html; charset=utf-8", "text/html", "image/svg+xml", "text/xml; charset=utf-8":
		lower := bytes.ToLower(content)
		hints[HintActiveContent] = containsAny(lower, "<script", "javascript:", "onload=", "<foreignobject")
	case typeISO, typeVHD:
		hints[HintDiskImage] = true
	case typeRAR, type7z, "application/x-gzip", typeCab, typeTar:
		hints[HintArchive] = true
	case "application/zip":
		return zipHints(content, hints)
	}
	return nil
}

// containsWide looks for a name as OLE directories write it, in UTF-16LE.
func containsWide(content []byte, name string) bool {
	wide := make([]byte, 0, 2*len(name))
	for i := range len(name) {
		wide = append(wide, name[i], 0)
	}
	return bytes.Contains(content, wide)
}

func containsAny(content []byte, needles ...string) bool {
	for _, n := range needles {
		if bytes.Contains(content, []byte(n)) {
			return true
		}
	}
	return false
}
