// Command durable shows what survives SIGKILL. It handles a number of incidents,
// each a run with an approval, a timer, two signals, an action that can be undone
// and one that must happen at most once, in a process that kills itself again and
// again in the middle of its work. Each time the next process goes on from the
// journal. At the end the program prints what ran once and what ran again, and
// checks from a log that every step wrote whether a promise was broken; then it
// exits with 1.
//
//	go run ./examples/durable [kills]
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "child" {
		os.Exit(child(os.Args[2], os.Args[3]))
	}
	kills := 20
	if len(os.Args) == 2 {
		var err error
		if kills, err = strconv.Atoi(os.Args[1]); err != nil || kills < 0 {
			fmt.Fprintln(os.Stderr, "usage: durable [kills]")
			os.Exit(2)
		}
	}
	dir, err := os.MkdirTemp("", "durable")
	if err == nil {
		err = run(context.Background(), os.Stdout, dir, kills)
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "durable:", err)
		os.Exit(1)
	}
}

// run lets processes die until that many have, then one more come to the end,
// and checks what they have done.
func run(ctx context.Context, out io.Writer, dir string, kills int) error {
	killed := 0
	for {
		life := "forever"
		if killed < kills {
			life = (time.Duration(1+rand.IntN(40)) * time.Millisecond).String()
		}
		cmd := exec.CommandContext(ctx, os.Args[0], "child", dir, life)
		cmd.Stderr = os.Stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() && life != "forever" {
			killed++
			continue
		}
		if err != nil {
			return fmt.Errorf("a process failed: %w", err)
		}
		if killed < kills { // all incidents are closed: bring some more
			if err := moreIncidents(dir); err != nil {
				return err
			}
			continue
		}
		break
	}
	fmt.Fprintf(out, "%d processes killed themselves with SIGKILL\n", killed)
	return check(ctx, out, dir)
}

// incidents returns how many incidents there are: as many as bytes in a file.
func incidents(dir string) int {
	info, err := os.Stat(filepath.Join(dir, "incidents"))
	if err != nil {
		return incidentsAtOnce
	}
	return int(info.Size())
}

const incidentsAtOnce = 6

func moreIncidents(dir string) error {
	n := incidents(dir) + incidentsAtOnce
	return os.WriteFile(filepath.Join(dir, "incidents"), make([]byte, n), 0o600)
}
