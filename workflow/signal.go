package workflow

// A signalBox holds the payloads of signals that were not consumed yet.
type signalBox struct {
	payload map[int64]any
	seen    map[string]bool // dedupe ids
	next    int64
}

func (b *signalBox) put(payload any) int64 {
	if b.payload == nil {
		b.payload = make(map[int64]any)
	}
	b.next++
	b.payload[b.next] = payload
	return b.next
}

func (b *signalBox) take(seq int64) any {
	v := b.payload[seq]
	delete(b.payload, seq)
	return v
}

// repeated tells whether a signal with this dedupe id came before; "" never did.
func (b *signalBox) repeated(id string) bool {
	if id == "" {
		return false
	}
	if b.seen == nil {
		b.seen = make(map[string]bool)
	}
	if b.seen[id] {
		return true
	}
	b.seen[id] = true
	return false
}
