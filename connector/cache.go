package connector

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// A Cache answers equal calls from memory, for as long as the operation's TTL
// and NegativeTTL permit ("not found" is an answer, too). It keeps neither
// errors nor partial answers. A cached answer spends no limit. Answers are kept
// apart by connector, version, account, tenant and marking, and every caller gets
// a copy of its own. A Cache is safe for concurrent use.
type Cache struct {
	opts CacheOptions

	mu      sync.Mutex
	entries map[callKey]*list.Element
	recent  *list.List // of *cached, the most recently used first
	bytes   int
}

// CacheOptions bound a [Cache]. The zero value is the default.
type CacheOptions struct {
	MaxEntries int           // 0 means 10,000
	MaxBytes   int           // of answers as JSON; 0 means 64 MiB
	MaxTTL     time.Duration // caps what operations declare; 0 means no cap
}

type cached struct {
	key     callKey
	value   frozen
	expires time.Time
}

// NewCache returns an empty cache.
func NewCache(opts CacheOptions) *Cache {
	if opts.MaxEntries <= 0 {
		opts.MaxEntries = 10_000
	}
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 64 << 20
	}
	return &Cache{opts: opts, entries: map[callKey]*list.Element{}, recent: list.New()}
}

// Policy returns the cache as a policy.
func (k *Cache) Policy() Policy {
	return func(next Op[any, any]) Op[any, any] {
		return func(ctx context.Context, c *Call[any]) (any, error) {
			key, ok := keyOf(c)
			if !ok {
				return next(ctx, c)
			}
			if v, ok := k.get(key, time.Now()); ok {
				c.Trace.Cached = true
				return v, nil
			}
			v, err := next(ctx, c)
			if err == nil {
				k.put(key, v, k.ttl(c.Op, v), time.Now())
			}
			return v, err
		}
	}
}

// ttl is how long v may be kept; 0 is not at all.
func (k *Cache) ttl(op *Operation, v any) time.Duration {
	ttl := op.TTL
	if a, ok := v.(answered); ok {
		switch a.status() {
		case StatusNotFound:
			ttl = op.NegativeTTL
		case StatusPartial:
			ttl = 0
		}
	}
	if k.opts.MaxTTL > 0 {
		ttl = min(ttl, k.opts.MaxTTL)
	}
	return ttl
}

func (k *Cache) get(key callKey, now time.Time) (any, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	el, ok := k.entries[key]
	if !ok {
		return nil, false
	}
	e := el.Value.(*cached)
	if !now.Before(e.expires) {
		k.drop(el)
		return nil, false
	}
	v, err := e.value.thaw()
	if err != nil { // a type that reads not what it writes: do without the cache
		k.drop(el)
		return nil, false
	}
	k.recent.MoveToFront(el)
	if a, ok := v.(answered); ok {
		v = a.asCached()
	}
	return v, true
}

func (k *Cache) put(key callKey, v any, ttl time.Duration, now time.Time) {
	if ttl <= 0 {
		return
	}
	value, err := freeze(v)
	if err != nil || len(value.json) > k.opts.MaxBytes {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.entries[key]; ok {
		k.drop(old)
	}
	k.entries[key] = k.recent.PushFront(&cached{key, value, now.Add(ttl)})
	k.bytes += len(value.json)
	for len(k.entries) > k.opts.MaxEntries || k.bytes > k.opts.MaxBytes {
		k.drop(k.recent.Back())
	}
}

func (k *Cache) drop(el *list.Element) {
	e := k.recent.Remove(el).(*cached)
	delete(k.entries, e.key)
	k.bytes -= len(e.value.json)
}

// Len returns the number of answers kept, expired ones included.
func (k *Cache) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.entries)
}

// Clear forgets all answers.
func (k *Cache) Clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.entries)
	k.recent.Init()
	k.bytes = 0
}
