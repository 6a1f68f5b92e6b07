package ioc

import (
	"strings"
	"sync"
	"sync/atomic"
)

// An ending is what a label says of the host that it ends: whether it is a
// top-level domain, and whether it is the extension of a file's name.
type ending struct {
	tld, ext uint8
	crowded  bool // a top-level domain of crowdedTLDs
	second   bool // a label of secondLabels
}

func (e ending) isKnown() bool { return e.tld != unknownTLD || e.ext != notFile }

// Kinds of top-level domains.
const (
	unknownTLD uint8 = iota
	flatTLD
	deepTLD
	specialTLD
)

// Kinds of last labels, as file name extensions.
const (
	notFile    uint8 = iota
	maybeFile        // a top-level domain that is a file only behind a telling stem: cc, pl, rs
	likelyFile       // a top-level domain that is mostly an extension: sh, py, md, zip
	onlyFile         // no top-level domain
	maxFileExt = maxPacked
)

const (
	maybeFiles = `
pl cc rs app ai bz pm py3 gdn st la mm ml tf vi cab pub ws sc in am ac
`
	likelyFiles = "sh py md zip mov so ps"
	onlyFiles   = `
exe dll sys scr cpl ocx drv efi msi msp mui pdb lib obj o a elf bat cmd ps1 psm1 psd1 vbs vbe vba js jse wsf wsh wsc
hta sct jar class war doc docx docm dot dotm dotx xls xlsx xlsm xlsb xlt xltm xll xlam ppt pptx pptm pps ppsx rtf pdf
odt ods odp one onepkg iqy slk csv tsv txt log ini cfg conf config inf reg xml xsl xslt json jsonl ndjson yaml yml
toml lnk url website desktop plist htm html shtml xhtml mht mhtml php php3 php5 phtml asp aspx ashx asmx jsp jspx cgi
css scss ts tsx jsx vue jpg jpeg png gif bmp svg ico webp tif tiff psd eps mp3 mp4 avi mkv wav flac swf flv wmv m4v
mpg rar 7z gz tgz bz2 xz zst tar arj ace z lzh iso img vhd vhdx vmdk ova dmg pkg apk ipa deb rpm appx msix bin dat db
sqlite mdb accdb bak tmp temp old swp dmp hiv evtx etl pcap pcapng mem vmem c h cpp hpp cxx cs java go rb lua swift kt
scala asm s r sql ipynb pyc pyd pyw dylib ko eml msg pst ost mbox vcf ics pem crt cer der p12 pfx key csr asc gpg sig
kdbx yar yara crypt enc locked torrent xpi crx vsix gadget job manifest mof pf sdb chm hlp
`
)

// maxPacked is the length of the labels that fit into a word, one byte each.
// Nearly all last labels do.
const maxPacked = 8

// endings are all known endings: the packed ones in a table with open
// addressing, which is asked about every candidate in a text, the others in a
// map.
type endings struct {
	keys  [1 << endingBits]uint64
	kinds [1 << endingBits]ending
	long  map[string]*ending

	suffixes [251]atomic.Pointer[string] // found by isSuffix
}

const endingBits = 12 // 2,000 endings, so that hardly any has to be looked for

var knownEndings = sync.OnceValue(func() *endings {
	t := &endings{long: make(map[string]*ending)}
	for kind, list := range map[uint8]string{flatTLD: flatTLDs, deepTLD: deepTLDs} {
		for label := range strings.FieldsSeq(list) {
			t.at(label).tld = kind
		}
	}
	for label := range strings.FieldsSeq(specialTLDs) {
		t.at(label).tld = specialTLD // some are in the other lists, too
	}
	for kind, list := range map[uint8]string{maybeFile: maybeFiles, likelyFile: likelyFiles, onlyFile: onlyFiles} {
		for label := range strings.FieldsSeq(list) {
			t.at(label).ext = kind
		}
	}
	for label := range strings.FieldsSeq(crowdedTLDs) {
		t.at(label).crowded = true
	}
	for label := range strings.FieldsSeq(secondLabels) {
		t.at(label).second = true
	}
	return t
})

// slot returns where key is, or the empty place where it would be.
func (t *endings) slot(key uint64) int {
	i := key * 0x9e3779b97f4a7c15 >> (64 - endingBits)
	for t.keys[i] != key && t.keys[i] != 0 {
		i = (i + 1) % uint64(len(t.keys))
	}
	return int(i)
}

// at returns the place for a label in lower case, to fill it in.
func (t *endings) at(label string) *ending {
	if len(label) > maxPacked {
		if t.long[label] == nil {
			t.long[label] = new(ending)
		}
		return t.long[label]
	}
	key := packed(label, 0, len(label))
	i := t.slot(key)
	t.keys[i] = key
	return &t.kinds[i]
}

// of returns what the label s[from:to] is, which consists of letters in any
// case, digits, hyphens and underscores.
func (t *endings) of(s string, from, to int) ending {
	if to-from <= maxPacked {
		return t.kinds[t.slot(packed(s, from, to))]
	}
	if to-from > maxLabel {
		return ending{}
	}
	var small [maxLabel]byte
	n := copy(small[:], s[from:to])
	for i, c := range small[:n] {
		small[i] = lower(c)
	}
	if e := t.long[string(small[:n])]; e != nil {
		return *e
	}
	return ending{}
}

// packed returns the label s[from:to] as a word. The bit that makes capitals
// small is set in digits and hyphens anyway, so that no two labels share a word.
func packed(s string, from, to int) (key uint64) {
	const small = 0x2020202020202020
	if from+8 <= len(s) {
		return (load64(s, from) | small) & (1<<(8*uint(to-from)) - 1)
	}
	for i := to - 1; i >= from; i-- {
		key = key<<8 | uint64(s[i]|0x20)
	}
	return key
}

// tldKind returns what a last label is as a top-level domain.
func tldKind(label string) uint8 {
	if !allClass(label, classLabel) {
		return unknownTLD
	}
	return knownEndings().of(label, 0, len(label)).tld
}

// extensionKind returns what a last label is as an extension.
func extensionKind(label string) uint8 {
	if len(label) > maxFileExt || !allClass(label, classLabel) {
		return notFile
	}
	return knownEndings().of(label, 0, len(label)).ext
}

// isSuffix tells whether a lower-case name of two labels, which ends in a deep
// top-level domain, is a public suffix, such as co.uk. It asks the list only if
// the first label is one that occurs there: the list takes longer than all the
// rest that is done for a name, and allocates. What is a suffix is remembered,
// so that a text without any domain is read without an allocation; the others
// are domains.
func isSuffix(name string) bool {
	dot := strings.IndexByte(name, '.')
	t := knownEndings()
	if !t.of(name, 0, dot).second && !t.of(name, dot+1, len(name)).crowded {
		return false
	}
	place := &t.suffixes[(packed(name, 0, min(dot, maxPacked))^uint64(len(name)))%uint64(len(t.suffixes))]
	if known := place.Load(); known != nil && *known == name {
		return true
	}
	if suffixStart(name) > 0 {
		return false
	}
	place.Store(new(strings.Clone(name)))
	return true
}
