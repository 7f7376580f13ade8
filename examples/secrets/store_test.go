package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const (
	ada = "5f2b8c1e9d3a4b6c7d8e9f00"
	bob = "5f2b8c1e9d3a4b6c7d8e9f01"
)

// keyText returns a key made of n, as in a file of keys.
func keyText(n byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, keySize)) + "\n"
}

// open opens the store at path with keys.
func open(t *testing.T, path string, keys string) (*store, error) {
	t.Helper()
	ring, err := parseKeys("keys", keys)
	if err != nil {
		t.Fatal(err)
	}
	return openStore(path, ring)
}

// newStore returns a new store with a key made of 1.
func newStore(t *testing.T) (s *store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "secrets.db")
	s, err := open(t, path, keyText(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s, path
}

func put(t *testing.T, s *store, owner, key, value string) {
	t.Helper()
	if err := s.put(owner, key, value); err != nil {
		t.Fatal(err)
	}
}

// words returns the secrets of owners in s: the owner's last digit, key and value.
func words(t *testing.T, s *store, owners ...string) string {
	t.Helper()
	all, err := s.list(owners)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, v := range all {
		fmt.Fprintf(&b, "%s %s=%s\n", v.owner[ownerSize-1:], v.key, v.value)
	}
	return b.String()
}

func TestStore(t *testing.T) {
	s, _ := newStore(t)
	put(t, s, ada, "b", "1")
	put(t, s, ada, "a", "2")
	put(t, s, bob, "a", "3\x00é")
	put(t, s, bob, "", "")
	before, err := s.list([]string{ada})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, ada, "a", "4")
	after, err := s.list([]string{ada})
	if err != nil {
		t.Fatal(err)
	}
	if before[0].id != after[0].id || after[0].id == after[1].id {
		t.Errorf("ids were %v, are %v", before, after)
	}
	if got, want := words(t, s, bob, "nobody", ada, bob), "1 =\n1 a=3\x00é\n0 a=4\n0 b=1\n"; got != want {
		t.Errorf("list = %q, want %q", got, want)
	}
	if err := s.remove(ada, "a"); err != nil {
		t.Error(err)
	}
	if err := s.remove(ada, "nothing"); err != nil {
		t.Error(err)
	}
	if err := s.removeAll(bob); err != nil {
		t.Error(err)
	}
	if got, want := words(t, s, ada, bob), "0 b=1\n"; got != want {
		t.Errorf("list = %q, want %q", got, want)
	}
}

func TestStore_keepsNothingInClear(t *testing.T) {
	s, path := newStore(t)
	const value = "correct horse battery staple"
	put(t, s, ada, "password", value)
	put(t, s, ada, "password", value+"!")
	s.close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(value)) {
		t.Error("the file has the value in clear")
	}
}

