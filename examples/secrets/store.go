package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// A store keeps secrets in a file, each under an owner and a key. When a method returns, its
// change is on the disk as a whole. It is safe for concurrent use.
//
// The file is a bbolt database with one bucket. Under the owner and the key (see place) it
// has the secret's id, which never changes, and its sealed value.
type store struct {
	path string
	db   *bbolt.DB
	ring *keyring
}

var bucket = []byte("secrets")

const (
	ownerSize = 24 // hexadecimal digits, as the contract says
	idSize    = ownerSize / 2

	// maxKey is how many bytes the key of a secret may have.
	maxKey = bbolt.MaxKeySize - ownerSize
)

// A secret is what a store keeps.
type secret struct{ id, owner, key, value string }

// openStore opens the file at path, or makes it. It decrypts everything, so that a wrong key or
// damage is found now, and encrypts all values with the ring's first key.
func openStore(path string, ring *keyring) (*store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%s: another process has it open", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &store{path, db, ring}
	if err := db.Update(s.rotate); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *store) close() error { return s.db.Close() }

// rotate encrypts every value with the ring's first key.
func (s *store) rotate(tx *bbolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	type entry struct{ place, record []byte }
	var old []entry // a cursor doesn't allow changes
	err = b.ForEach(func(place, record []byte) error {
		v, err := s.secret(place, record)
		if err != nil {
			return err
		}
		if by, _ := sealedBy(record[idSize:]); by != s.ring.first {
			old = append(old, entry{bytes.Clone(place), s.record(v)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := b.Put(e.place, e.record); err != nil {
			return err
		}
	}
	return nil
}

// put stores a value, and replaces an earlier one.
func (s *store) put(owner, key, value string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		v := secret{id: newID(), owner: owner, key: key, value: value}
		if old := b.Get(place(owner, key)); len(old) >= idSize {
			v.id = hex.EncodeToString(old[:idSize])
		}
		return b.Put(place(owner, key), s.record(v))
	})
}

// list returns the secrets of owners, in the order of owners and then of keys.
func (s *store) list(owners []string) (all []secret, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		seen := make(map[string]bool, len(owners))
		for _, owner := range owners {
			if len(owner) != ownerSize || seen[owner] {
				continue
			}
			seen[owner] = true
			prefix := []byte(owner)
			for place, record := c.Seek(prefix); bytes.HasPrefix(place, prefix); place, record = c.Next() {
				v, err := s.secret(place, record)
				if err != nil {
					return err
				}
				all = append(all, v)
			}
		}
		return nil
	})
	return all, err
}

// remove deletes a secret, if there is one.
func (s *store) remove(owner, key string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).Delete(place(owner, key))
	})
}

// removeAll deletes all secrets of owner.
func (s *store) removeAll(owner string) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		prefix := []byte(owner)
		for place, _ := c.Seek(prefix); bytes.HasPrefix(place, prefix); place, _ = c.Seek(prefix) {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return nil
	})
}

// place returns the key of a secret in the database. All owners have the same length.
func place(owner, key string) []byte { return []byte(owner + key) }

// record returns the entry of a secret in the database.
func (s *store) record(v secret) []byte {
	record, err := hex.DecodeString(v.id)
	if err != nil {
		panic(fmt.Sprintf("secrets: bad id %q", v.id))
	}
	return append(record, s.ring.seal(v.value, v.id, v.owner, v.key)...)
}

// secret returns the secret with this record at this place.
func (s *store) secret(place, record []byte) (secret, error) {
	if len(place) < ownerSize || len(record) < idSize {
		return secret{}, fmt.Errorf("an entry isn't a secret: %q", place)
	}
	v := secret{
		id:    hex.EncodeToString(record[:idSize]),
		owner: string(place[:ownerSize]),
		key:   string(place[ownerSize:]),
	}
	var err error
	if v.value, err = s.ring.open(record[idSize:], v.id, v.owner, v.key); err != nil {
		return secret{}, fmt.Errorf("secret %q of %s: %w", v.key, v.owner, err)
	}
	return v, nil
}

// newID returns an id like MongoDB's: seconds, followed by random bytes.
func newID() string {
	var id [idSize]byte
	binary.BigEndian.PutUint32(id[:], uint32(time.Now().Unix()))
	rand.Read(id[4:])
	return hex.EncodeToString(id[:])
}
