// Package connectortest checks connectors against the contract of package
// connector, for people who write one.
//
// [Run] opens a fresh connector for every clause of the contract and runs the
// clause as a subtest of its own; [Check] does the same outside of a test and
// returns what is broken. [Clauses] lists them with their reasons. A test of a
// connector is a function that opens it on a backend of the author's and says
// what to call it with:
//
//	func TestContract(t *testing.T) {
//		connectortest.Run(t, func(s *connectortest.Setup) (connectortest.Target, error) {
//			c, err := rdap.New(rdap.Config{Transport: s.Transport(fakeServer), Token: s.Secret})
//			return connectortest.Enricher(c, ioc.MustParse("example.org")), err
//		})
//	}
//
// The backend tells the kit about every use that is made of it, by [Setup.Reach],
// by a transport wrapped in [Setup.Transport], or by [Setup.Use] where nothing
// leaves the process. That is how the kit counts what leaves, and makes the
// backend hang, fail or answer. A connector whose backend never tells is not
// checked for how it fails.
//
// For connectors over HTTP there is also a cassette: [Record] keeps what a real
// service answered, without secrets, and [Replay] answers from that.
package connectortest
