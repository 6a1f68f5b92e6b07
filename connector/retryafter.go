package connector

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter returns when the server wants to be asked again: Retry-After in all
// forms of RFC 9110 §10.2.3 (seconds, and the three forms of a date), corrected
// by the clock that the server shows in Date; else the reset of an exhausted
// allowance. It is zero if the server says nothing that can be read.
func retryAfter(h http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return exhausted(h, now)
	}
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return now.Add(secondsAhead(float64(seconds)))
	}
	if allDigits(value) { // more than 64 bits of seconds
		return now.Add(farAhead)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return exhausted(h, now)
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return now.Add(clampAhead(at.Sub(date)))
	}
	return now.Add(clampAhead(at.Sub(now)))
}

// farAhead stands for every wait that is longer: nobody sleeps that long, and
// sums with it do not overflow.
const farAhead = 10 * 365 * 24 * time.Hour

func clampAhead(d time.Duration) time.Duration { return max(0, min(d, farAhead)) }

func secondsAhead(s float64) time.Duration {
	if math.IsNaN(s) || s < 0 {
		return 0
	}
	if s > farAhead.Seconds() {
		return farAhead
	}
	return time.Duration(s * float64(time.Second))
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// exhausted returns when an allowance that the headers show as used up is filled
// again: RateLimit of draft-ietf-httpapi-ratelimit-headers ("p";r=0;t=12), its
// older fields RateLimit-Remaining and RateLimit-Reset, and X-RateLimit-… and
// X-Rate-Limit-… as they are seen in use, where a reset is seconds or a Unix
// time. It is zero if nothing is used up.
func exhausted(h http.Header, now time.Time) time.Time {
	var latest time.Time
	for item := range strings.SplitSeq(strings.Join(h.Values("RateLimit"), ","), ",") {
		remaining, reset := "", ""
		for param := range strings.SplitSeq(item, ";") {
			switch k, v, _ := strings.Cut(strings.TrimSpace(param), "="); k {
			case "r":
				remaining = v
			case "t":
				reset = v
			}
		}
		latest = later(latest, resetAt(remaining, reset, now))
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		latest = later(latest, resetAt(h.Get(prefix+"Remaining"), h.Get(prefix+"Reset"), now))
	}
	return latest
}

func resetAt(remaining, reset string, now time.Time) time.Time {
	left, err := strconv.ParseFloat(remaining, 64)
	if err != nil || left > 0 {
		return time.Time{}
	}
	seconds, err := strconv.ParseFloat(reset, 64)
	if err != nil {
		return time.Time{}
	}
	if seconds >= 1e9 { // a Unix time; no allowance lasts for thirty years
		seconds -= float64(now.Unix())
	}
	return now.Add(secondsAhead(seconds))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
