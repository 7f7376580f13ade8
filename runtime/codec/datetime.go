package codec

import (
	"errors"
	"sync/atomic"
	"time"
)

// A DateTime is a time as RFC 3339 writes it. It remembers how it was spelled,
// so that it isn't changed in passing; set Time to change it.
type DateTime struct {
	time.Time
	text string // how it was spelled; "" if that's how Time would be
}

// String returns the time in RFC 3339.
func (t DateTime) String() string {
	b, err := t.appendText(nil)
	if err != nil {
		return t.Time.String()
	}
	return string(b)
}

// ParseDateTime reads a time of RFC 3339. A leap second is the second after
// it; digits of a second beyond the ninth are remembered and don't count.
func ParseDateTime(s string) (DateTime, error) {
	t, plain, ok := parseTime(s)
	if !ok {
		return DateTime{}, errors.New("parsing " + quote(s) + ": expected a date-time of RFC 3339")
	}
	if plain {
		s = ""
	}
	return DateTime{t, s}, nil
}

// DateTime reads a string that holds a time of RFC 3339.
func (d *Decoder) DateTime() DateTime {
	s := d.String()
	if d.failed || d.last == d.bad {
		return DateTime{}
	}
	t, plain, ok := parseTime(s)
	if !ok {
		d.mistaken("a date-time of RFC 3339")
		return DateTime{}
	}
	if plain {
		s = ""
	}
	return DateTime{t, s}
}

// AppendDateTime appends t as a string. A year before 0 or after 9999 is an
// error.
func AppendDateTime(b []byte, t DateTime) ([]byte, error) {
	b, err := t.appendText(append(b, '"'))
	return append(b, '"'), err
}

func (t DateTime) appendText(b []byte) ([]byte, error) {
	if t.text != "" {
		if was, _, ok := parseTime(t.text); ok && was.Equal(t.Time) && offset(was) == offset(t.Time) {
			return append(b, t.text...), nil
		}
	}
	if y := t.Year(); y < 0 || y > 9999 {
		return b, errors.New("encoding a date-time: year outside 0 to 9999")
	}
	if offset(t.Time)%60 != 0 || offset(t.Time)/3600 < -23 || offset(t.Time)/3600 > 23 {
		return t.UTC().AppendFormat(b, time.RFC3339Nano), nil // RFC 3339 can't write such a zone
	}
	return t.AppendFormat(b, time.RFC3339Nano), nil
}

// offset returns how many seconds t's zone is east of UTC.
func offset(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

// parseTime reads a time of RFC 3339. It is plain if formatting it with
// [time.RFC3339Nano] gives s.
func parseTime(s string) (t time.Time, plain, ok bool) {
	if len(s) < len("2006-01-02T15:04:05Z") ||
		s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return t, false, false
	}
	century, ok0 := twoDigits(s, 0, 99)
	year, ok1 := twoDigits(s, 2, 99)
	month, ok2 := twoDigits(s, 5, 12)
	day, ok3 := twoDigits(s, 8, 31)
	hour, ok4 := twoDigits(s, 11, 23)
	minute, ok5 := twoDigits(s, 14, 59)
	second, ok6 := twoDigits(s, 17, 60)
	year += century * 100
	if !(ok0 && ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month == 0 || day == 0 || day > daysIn(month, year) {
		return t, false, false
	}
	plain = s[10] == 'T' && second < 60

	// The fraction.
	rest := s[19:]
	nanos := 0
	if rest[0] == '.' {
		n := 1
		for scale := 100_000_000; n < len(rest) && rest[n]-'0' <= 9; n++ {
			nanos += int(rest[n]-'0') * scale
			scale /= 10
		}
		if n == 1 || n == len(rest) {
			return t, false, false
		}
		plain = plain && n <= 10 && rest[n-1] != '0'
		rest = rest[n:]
	}

	// The zone.
	zone, minutes := time.UTC, 0
	switch {
	case rest == "Z" || rest == "z":
		plain = plain && rest == "Z"
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		h, okh := twoDigits(rest, 1, 23)
		m, okm := twoDigits(rest, 4, 59)
		if !okh || !okm {
			return t, false, false
		}
		minutes = h*60 + m
		plain = plain && minutes != 0
		if rest[0] == '-' {
			minutes = -minutes
		}
		zone = zoneOf(minutes)
	default:
		return t, false, false
	}

	// A leap second is the last of a day in UTC.
	if second == 60 && ((hour*60+minute-minutes)%(24*60)+24*60)%(24*60) != 23*60+59 {
		return t, false, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone), plain, true
}

// twoDigits returns the number that the two digits at i make, if it's no more
// than most.
func twoDigits(s string, i, most int) (n int, ok bool) {
	hi, lo := s[i]-'0', s[i+1]-'0'
	n = int(hi)*10 + int(lo)
	return n, hi <= 9 && lo <= 9 && n <= most
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// zones holds the zones seen so far by their minutes, shifted by those of a
// day, so that a time costs no allocation.
var zones [2 * 24 * 60]atomic.Pointer[time.Location]

// zoneOf returns the zone so many minutes east of UTC; fewer than a day's.
func zoneOf(minutes int) *time.Location {
	if minutes == 0 {
		return time.UTC
	}
	p := &zones[minutes+24*60]
	z := p.Load()
	if z == nil {
		z = time.FixedZone("", minutes*60)
		p.Store(z)
	}
	return z
}
