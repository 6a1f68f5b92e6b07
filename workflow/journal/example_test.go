package journal_test

import (
	"context"
	"fmt"

	"github.com/soarkit/soarkit/workflow/journal"
)

func Example() {
	ctx := context.Background()
	j := new(journal.Memory)

	pos, err := j.Append([]journal.Record{
		{Run: 1, Kind: 1, Payload: []byte("started")},
		{Run: 2, Kind: 1, Payload: []byte("started")},
		{Run: 1, Kind: 2, Step: 4, Payload: []byte("blocked 192.0.2.1")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := j.Wait(ctx, pos); err != nil {
		fmt.Println(err)
		return
	}
	// Only now may anything start that follows from these records.

	for r, err := range j.Replay(ctx, 1) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("run %d step %d: %s\n", r.Run, r.Step, r.Payload)
	}
	// Output:
	// run 1 step 0: started
	// run 1 step 4: blocked 192.0.2.1
}
