package ioc

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// A Set holds one [Record] per indicator. Adding and merging are set unions, so
// their order does not matter. The zero value is an empty set, ready for use. A
// Set must not be changed while another goroutine uses it.
type Set struct {
	records map[Indicator]Record
}

// Add merges a record into the set; errors as in [Record.Merge].
func (s *Set) Add(r Record) error {
	if have, ok := s.records[r.indicator]; ok || !r.indicator.IsValid() {
		merged, err := have.Merge(r)
		if err != nil {
			return err
		}
		r = merged
	}
	if s.records == nil {
		s.records = make(map[Indicator]Record)
	}
	s.records[r.indicator] = r
	return nil
}

// State adds what a source said about an indicator; errors as in [NewRecord].
func (s *Set) State(i Indicator, statements ...Statement) error {
	r, err := NewRecord(i, statements...)
	if err != nil {
		return err
	}
	return s.Add(r)
}

// Merge adds all records of other, which it leaves as it is. On an error, as in
// [Record.Merge], s is unchanged.
func (s *Set) Merge(other *Set) error {
	merged := maps.Clone(s.records)
	next := Set{merged}
	for r := range other.All() {
		if err := next.Add(r); err != nil {
			return err
		}
	}
	*s = next
	return nil
}

// Get returns the record of i, and whether there is one.
func (s *Set) Get(i Indicator) (Record, bool) {
	r, ok := s.records[i]
	return r, ok
}

// Remove takes the record of i out of the set, if it is there.
func (s *Set) Remove(i Indicator) { delete(s.records, i) }

// Len returns the number of records.
func (s *Set) Len() int { return len(s.records) }

// All yields the records ordered by type, then value. The set may be changed
// while All runs; records added meanwhile are not yielded.
func (s *Set) All() iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, i := range slices.SortedFunc(maps.Keys(s.records), Indicator.Compare) {
			if r, ok := s.records[i]; ok && !yield(r) {
				return
			}
		}
	}
}

// Equal tells whether both sets hold equal records.
func (s *Set) Equal(other *Set) bool {
	return maps.EqualFunc(s.records, other.records, Record.Equal)
}

// MarshalJSON returns an array of records in the order of [Set.All]; equal sets
// give equal bytes.
func (s *Set) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]Record{}, slices.Collect(s.All())...))
}

// UnmarshalJSON replaces the contents by an array of records. Several records
// of one indicator are merged; errors as in [NewRecord].
func (s *Set) UnmarshalJSON(data []byte) error {
	var records []Record
	if err := json.Unmarshal(data, &records); err != nil {
		return err
	}
	var next Set
	for _, r := range records {
		if err := next.Add(r); err != nil {
			return err
		}
	}
	*s = next
	return nil
}
