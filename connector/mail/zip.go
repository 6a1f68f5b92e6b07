package mail

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// zipHints walks the central directory of a ZIP archive (APPNOTE §4.3.12).
// Nothing is decompressed, and no more than MaxEntries are read: archive/zip
// would keep every entry that the bytes hold.
func zipHints(content []byte, hints map[Hint]bool) (entries []string) {
	var office, macro bool
	var packed, unpacked uint64
	rest := centralDirectory(content)
	for len(rest) >= 46 && bytes.HasPrefix(rest, []byte("PK\x01\x02")) {
		if len(entries) == MaxEntries {
			hints[HintBomb] = true
			break
		}
		le := binary.LittleEndian
		flags, nameLen := le.Uint16(rest[8:]), int(le.Uint16(rest[28:]))
		skip := 46 + nameLen + int(le.Uint16(rest[30:])) + int(le.Uint16(rest[32:]))
		if len(rest) < skip {
			break
		}
		packed, unpacked = packed+uint64(le.Uint32(rest[20:])), unpacked+uint64(le.Uint32(rest[24:]))
		name := strings.ToValidUTF8(string(rest[46:46+nameLen]), "\uFFFD")
		entries = append(entries, clip(name, 300))
		hints[HintEncrypted] = hints[HintEncrypted] || flags&1 != 0
		office = office || name == "[Content_Types].xml"
		macro = macro || strings.HasSuffix(name, "vbaProject.bin")
		rest = rest[skip:]
	}
	hints[HintBomb] = hints[HintBomb] || unpacked > 1<<20 && unpacked/100 > packed
	if office {
		hints[HintMacro] = hints[HintMacro] || macro
		return nil // the inside of a document is no list of files
	}
	hints[HintArchive] = true
	for _, name := range entries {
		nameHints(name, hints)
	}
	return entries
}

// centralDirectory returns the archive from its directory on, or nil. The
// record that names its place ends the file but for a comment.
func centralDirectory(content []byte) []byte {
	const record = 22
	tail := content[max(0, len(content)-record-0xFFFF):]
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < record {
		return nil
	}
	size, offset := binary.LittleEndian.Uint32(tail[at+12:]), binary.LittleEndian.Uint32(tail[at+16:])
	if uint64(offset)+uint64(size) > uint64(len(content)) {
		return nil
	}
	return content[offset:]
}
