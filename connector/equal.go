package connector

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/soarkit/soarkit/ioc/marking"
)

// A callKey tells apart calls that must not share an answer: another connector,
// version, account, operation, tenant, marking or input.
type callKey [sha256.Size]byte

// keyOf returns the key of a call, and whether it may share an answer with equal
// calls at all. Only operations that declare how old an answer may be do.
func keyOf(c *Call[any]) (callKey, bool) {
	if c.Op == nil || c.Op.Effect != Reads || c.Op.TTL <= 0 && c.Op.NegativeTTL <= 0 {
		return callKey{}, false
	}
	b, err := json.Marshal(struct {
		Connector, Version, Account, Op, Tenant string
		Marking                                 marking.Marking
		Type                                    string
		Input                                   any
	}{c.Op.Connector, c.Op.Version, c.Op.Account, c.Op.Name, c.Tenant, c.Marking, fmt.Sprintf("%T", c.Input), c.Input})
	if err != nil { // an input that JSON cannot carry is asked anew each time
		return callKey{}, false
	}
	return sha256.Sum256(b), true
}

// A frozen value is a result that several callers may have, each a copy of its
// own: what one of them changes, the others must not see.
type frozen struct {
	typ  reflect.Type
	json []byte
}

func freeze(v any) (frozen, error) {
	if v == nil {
		return frozen{}, nil
	}
	b, err := json.Marshal(v)
	return frozen{reflect.TypeOf(v), b}, err
}

func (f frozen) thaw() (any, error) {
	if f.typ == nil {
		return nil, nil
	}
	p := reflect.New(f.typ)
	if err := json.Unmarshal(f.json, p.Interface()); err != nil {
		return nil, err
	}
	return p.Elem().Interface(), nil
}

// An answered value knows what sort of answer it is; [Result] is one.
type answered interface {
	status() Status
	asCached() any
}

func (r Result[O]) status() Status { return r.Status }

func (r Result[O]) asCached() any {
	r.Cached = true
	return r
}
