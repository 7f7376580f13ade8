package format

import "strings"

// date reports if s is a full-date of RFC 3339.
func date(s string) bool {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	return ok1 && ok2 && ok3 && 1 <= month && month <= 12 && 1 <= day && day <= daysIn(year, month)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// clockTime reports if s is a full-time of RFC 3339.
func clockTime(s string) bool {
	if len(s) < len("15:04:05Z") || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, ok1 := digits(s[:2])
	minute, ok2 := digits(s[3:5])
	second, ok3 := digits(s[6:8])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 60 {
		return false
	}
	s = s[8:]
	if s[0] == '.' {
		fraction := s[1:]
		s = strings.TrimLeft(fraction, "0123456789")
		if len(s) == len(fraction) {
			return false
		}
	}
	offset, ok := zone(s)
	// A leap second is the last one of a day in UTC.
	return ok && (second < 60 || (hour*60+minute-offset+2*24*60)%(24*60) == 23*60+59)
}

// zone returns how many minutes a time-offset of RFC 3339 is ahead of UTC.
func zone(s string) (minutes int, ok bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != len("+07:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	hour, ok1 := digits(s[1:3])
	minute, ok2 := digits(s[4:])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	if s[0] == '-' {
		return -hour*60 - minute, true
	}
	return hour*60 + minute, true
}

// dateTime reports if s is a date-time of RFC 3339.
func dateTime(s string) bool {
	const day = len("2006-01-02")
	return len(s) > day && (s[day] == 'T' || s[day] == 't') && date(s[:day]) && clockTime(s[day+1:])
}

// digits returns the value of s if it's a short number of ASCII digits.
func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

// duration reports if s is a duration by the grammar of RFC 3339, appendix A,
// which doesn't skip a unit: P1Y2D isn't one.
func duration(s string) bool {
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return false
	}
	day, clock, timed := strings.Cut(s, "T")
	if timed {
		return (day == "" || units(day, "YMD")) && units(clock, "HMS")
	}
	return units(day, "YMD") || units(day, "W")
}

// units reports if s is a list of numbers, each followed by a unit, and the units
// are a part of order. Each unit stands in a duration once, so it ends soon.
func units(s, order string) bool {
	found := ""
	for s != "" {
		rest := strings.TrimLeft(s, "0123456789")
		if rest == "" || len(rest) == len(s) || len(found) == len(order) {
			return false
		}
		found += rest[:1]
		s = rest[1:]
	}
	return found != "" && strings.Contains(order, found)
}
