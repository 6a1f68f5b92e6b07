package stix

import "encoding/json"

// An Artifact is the content of a file or a message (STIX 2.1 §6.1): PayloadBin,
// or URL with Hashes.
type Artifact struct {
	Observable
	MIMEType            string
	PayloadBin          string // base64
	URL                 string
	Hashes              Hashes
	EncryptionAlgorithm string
	DecryptionKey       string
}

// Type returns "artifact".
func (*Artifact) Type() string { return "artifact" }

func (v *Artifact) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "mime_type", &v.MIMEType)
	stringOf(c, "payload_bin", &v.PayloadBin)
	stringOf(c, "url", &v.URL)
	hashesOf(c, "hashes", &v.Hashes)
	stringOf(c, "encryption_algorithm", &v.EncryptionAlgorithm)
	stringOf(c, "decryption_key", &v.DecryptionKey)
	v.tail(c)
}

// An EmailAddress is an address without a display name (STIX 2.1 §6.5). Writing
// demands Value.
type EmailAddress struct {
	Observable
	Value        string
	DisplayName  string
	BelongsToRef ID
}

// Type returns "email-addr".
func (*EmailAddress) Type() string { return "email-addr" }

func (v *EmailAddress) describe(c *codec) {
	v.head(c, v)
	stringOf(c, "value", &v.Value)
	stringOf(c, "display_name", &v.DisplayName)
	stringOf(c, "belongs_to_ref", &v.BelongsToRef)
	v.tail(c)
}

// An EmailMessage is a message (STIX 2.1 §6.6): with Body, or, if IsMultipart,
// BodyMultipart.
type EmailMessage struct {
	Observable
	IsMultipart            bool
	Date                   Timestamp
	ContentType            string
	FromRef                ID
	SenderRef              ID
	ToRefs                 []ID
	CCRefs                 []ID
	BCCRefs                []ID
	MessageID              string
	Subject                string
	ReceivedLines          []string
	AdditionalHeaderFields map[string]json.RawMessage
	Body                   string
	BodyMultipart          []MIMEPart
	RawEmailRef            ID
}

// Type returns "email-message".
func (*EmailMessage) Type() string { return "email-message" }

func (v *EmailMessage) describe(c *codec) {
	v.head(c, v)
	alwaysOf(c, "is_multipart", &v.IsMultipart)
	stringOf(c, "date", &v.Date)
	stringOf(c, "content_type", &v.ContentType)
	stringOf(c, "from_ref", &v.FromRef)
	stringOf(c, "sender_ref", &v.SenderRef)
	stringsOf(c, "to_refs", &v.ToRefs)
	stringsOf(c, "cc_refs", &v.CCRefs)
	stringsOf(c, "bcc_refs", &v.BCCRefs)
	stringOf(c, "message_id", &v.MessageID)
	stringOf(c, "subject", &v.Subject)
	stringsOf(c, "received_lines", &v.ReceivedLines)
	mapOf(c, "additional_header_fields", &v.AdditionalHeaderFields)
	stringOf(c, "body", &v.Body)
	listOfParts(c, "body_multipart", &v.BodyMultipart, mimePartShape)
	stringOf(c, "raw_email_ref", &v.RawEmailRef)
	v.tail(c)
}

// A MIMEPart is one part of a multipart message (STIX 2.1 §6.6.2).
type MIMEPart struct {
	Body               string
	BodyRawRef         ID // artifact or file
	ContentType        string
	ContentDisposition string
	Extra              Properties
}

func (v *MIMEPart) describe(c *codec) {
	stringOf(c, "body", &v.Body)
	stringOf(c, "body_raw_ref", &v.BodyRawRef)
	stringOf(c, "content_type", &v.ContentType)
	stringOf(c, "content_disposition", &v.ContentDisposition)
	extraOf(c, &v.Extra)
}
