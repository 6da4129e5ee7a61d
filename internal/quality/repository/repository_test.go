package repository_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/internal/quality/repository"
	"parley/internal/state"
)

var (
	root  = repository.Viewer{User: "root@parley.test", Administrator: true, Author: true}
	alice = repository.Viewer{User: "alice@parley.test", Author: true}
	bob   = repository.Viewer{User: "bob@parley.test", Author: true, Groups: []string{"network"}}
	carol = repository.Viewer{User: "carol@parley.test"}
)

// open makes a repository on a store in dir.
func open(t testing.TB, dir string) (*repository.Repository, *state.Store) {
	t.Helper()
	store, err := state.Open(t.Context(), state.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	bucket := func(name string) *state.Bucket[repository.Item] {
		b, err := state.OpenBucket[repository.Item](context.Background(), store, name, state.BucketOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r, err := repository.New(repository.Config{Items: bucket("reports"), History: bucket("report-history")})
	if err != nil {
		t.Fatal(err)
	}
	return r, store
}

func create(t testing.TB, r *repository.Repository, v repository.Viewer, i repository.Item) repository.Item {
	t.Helper()
	made, err := r.Create(t.Context(), v, i)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func ids(items []repository.Item) map[string]repository.Item {
	m := map[string]repository.Item{}
	for _, i := range items {
		m[i.ID] = i
	}
	return m
}

func TestWhoSeesAndChangesWhat(t *testing.T) {
	r, _ := open(t, t.TempDir())
	personal := create(t, r, alice, repository.Item{Title: "Mine"})
	shared := create(t, r, alice, repository.Item{Title: "Ours", Sharing: repository.Shared, Groups: []string{"network"}})
	published := create(t, r, alice, repository.Item{Title: "Everybody's", Sharing: repository.Published})
	for _, c := range []struct {
		viewer       repository.Viewer
		item         repository.Item
		see, changes bool
	}{
		{alice, personal, true, true}, {alice, shared, true, true}, {alice, published, true, true},
		{bob, personal, false, false}, {bob, shared, true, false}, {bob, published, true, false},
		{carol, personal, false, false}, {carol, shared, false, false}, {carol, published, true, false},
		{root, personal, false, false}, {root, shared, true, true}, {root, published, true, true},
	} {
		if _, err := r.Get(c.viewer, c.item.ID); (err == nil) != c.see {
			t.Errorf("%s sees %s: %v", c.viewer.User, c.item.Title, err)
		}
		if _, listed := ids(r.Tree(c.viewer))[c.item.ID]; listed != c.see {
			t.Errorf("%s has %s in the tree: %t", c.viewer.User, c.item.Title, listed)
		}
		now, _ := r.Get(alice, c.item.ID)
		now.Title += "!"
		_, err := r.Update(t.Context(), c.viewer, now)
		if (err == nil) != c.changes {
			t.Errorf("%s changes %s: %v", c.viewer.User, c.item.Title, err)
		}
		if !c.see && !errors.Is(err, repository.ErrNotFound) {
			t.Errorf("%s learns that %s exists: %v", c.viewer.User, c.item.Title, err)
		}
	}
	if _, err := r.Create(t.Context(), carol, repository.Item{Title: "x"}); !errors.Is(err, repository.ErrDenied) {
		t.Errorf("a reader made a report: %v", err)
	}
	if err := r.Delete(t.Context(), bob, published.ID); !errors.Is(err, repository.ErrDenied) {
		t.Errorf("somebody deleted another's report: %v", err)
	}
}

func TestVersionsAreKeptAndComeBack(t *testing.T) {
	dir := t.TempDir()
	r, store := open(t, dir)
	i := create(t, r, alice, repository.Item{Title: "One", Query: json.RawMessage(`{"measures":["streams"]}`)})
	for _, title := range []string{"Two", "Three"} {
		i.Title = title
		var err error
		if i, err = r.Update(t.Context(), alice, i); err != nil {
			t.Fatal(err)
		}
	}
	stale := i
	stale.Version = 2
	if _, err := r.Update(t.Context(), alice, stale); !errors.Is(err, repository.ErrConflict) {
		t.Errorf("an edit of an old version: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	r, _ = open(t, dir) // what was acknowledged is on disk
	history, err := r.History(alice, i.ID)
	if err != nil || len(history) != 3 || history[0].Title != "Three" || history[2].Title != "One" {
		t.Fatalf("history %v, %v", history, err)
	}
	back, err := r.Revert(t.Context(), alice, i.ID, 1)
	if err != nil || back.Title != "One" || back.Version != 4 {
		t.Fatalf("reverted to %+v, %v", back, err)
	}
	if _, err := r.Revert(t.Context(), alice, i.ID, 99); !errors.Is(err, repository.ErrNotFound) {
		t.Errorf("a version that never was: %v", err)
	}
}

func TestBuiltInReportIsCoveredAndRestored(t *testing.T) {
	r, _ := open(t, t.TempDir())
	i, err := r.Get(carol, "buildings")
	if err != nil || !i.BuiltIn || i.Edited {
		t.Fatalf("%+v, %v", i, err)
	}
	i.Title = "Sites"
	if _, err := r.Update(t.Context(), alice, i); !errors.Is(err, repository.ErrDenied) {
		t.Errorf("an author changed a built-in report: %v", err)
	}
	if _, err := r.Update(t.Context(), root, i); err != nil {
		t.Fatal(err)
	}
	if now, _ := r.Get(carol, "buildings"); now.Title != "Sites" || !now.Edited || !now.BuiltIn {
		t.Errorf("after the edit: %+v", now)
	}
	if n, err := r.RestoreDefaults(t.Context(), root); n != 1 || err != nil {
		t.Errorf("restored %d, %v", n, err)
	}
	if now, _ := r.Get(carol, "buildings"); now.Title != "Buildings" || now.Edited || now.Version != 0 {
		t.Errorf("after restoring: %+v", now)
	}
	if _, err := r.RestoreDefaults(t.Context(), alice); !errors.Is(err, repository.ErrDenied) {
		t.Errorf("an author restored the defaults: %v", err)
	}
	if err := r.Delete(t.Context(), root, "buildings"); !errors.Is(err, repository.ErrDenied) {
		t.Errorf("a part of the program was deleted: %v", err)
	}
}

func TestChildAddsToItsParentsFilter(t *testing.T) {
	r, _ := open(t, t.TempDir())
	set := create(t, r, alice, repository.Item{Title: "Lisbon", Query: json.RawMessage(`{"filter":{"dim":"second.city","eq":"Lisbon"}}`)})
	below := create(t, r, alice, repository.Item{Title: "Audio", Parent: set.ID, Inherits: true,
		Query: json.RawMessage(`{"measures":["streams"],"filter":{"and":[{"dim":"media_type","eq":"audio"},{"dim":"second.net","eq":"wifi"}]}}`)})
	alone := create(t, r, alice, repository.Item{Title: "All", Parent: set.ID, Query: json.RawMessage(`{"measures":["streams"]}`)})
	q, err := r.Effective(below.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"filter":{"and":[{"dim":"second.city","eq":"Lisbon"},{"dim":"media_type","eq":"audio"},{"dim":"second.net","eq":"wifi"}]},"measures":["streams"]}`
	if string(q) != want {
		t.Errorf("%s\nwant %s", q, want)
	}
	if q, err := r.Effective(alone.ID); err != nil || string(q) != `{"measures":["streams"]}` {
		t.Errorf("a report that inherits nothing: %s, %v", q, err)
	}
	path := r.Path(alice, below.ID)
	if len(path) != 1 || path[0].ID != set.ID {
		t.Errorf("path %v", path)
	}

	copied, err := r.Clone(t.Context(), alice, below.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if q, err := r.Effective(copied.ID); err != nil || string(q) != want {
		t.Errorf("a copy elsewhere looks at %s, %v", q, err)
	}
	tree, err := r.Clone(t.Context(), bob, "scorecard", "")
	if err != nil || tree.Owner != bob.User || tree.Sharing != repository.Personal {
		t.Fatalf("clone of a tree: %+v, %v", tree, err)
	}
	children := 0
	for _, i := range r.Tree(bob) {
		if i.Parent == tree.ID {
			children++
		}
	}
	if children != 3 {
		t.Errorf("%d children cloned, want 3", children)
	}
}

func TestDeleteTakesWhatIsBelow(t *testing.T) {
	r, _ := open(t, t.TempDir())
	top := create(t, r, alice, repository.Item{Title: "Top", Sharing: repository.Published})
	mine := create(t, r, alice, repository.Item{Title: "Mine", Parent: top.ID})
	theirs := create(t, r, bob, repository.Item{Title: "Theirs", Parent: top.ID})
	if err := r.Delete(t.Context(), alice, top.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(alice, mine.ID); !errors.Is(err, repository.ErrNotFound) {
		t.Errorf("what was below: %v", err)
	}
	if i, ok := ids(r.Tree(bob))[theirs.ID]; !ok || i.Parent != "" {
		t.Errorf("another's report below it: %+v, %t", i, ok)
	}
}

func TestBadItemsAreRefused(t *testing.T) {
	r, _ := open(t, t.TempDir())
	a := create(t, r, alice, repository.Item{Title: "A"})
	b := create(t, r, alice, repository.Item{Title: "B", Parent: a.ID})
	loop := a
	loop.Parent = b.ID
	if _, err := r.Update(t.Context(), alice, loop); err == nil || !strings.Contains(err.Error(), "under itself") {
		t.Errorf("a loop: %v", err)
	}
	for _, c := range []struct {
		item repository.Item
		want string
	}{
		{repository.Item{}, "title"},
		{repository.Item{Title: "a\nb"}, "title"},
		{repository.Item{Title: strings.Repeat("x", 201)}, "title"},
		{repository.Item{Title: "x", Sharing: "world"}, "sharing"},
		{repository.Item{Title: "x", Sharing: repository.Shared}, "groups"},
		{repository.Item{Title: "x", Parent: "nowhere"}, "parent"},
		{repository.Item{Title: "x", Query: json.RawMessage(`{"meassures":["streams"]}`)}, "measures"},
		{repository.Item{Title: "x", View: repository.View{As: "pie"}}, "view.as"},
		{repository.Item{Title: "x", View: repository.View{Series: []repository.Series{{Measure: "poor", Color: "red"}}}}, "view.series[0].color"},
		{repository.Item{Title: "x", View: repository.View{Height: 1 << 20}}, "view"},
	} {
		if _, err := r.Create(t.Context(), alice, c.item); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want something about %s", c.item, err, c.want)
		}
	}
	deep := repository.Item{}
	var err error
	for n := 0; err == nil && n < 30; n++ {
		deep, err = r.Create(t.Context(), alice, repository.Item{Title: fmt.Sprint(n), Parent: deep.ID})
	}
	if err == nil {
		t.Error("reports nest without bound")
	}
}
