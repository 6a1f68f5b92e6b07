package messagelog

import (
	"fmt"
	"io"
	"iter"
	"mime"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/soarkit/soarkit/internal/logfile"
)

// Bounds of what [Scan] keeps.
const (
	MaxLine       = logfile.MaxLine // bytes of a line; longer ones are skipped
	MaxOpen       = 50_000          // transactions under way at the same time; beyond it the oldest are given out as they are
	MaxDeliveries = 10_000          // recipients of one transaction that are kept
)

// A Transaction is what the log says about one message in the queue.
type Transaction struct {
	QueueID   string
	MessageID string     // without angle brackets
	Sender    string     // envelope sender; "" is the null sender or not logged
	Subject   string     // decoded; "" if the server does not log subjects
	Client    string     // name of the host that handed the message over
	ClientIP  netip.Addr // its address; zero for local mail
	Size      int64      // bytes
	First     time.Time  // first line about it
	// Deliveries has one entry for each recipient, in the order in which they first
	// appear, with the last outcome.
	Deliveries []Delivery
	Truncated  bool // there were more than MaxDeliveries recipients
	Done       bool // the server has removed it from the queue

	index map[[2]string]int // of Deliveries, by address and original
}

// A Delivery is the outcome for one recipient.
type Delivery struct {
	Address  string    // where it went, after aliases
	Original string    // address that it was sent to, if another
	At       time.Time // of the last outcome
	Status   string    // "sent", "deferred", "bounced", "expired", ...
	DSN      string    // RFC 3463 code, such as "2.0.0"
	Relay    string    // who took it
	Detail   string    // the server's words
}

// Tally counts what a scan met.
type Tally struct {
	Lines   int // lines read
	Used    int // lines about a queue id
	TooLong int // lines longer than MaxLine, skipped
	Evicted int // transactions given out before they ended, because of MaxOpen
}

// Scan reads a log and yields its transactions: each when the server removes it
// from the queue, those that never are at the end, in the order of their first
// line. reference is a time not before the log's end, for logs without a year.
// tally, if not nil, is kept up to date. An error of r ends the sequence.
func Scan(r io.Reader, reference time.Time, tally *Tally) iter.Seq2[*Transaction, error] {
	return func(yield func(*Transaction, error) bool) {
		if tally == nil {
			tally = new(Tally)
		}
		s := scan{open: map[string]*Transaction{}, tally: tally, year: yearBefore(reference)}
		var lines logfile.Lines
		for text, err := range lines.All(r) {
			if err != nil {
				yield(nil, fmt.Errorf("messagelog: %w", err))
				return
			}
			tally.Lines, tally.TooLong = lines.Read, lines.TooLong
			for _, t := range s.line(text) {
				if !yield(t, nil) {
					return
				}
			}
		}
		tally.Lines, tally.TooLong = lines.Read, lines.TooLong
		for _, t := range s.order {
			if s.open[t.QueueID] == t && !yield(t, nil) {
				return
			}
		}
	}
}

type scan struct {
	open  map[string]*Transaction
	order []*Transaction // by first line; those that are done are no longer in open
	tally *Tally
	year  yearOf
}

// line takes in a line and returns the transactions that end with it.
func (s *scan) line(text string) []*Transaction {
	l, ok := parseLine(text, s.year)
	if !ok {
		return nil
	}
	s.tally.Used++
	t := s.open[l.queue]
	var out []*Transaction
	// A queue id may come again after "removed"; a new client means a new message
	// where that line was lost.
	if client, ok := attribute(l.text, "client"); l.process == "smtpd" && ok {
		if t != nil && (t.MessageID != "" || len(t.Deliveries) > 0) {
			out, t = append(out, t), nil
		}
		t = s.begin(t, l)
		t.Client, t.ClientIP = splitClient(client)
		return append(out, s.evict()...)
	}
	t = s.begin(t, l)
	t.take(l)
	if l.process == "qmgr" && l.text == "removed" {
		t.Done = true
		delete(s.open, l.queue)
		s.compact()
		return []*Transaction{t}
	}
	return s.evict()
}

