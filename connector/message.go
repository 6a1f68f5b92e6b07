package connector

import (
	"time"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A Message is what a notifier delivers.
type Message struct {
	// Key makes delivery idempotent: of all messages with the same key one is
	// delivered. Empty means the key of the call, which a workflow step has,
	// together with recipients and subject, as a step may send several messages.
	Key string `json:"key,omitempty"`

	From    string   `json:"from,omitempty"` // RFC 5322 address, as in "SOC <soc@example.org>"
	To      []string `json:"to"`             // RFC 5322 addresses, or what the notifier takes instead
	Cc      []string `json:"cc,omitempty"`
	ReplyTo string   `json:"reply_to,omitempty"`
	// InReplyTo is the Message-ID (without angle brackets) that this answers.
	InReplyTo string `json:"in_reply_to,omitempty"`

	Subject     string       `json:"subject"` // one line
	Text        string       `json:"text"`    // plain text, UTF-8
	HTML        string       `json:"html,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`

	// Marking restricts the message; the guard compares it with the audience, and
	// notifiers show it to the reader.
	Marking marking.Marking `json:"marking,omitzero"`
}

// DataMarking lets the marking guard see the message's own marking.
func (m Message) DataMarking() marking.Marking { return m.Marking }

// An Attachment is a file that goes with a message.
type Attachment struct {
	Name string `json:"name"`           // file name without a path
	Type string `json:"type,omitempty"` // media type; empty means application/octet-stream
	Data []byte `json:"data"`
}

// A Delivery says what became of a message.
type Delivery struct {
	ID     string    `json:"id"`               // the message's id, such as its Message-ID without angle brackets
	Key    string    `json:"key,omitempty"`    // the idempotency key that was used
	At     time.Time `json:"at"`               // when it was handed over
	Place  string    `json:"place,omitempty"`  // where it is now, such as a file name or a queue id
	Repeat bool      `json:"repeat,omitempty"` // it was delivered before: nothing was sent
}
