// Package proxylog tells from the log of a web proxy or web server who
// requested a URL or a host: after a phishing mail, who clicked, and who sent
// the form.
//
// [Parse] reads one line in Squid's native format or in the common or combined
// format of NCSA, which most proxies and servers can write. [New] makes an
// enricher of it, over log files in a directory, which is safe for concurrent use:
// each query reads the files anew. It fails with connector.ErrInvalid if nothing
// is asked for, and with ErrPermanent if a log cannot be read; lines that are no
// requests, and what is beyond a bound, make the answer partial.
package proxylog