func TestStore_concurrentWriters(t *testing.T) {
	s, _ := newStore(t)
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for n := range 20 {
				if err := s.put(ada, fmt.Sprint("own", w), fmt.Sprint(n)); err != nil {
					t.Error(err)
				}
				if err := s.put(ada, "shared", fmt.Sprint(n)); err != nil {
					t.Error(err)
				}
				if _, err := s.list([]string{ada}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	all, err := s.list([]string{ada})
	if err != nil || len(all) != 9 {
		t.Fatalf("list = %v, %v", all, err)
	}
	for _, v := range all[:8] {
		if v.value != "19" {
			t.Errorf("%s = %s, want 19", v.key, v.value)
		}
	}
}

func TestOpenStore_wrongKey(t *testing.T) {
	s, path := newStore(t)
	put(t, s, ada, "k", "v")
	s.close()
	_, err := open(t, path, keyText(2)+keyText(3))
	want := fmt.Sprintf("%s: secret \"k\" of %s: its value is encrypted with the key %s, which isn't in keys", path, ada, s.ring.first)
	if err == nil || err.Error() != want {
		t.Errorf("open: %v, want %s", err, want)
	}
}

func TestOpenStore_rotates(t *testing.T) {
	s, path := newStore(t)
	for n := range 100 {
		put(t, s, ada, fmt.Sprintf("%03d", n), fmt.Sprint(n))
	}
	want := words(t, s, ada)
	s.close()
	for _, keys := range []string{
		"# the new one\n" + keyText(2) + "\n" + keyText(1),
		keyText(2), // the old key isn't needed any more
	} {
		s, err := open(t, path, keys)
		if err != nil {
			t.Fatal(err)
		}
		if got := words(t, s, ada); got != want {
			t.Errorf("list = %s, want %s", got, want)
		}
		s.close()
	}
	if s, err := open(t, path, keyText(1)); err == nil {
		s.close()
		t.Error("the old key still opens it")
	}
}

func TestOpenStore_inUse(t *testing.T) {
	_, path := newStore(t)
	if _, err := open(t, path, keyText(1)); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("open: %v", err)
	}
}

// Values that were changed, or moved to another owner, key or id, aren't returned.
func TestStore_tampered(t *testing.T) {
	for name, tamper := range map[string]func(*bbolt.Bucket, []byte) error{
		"owner": func(b *bbolt.Bucket, record []byte) error { return b.Put(place(bob, "k"), record) },
		"key":   func(b *bbolt.Bucket, record []byte) error { return b.Put(place(ada, "l"), record) },
		"id":    func(b *bbolt.Bucket, record []byte) error { record[0]++; return b.Put(place(ada, "k"), record) },
		"value": func(b *bbolt.Bucket, record []byte) error {
			record[len(record)-20]++
			return b.Put(place(ada, "k"), record)
		},
		"cut":     func(b *bbolt.Bucket, record []byte) error { return b.Put(place(ada, "k"), record[:idSize+3]) },
		"version": func(b *bbolt.Bucket, record []byte) error { record[idSize]++; return b.Put(place(ada, "k"), record) },
	} {
		t.Run(name, func(t *testing.T) {
			s, path := newStore(t)
			put(t, s, ada, "k", "v")
			err := s.db.Update(func(tx *bbolt.Tx) error {
				b := tx.Bucket(bucket)
				return tamper(b, bytes.Clone(b.Get(place(ada, "k"))))
			})
			if err != nil {
				t.Fatal(err)
			}
			if all, err := s.list([]string{ada, bob}); err == nil {
				t.Errorf("list = %v", all)
			}
			s.close()
			if s, err := open(t, path, keyText(1)); err == nil {
				s.close()
				t.Error("it was opened")
			}
		})
	}
}

func TestParseKeys(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "keys: no key in it; secrets newkey makes one",
		"# none\n":            "keys: no key in it; secrets newkey makes one",
		keyText(1) + "\nabc=": "keys:3: not a key, which is base64 of 32 bytes",
		"c2hvcnQ=":            "keys:1: not a key, which is base64 of 32 bytes",
	} {
		if _, err := parseKeys("keys", text); err == nil || err.Error() != want {
			t.Errorf("parseKeys(%q): %v, want %s", text, err, want)
		}
	}
}

// TestStore_manyOwners lists the secrets of as many owners as a request of 1 MiB names.
// Twenty times the owners may take twenty times as long, not 400 times.
func TestStore_manyOwners(t *testing.T) {
	s, _ := newStore(t)
	put(t, s, ada, "a", "1")
	owners := make([]string, 40_000)
	for i := range owners {
		owners[i] = fmt.Sprintf("%024x", i)
	}
	owners[len(owners)-1], owners[1000] = ada, ada
	best := func(n int) time.Duration {
		least := time.Hour
		for range 5 {
			start := time.Now()
			if all, err := s.list(owners[:n]); err != nil || len(all) != 1 {
				t.Fatalf("list of %d owners = %d secrets, %v", n, len(all), err)
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	if few, many := best(2_000), best(40_000); many > 20*6*few {
		t.Errorf("2,000 owners take %v, 40,000 %v", few, many)
	}
}