func (s *scan) begin(t *Transaction, l line) *Transaction {
	if t == nil {
		t = &Transaction{QueueID: l.queue, First: l.at}
		s.open[l.queue] = t
		s.order = append(s.order, t)
	}
	return t
}

// evict gives out the oldest transactions while too many are open.
func (s *scan) evict() []*Transaction {
	var out []*Transaction
	for len(s.open) > MaxOpen {
		t := s.order[0]
		s.order = s.order[1:]
		if s.open[t.QueueID] == t {
			delete(s.open, t.QueueID)
			s.tally.Evicted++
			out = append(out, t)
		}
	}
	return out
}

// compact drops what is done from the order before it outgrows what is open.
func (s *scan) compact() {
	if len(s.order) > 2*len(s.open)+1000 {
		s.order = slices.DeleteFunc(s.order, func(t *Transaction) bool { return s.open[t.QueueID] != t })
	}
}

// take adds what a line says.
func (t *Transaction) take(l line) {
	switch l.process {
	case "cleanup":
		if id, ok := strings.CutPrefix(l.text, "message-id="); ok {
			t.MessageID = strings.Trim(id, "<>")
		} else if subject, ok := loggedSubject(l.text); ok {
			t.Subject = subject
		}
	case "qmgr", "pickup":
		if from, ok := attribute(l.text, "from"); ok {
			t.Sender = from
		}
		if size, ok := attribute(l.text, "size"); ok {
			t.Size, _ = strconv.ParseInt(size, 10, 64)
		}
	default:
		if to, ok := attribute(l.text, "to"); ok {
			t.deliver(to, l)
		}
	}
}

func (t *Transaction) deliver(to string, l line) {
	status, ok := attributeTail(l.text, "status")
	if !ok {
		return
	}
	d := Delivery{Address: to, At: l.at}
	d.Original, _ = attribute(l.text, "orig_to")
	d.Relay, _ = attribute(l.text, "relay")
	d.DSN, _ = attribute(l.text, "dsn")
	d.Status, d.Detail, _ = strings.Cut(status, " ")
	d.Detail = strings.TrimSuffix(strings.TrimPrefix(d.Detail, "("), ")")
	if i, ok := t.index[[2]string{to, d.Original}]; ok {
		t.Deliveries[i] = d
		return
	}
	if len(t.Deliveries) == MaxDeliveries {
		t.Truncated = true
		return
	}
	if t.index == nil {
		t.index = map[[2]string]int{}
	}
	t.index[[2]string{to, d.Original}] = len(t.Deliveries)
	t.Deliveries = append(t.Deliveries, d)
}

// splitClient reads "mail.example.com[198.51.100.20]", with or without a port.
func splitClient(s string) (name string, ip netip.Addr) {
	name, rest, _ := strings.Cut(s, "[")
	address, _, _ := strings.Cut(rest, "]")
	ip, _ = netip.ParseAddr(strings.TrimPrefix(address, "IPv6:"))
	return name, ip.Unmap()
}

// loggedSubject reads what header_checks log: "warning: header Subject: TEXT
// from HOST; from=<…> to=<…> …". The text may hold anything, so its end is
// looked for from behind.
func loggedSubject(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "header Subject: ")
	if !ok {
		return "", false
	}
	if end := strings.LastIndex(rest, "; from=<"); end >= 0 {
		rest = rest[:end]
		if from := strings.LastIndex(rest, " from "); from >= 0 {
			rest = rest[:from]
		}
	}
	decoded, err := new(mime.WordDecoder).DecodeHeader(rest)
	if err != nil {
		decoded = rest
	}
	return strings.ToValidUTF8(decoded, "\uFFFD"), true
}
