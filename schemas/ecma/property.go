package ecma

import (
	"strings"
	"unicode"
)

// property parses the braces of \p{…}.
func (p *parser) property() *Set {
	at := p.pos
	if !p.skip("{") {
		p.fail(`no { behind \p`)
	}
	start := p.pos
	for p.more() && p.next() != '}' {
		p.pos++
	}
	text := string(p.src[start:p.pos])
	if !p.skip("}") {
		p.pos = at
		p.fail("a { without its }")
	}
	name, value, both := strings.Cut(text, "=")
	var set *Set
	switch {
	case !both:
		if set = category(name); set == nil {
			set = binary(name)
		}
	case name == "gc" || name == "General_Category":
		set = category(value)
	case name == "sc" || name == "Script":
		set = script(value)
	}
	if set == nil {
		p.pos = at
		p.fail(`the unknown property \p{%s}`, text)
	}
	return set
}

// category returns the set of a general category, by its short or long name.
func category(name string) *Set {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	table, ok := unicode.Categories[name]
	if !ok {
		return nil
	}
	return &Set{Escape: `\p{` + name + `}`, ranges: func() []rune { return tableRanges(table) }}
}

// script returns the set of a script, by its long name or its code of four letters.
func script(name string) *Set {
	for line := range strings.SplitSeq(scriptCodes, "\n") {
		if code, long, _ := strings.Cut(line, " "); code == name {
			name = long
		}
	}
	table, ok := unicode.Scripts[name]
	if !ok {
		return nil
	}
	return &Set{Escape: `\p{` + name + `}`, ranges: func() []rune { return tableRanges(table) }}
}

// binary returns the set of a property that is true or false for each rune.
func binary(name string) *Set {
	if long, ok := binaryAliases[name]; ok {
		name = long
	}
	has, ok := binaries[name]
	if table := unicode.Properties[name]; !ok && table != nil && !strings.HasPrefix(name, "Other_") {
		has, ok = func(r rune) bool { return unicode.Is(table, r) }, true
	}
	switch {
	case ok:
		return &Set{ranges: func() []rune { return matching(has) }}
	case emoji[name] != "":
		return &Set{ranges: func() []rune { return parseRanges(emoji[name]) }}
	}
	return nil
}

// binaries are the properties that the unicode package has no table for, but that
// follow from its tables.
var binaries = map[string]func(rune) bool{
	"Any":      func(rune) bool { return true },
	"ASCII":    func(r rune) bool { return r <= unicode.MaxASCII },
	"Assigned": func(r rune) bool { return !unicode.Is(unicode.Categories["Cn"], r) },
	"Alphabetic": func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic)
	},
	"Uppercase": uppercase,
	"Lowercase": lowercase,
	"Cased":     func(r rune) bool { return uppercase(r) || lowercase(r) || unicode.Is(unicode.Lt, r) },
	"Math":      func(r rune) bool { return unicode.In(r, unicode.Sm, unicode.Other_Math) },
	"Grapheme_Extend": func(r rune) bool {
		return unicode.In(r, unicode.Mn, unicode.Me, unicode.Other_Grapheme_Extend)
	},
	"ID_Start":     idStart,
	"XID_Start":    idStart,
	"ID_Continue":  idContinue,
	"XID_Continue": idContinue,
}

// binaryAliases are the short names of properties.
var binaryAliases = map[string]string{
	"AHex": "ASCII_Hex_Digit", "Alpha": "Alphabetic", "Bidi_C": "Bidi_Control", "Dep": "Deprecated", "Dia": "Diacritic",
	"EBase": "Emoji_Modifier_Base", "EComp": "Emoji_Component", "EMod": "Emoji_Modifier", "EPres": "Emoji_Presentation", "ExtPict": "Extended_Pictographic",
	"Ext": "Extender", "Gr_Ext": "Grapheme_Extend", "Hex": "Hex_Digit", "IDC": "ID_Continue", "IDS": "ID_Start",
	"IDSB": "IDS_Binary_Operator", "IDST": "IDS_Trinary_Operator", "Ideo": "Ideographic", "Join_C": "Join_Control",
	"LOE": "Logical_Order_Exception", "Lower": "Lowercase", "NChar": "Noncharacter_Code_Point", "Pat_Syn": "Pattern_Syntax",
	"Pat_WS": "Pattern_White_Space", "QMark": "Quotation_Mark", "RI": "Regional_Indicator", "SD": "Soft_Dotted",
	"STerm": "Sentence_Terminal", "Term": "Terminal_Punctuation", "UIdeo": "Unified_Ideograph", "Upper": "Uppercase",
	"VS": "Variation_Selector", "XIDC": "XID_Continue", "XIDS": "XID_Start", "space": "White_Space",
}

func uppercase(r rune) bool { return unicode.In(r, unicode.Lu, unicode.Other_Uppercase) }
func lowercase(r rune) bool { return unicode.In(r, unicode.Ll, unicode.Other_Lowercase) }

func idStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start) &&
		!unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space)
}

func idContinue(r rune) bool {
	return idStart(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) &&
		!unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space)
}

// tableRanges returns the ranges of a table.
func tableRanges(table *unicode.RangeTable) []rune {
	var out []rune
	add := func(low, high, stride rune) {
		if stride == 1 {
			out = append(out, low, high)
			return
		}
		for r := low; r <= high; r += stride {
			out = append(out, r, r)
		}
	}
	for _, r := range table.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range table.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return out
}
