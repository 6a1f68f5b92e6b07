package connector

// RetryAfter and HostAllowed are tested apart from the client.
var (
	RetryAfter  = retryAfter
	HostAllowed = hostAllowed
)

// FarAhead is the longest time ahead that RetryAfter returns.
const FarAhead = farAhead
