package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test program be the one that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("OMEROTEST_SAVE_IN"); dir != "" {
		saveForever(dir)
	}
	os.Exit(m.Run())
}

// saveForever saves images and says the id of each that it was told is saved.
func saveForever(dir string) {
	ctx := context.Background()
	s, err := Open(ctx, dir)
	for err == nil {
		err = s.Update(ctx, System(), func(tx *Tx) error {
			ids, err := tx.SaveIDs(image("kept"))
			if err == nil {
				defer fmt.Println(ids[0])
			}
			return err
		})
		if err == nil {
			fmt.Println("saved")
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

// TestKilledStoreKeepsWhatItAcknowledged kills a program that saves, again and again in one folder.
func TestKilledStoreKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	kills, acknowledged := 5, map[int64]bool{}
	if n, err := strconv.Atoi(os.Getenv("OMEROTEST_KILLS")); err == nil {
		kills = n
	}
	for round := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "OMEROTEST_SAVE_IN="+dir)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		last := int64(0)
		for n := 0; n < 8+round*3 && lines.Scan(); n++ {
			if lines.Text() == "saved" {
				acknowledged[last] = true
				continue
			}
			last, err = strconv.ParseInt(lines.Text(), 10, 64)
			require.NoError(t, err, "the program that saves failed: %s", lines.Text())
		}
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
	}
	s, err := Open(t.Context(), dir)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	require.NotEmpty(t, acknowledged)
	require.NoError(t, s.View(t.Context(), System(), func(tx *Tx) error {
		for id := range acknowledged {
			v, err := Get[*omero.Image](tx, id)
			require.NoError(t, err)
			assert.Equal(t, "kept", v.Name.Val)
		}
		ok, err := tx.SQL("PRAGMA integrity_check")
		assert.Equal(t, [][]any{{"ok"}}, ok)
		return err
	}))
}

// TestReadersAndWriters has many read while many write; readers see each change whole.
func TestReadersAndWriters(t *testing.T) {
	s := open(t)
	_, users := addGroup(t, s, "lab", ReadOnly, "ann", "bob")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 10 {
				assert.NoError(t, s.Update(t.Context(), users[i%2], func(tx *Tx) error {
					_, err := tx.Save(image(fmt.Sprintf("%d-%d", i, j)), image("second"))
					return err
				}))
			}
		})
		wg.Go(func() {
			for range 20 {
				assert.NoError(t, s.View(t.Context(), users[i%2], func(tx *Tx) error {
					rows, err := tx.Projection("select count(*) from Image", nil)
					if err == nil {
						assert.Zero(t, rows[0][0].(*omero.RLong).Val%2)
					}
					return err
				}))
			}
		})
	}
	wg.Wait()
}

func TestCallsThatEndEarly(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, s.View(ctx, System(), func(*Tx) error { return nil }), context.Canceled)
	assert.ErrorIs(t, s.Update(ctx, System(), func(*Tx) error { return nil }), context.Canceled)
	assert.Panics(t, func() { _ = s.Update(t.Context(), System(), func(*Tx) error { panic("x") }) })
	update(t, s, System(), func(tx *Tx) {
		_, err := tx.Save(image("after a panic"))
		assert.NoError(t, err)
	})
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	err := s.View(t.Context(), System(), func(*Tx) error { return nil })
	assert.ErrorContains(t, err, "closed")
	_, err = os.Stat(s.Dir())
	assert.True(t, os.IsNotExist(err), "a private store leaves nothing")
	assert.True(t, strings.Contains(s.Dir(), "omerotest-"))
}

// TestCancelledCallsLeaveTheStoreWhole gives calls up in the middle of long statements, and then uses
// every connection again.
func TestCancelledCallsLeaveTheStoreWhole(t *testing.T) {
	l := newLab(t, Private)
	const long = "select count(a.id) from Format a, Format b, Format c, Format d, Format e, Format f"
	for i := range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		do := l.s.View
		if i%3 == 0 {
			do = l.s.Update
		}
		err := do(ctx, l.ann, func(tx *Tx) error { _, err := tx.Projection(long, nil); return err })
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	for range 2 * readers {
		assert.Equal(t, [][]omero.AnyRType{{omero.NewRLong(5)}}, l.project(t, l.ann, "select count(i) from Image i", nil))
	}
	update(t, l.s, l.ann, func(tx *Tx) { _, err := tx.Save(image("still works")); assert.NoError(t, err) })
}
