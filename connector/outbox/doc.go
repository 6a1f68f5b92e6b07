// Package outbox delivers notifications into a folder, each as a complete mail in
// a file of its own (.eml, RFC 5322). A mail server's pickup, a person's mail
// client or a test takes them from there. It is the notifier for hosts that must
// not send by themselves, and has the same interface as one that does.
//
// A message with the same key is delivered once, however often it is asked for:
// the file's name follows from the key, and a file is either there as a whole or
// not at all. Who may be written to is the host's choice ([Config]): an outbox for
// the own organisation and one for abuse contacts are two outboxes, with two
// audiences for the marking guard.
//
// A notifier is safe for concurrent use, and several of them, in one process or in
// several, may share a folder: of two that deliver the same message at once, one
// writes it and the other finds it there.
package outbox
