package state_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/internal/state"
	"parley/internal/state/statetest"
)

type tally struct {
	Count int            `json:"count"`
	By    map[string]int `json:"by"`
}

func node(t *testing.T, url string) *state.Bucket[tally] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	store, err := state.Open(ctx, state.Config{Dir: t.TempDir(), URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	b, err := state.OpenBucket[tally](ctx, store, "tallies", state.BucketOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Nodes that edit one entry at the same time lose nothing of each other's, and each is told of all.
func TestNodesEditOneEntry(t *testing.T) {
	t.Parallel()
	url := statetest.NATS(t)
	const rounds = 25
	nodes := []*state.Bucket[tally]{node(t, url), node(t, url), node(t, url)}
	done := make(chan struct{}, len(nodes))
	var work sync.WaitGroup
	for i, b := range nodes {
		told := false
		stop := b.Watch(func(c state.Change[tally]) {
			if !told && c.Value.Count == rounds*len(nodes) {
				told = true
				done <- struct{}{}
			}
		})
		defer stop()
		work.Go(func() {
			name := fmt.Sprint(i)
			for range rounds {
				_, _, err := b.Edit(t.Context(), "k", func(v tally) (tally, error) {
					by := map[string]int{}
					for k, n := range v.By {
						by[k] = n
					}
					by[name]++
					return tally{v.Count + 1, by}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	for range nodes {
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			t.Fatal("a node was not told of the last change")
		}
	}
	for i, b := range nodes {
		v, _, ok := b.Get("k")
		if !ok || v.Count != rounds*len(nodes) || v.By["0"] != rounds || v.By["2"] != rounds {
			t.Errorf("node %d has %+v", i, v)
		}
	}
	refused := errors.New("no")
	if _, _, err := nodes[0].Edit(t.Context(), "k", func(tally) (tally, error) { return tally{}, refused }); err != refused {
		t.Errorf("error %v", err)
	}
}
