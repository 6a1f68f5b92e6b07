// Package soarkit is the map of a library of security-automation primitives
// for SOC, CERT and CSIRT teams. It holds no types; import the package that
// you need:
//
//   - [github.com/soarkit/soarkit/ioc]: what was seen. Indicator values,
//     extraction from text with exact offsets, defanging, records and markings.
//   - [github.com/soarkit/soarkit/connector]: how to talk to the world.
//     Operations with a manifest, typed errors, the marking guard, limits, an
//     HTTP client, and a catalog that playbooks can call.
//   - [github.com/soarkit/soarkit/workflow]: what happens in which order. Typed
//     step graphs with retries, timeouts, approvals, failure frames and events,
//     in memory or crash-safe on a journal.
//   - [github.com/soarkit/soarkit/playbook]: OASIS CACAO 2.0. Read, validate,
//     render and run machine-readable playbooks.
//
// The packages are leaves and branches of one tree: ioc knows none of the
// others, connector knows ioc, workflow knows neither, and playbook composes
// the three. A test of this package holds that direction.
//
// Nothing here is a server or a platform. There is no registry, no init
// function with effects and no environment variable read: the caller passes in
// every connector, clock, logger and secret.
package soarkit
