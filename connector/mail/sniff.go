package mail

import (
	"bytes"
	"net/http"
	"strings"
)

// Media types that net/http does not tell.
const (
	typeExe    = "application/vnd.microsoft.portable-executable"
	typeELF    = "application/x-elf"
	typeMachO  = "application/x-mach-binary"
	typeLnk    = "application/x-ms-shortcut"
	typeScript = "text/x-script" // starts with "#!"
	typeOLE    = "application/x-ole-storage"
	typeRTF    = "application/rtf"
	typeISO    = "application/x-iso9660-image"
	typeVHD    = "application/x-vhd"
	typeRAR    = "application/x-rar-compressed"
	type7z     = "application/x-7z-compressed"
	typeCab    = "application/vnd.ms-cab-compressed"
	typeTar    = "application/x-tar"
)

// magics are first bytes, looked up in this order before net/http is asked.
var magics = []struct {
	offset      int
	magic, kind string
}{
	{0, "MZ", typeExe},
	{0, "\x7fELF", typeELF},
	{0, "\xcf\xfa\xed\xfe", typeMachO}, {0, "\xce\xfa\xed\xfe", typeMachO}, {0, "\xca\xfe\xba\xbe", typeMachO},
	{0, "\x4c\x00\x00\x00\x01\x14\x02\x00", typeLnk},
	{0, "#!", typeScript},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeOLE},
	{0, "{\\rt", typeRTF},
	{0, "conectix", typeVHD}, {0, "vhdxfile", typeVHD},
	{0, "7z\xbc\xaf\x27\x1c", type7z},
	{0, "Rar!\x1a\x07", typeRAR},
	{0, "MSCF", typeCab},
	{257, "ustar", typeTar},
	{0x8001, "CD001", typeISO},
}

// sniff tells the media type of content by its bytes, or
// "application/octet-stream".
func sniff(content []byte) string {
	for _, m := range magics {
		if len(content) > m.offset && bytes.HasPrefix(content[m.offset:], []byte(m.magic)) {
			return m.kind
		}
	}
	head := content[:min(len(content), 1024)]
	// A PDF header may stand anywhere in the first kilobyte; readers accept it.
	if bytes.Contains(head, []byte("%PDF-")) {
		return "application/pdf"
	}
	kind := http.DetectContentType(content)
	if strings.HasPrefix(kind, "text/") && bytes.Contains(bytes.ToLower(head), []byte("<svg")) {
		return "image/svg+xml"
	}
	return kind
}
