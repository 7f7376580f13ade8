package codec

// This file finds duplicate names in the objects of values that are kept as text. Parsers
// disagree on which of two duplicates counts.

// keepText passes over one value that is kept as text.
func (d *Decoder) keepText() {
	d.peek()
	at := d.pos
	if d.Skip(); d.failed || d.data[at] != '{' && d.data[at] != '[' {
		return
	}
	if _, name := repeated(d.data[:d.pos], at); name >= 0 {
		end, _ := skipString(d.data, name+1)
		d.report(problem{at: name, text: "property " + quote(plain(d.data[name+1:end-1])) + " twice"})
	}
}

// repeated passes over the value at i, which is valid. It returns where that ends, and
// where a name begins that its object has already; -1 if there is none.
func repeated(data []byte, i int) (end, name int) {
	switch data[i] {
	case '"':
		return passString(data, i+1), -1
	case '[':
		for i = space(data, i+1); data[i] != ']'; i = space(data, i) {
			if data[i] == ',' {
				i = space(data, i+1)
			}
			if i, name = repeated(data, i); name >= 0 {
				return i, name
			}
		}
		return i + 1, -1
	case '{':
		return repeatedIn(data, i)
	}
	for i < len(data) && data[i] != ',' && data[i] != ']' && data[i] != '}' && data[i] > ' ' {
		i++
	}
	return i, -1
}

// repeatedIn is repeated for an object.
func repeatedIn(data []byte, i int) (end, name int) {
	var names [few]string
	var many map[string]struct{}
	n := 0
	for i = space(data, i+1); data[i] != '}'; i = space(data, i) {
		if data[i] == ',' {
			i = space(data, i+1)
		}
		at := i
		i = passString(data, i+1)
		key := plain(data[at+1 : i-1])
		if n < few {
			for _, other := range names[:n] {
				if other == key {
					return i, at
				}
			}
			names[n] = key
		} else {
			if many == nil {
				many = make(map[string]struct{}, 4*few)
				for _, other := range names {
					many[other] = struct{}{}
				}
			}
			if _, ok := many[key]; ok {
				return i, at
			}
			many[key] = struct{}{}
		}
		n++
		if data[i] != ':' {
			i = space(data, i)
		}
		if i++; data[i] <= ' ' {
			i = space(data, i)
		}
		if data[i] == '"' {
			i = passString(data, i+1)
		} else if i, name = repeated(data, i); name >= 0 {
			return i, name
		}
	}
	return i + 1, -1
}

// passString is skipString for a string that is valid.
func passString(data []byte, i int) int {
	for {
		switch i = clean(data, i); data[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
}
