// Package messagelog tells from a mail server's log who got a message.
//
// [Scan] reads a log of Postfix, in the traditional syslog format or with
// RFC 3339 times, and puts the lines of each queue id together to a
// [Transaction]: from whom, with which Message-ID and subject, to whom and with
// what outcome. [New] makes an enricher of it, over log files in a directory, which
// is safe for concurrent use: each query reads the files anew. It fails with
// connector.ErrInvalid if nothing is asked for, and with ErrPermanent if a log
// cannot be read; what is beyond a bound makes the answer partial.
//
// Subjects are known where the server logs them, which takes one line in its
// header_checks: /^Subject:/ INFO (or WARN).
package messagelog
