// Package proxylog tells from the log of a web proxy or web server who
// requested a URL or a host: after a phishing mail, who clicked, and who sent
// the form.
//
// [Parse] reads one line in Squid's native format or in the common or combined
// format of NCSA, which most proxies and servers can write. [New] makes an
// enricher of it, over log files in a directory.
package proxylog
