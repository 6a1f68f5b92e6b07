package mail

// What [Parse] reads at most where [Options] say nothing else. A mail beyond a
// bound is refused with [ErrLimit]; nothing is cut silently.
const (
	DefaultMaxSize    = 64 << 20 // bytes of the whole message
	DefaultMaxHeader  = 1 << 20  // bytes of one header block
	DefaultMaxFields  = 2000     // fields in one header block
	DefaultMaxDepth   = 32       // parts within parts, forwarded messages included
	DefaultMaxParts   = 1000     // parts of the whole message
	DefaultMaxDecoded = 48 << 20 // bytes of one part after its transfer encoding is undone
)

// Options bound what [Parse] accepts. The zero value applies the defaults
// above, and refuses a message that breaks off.
type Options struct {
	MaxSize    int64 // bytes; 0 means DefaultMaxSize
	MaxHeader  int   // bytes; 0 means DefaultMaxHeader
	MaxFields  int   // 0 means DefaultMaxFields
	MaxDepth   int   // 0 means DefaultMaxDepth
	MaxParts   int   // 0 means DefaultMaxParts
	MaxDecoded int64 // bytes; 0 means DefaultMaxDecoded

	// AllowTruncated accepts a message that breaks off. What is there is
	// parsed, and [Message.Defects] names the place where it ends.
	AllowTruncated bool
}

func (o Options) withDefaults() Options {
	orDefault(&o.MaxSize, DefaultMaxSize)
	orDefault(&o.MaxHeader, DefaultMaxHeader)
	orDefault(&o.MaxFields, DefaultMaxFields)
	orDefault(&o.MaxDepth, DefaultMaxDepth)
	orDefault(&o.MaxParts, DefaultMaxParts)
	orDefault(&o.MaxDecoded, DefaultMaxDecoded)
	return o
}

func orDefault[T int | int64](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
