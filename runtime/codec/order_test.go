package codec_test

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/tpp-rpc/tpp/runtime/codec"
)

// This file holds types as the generator writes them, which tests and
// benchmarks use: an order with nested objects, lists, optional properties, a
// map, patterns, ranges and a date-time.

type Order struct {
	ID       string
	Placed   codec.DateTime
	Status   Status
	Customer Customer
	Items    []Item
	Shipping *Address
	Note     *string
	Coupon   *string
	Gift     bool
	Total    float64
	Tags     []string
	Labels   map[string]string
	Unknown  codec.Unknown
}

type Status string

type Customer struct {
	ID    int64
	Name  string
	Email string
	Phone codec.Optional[string]
}

type Item struct {
	SKU      string
	Title    string
	Quantity int64
	Price    float64
	Discount *float64
	Gift     *bool
}

type Address struct {
	Street  string
	City    string
	Zip     string
	Country string
}

var (
	reOrderID = codec.MustPattern(`^ord-[0-9a-f]{12}$`)
	reSKU     = codec.MustPattern(`^[A-Z]{2}-[0-9]{4,6}$`)
	reEmail   = codec.MustPattern(`^[a-z0-9._+-]+@[a-z0-9.-]+$`)
	reCountry = codec.MustPattern(`^[A-Z]{2}$`)
)

func (v *Order) DecodeJSON(d *codec.Decoder) {
	*v = Order{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "id":
			seen = d.Seen(seen, 0)
			v.ID = d.String()
			d.Match(v.ID, reOrderID)
		case "placed":
			seen = d.Seen(seen, 1)
			v.Placed = d.DateTime()
		case "status":
			seen = d.Seen(seen, 2)
			v.Status.DecodeJSON(d)
		case "customer":
			seen = d.Seen(seen, 3)
			v.Customer.DecodeJSON(d)
		case "items":
			seen = d.Seen(seen, 4)
			at := d.Offset()
			v.Items = make([]Item, 0, d.Array())
			for d.Element() {
				v.Items = append(v.Items, Item{})
				v.Items[len(v.Items)-1].DecodeJSON(d)
			}
			d.Items(at, len(v.Items), 1, 100)
		case "shipping":
			seen = d.Seen(seen, 7)
			v.Shipping = new(Address)
			v.Shipping.DecodeJSON(d)
		case "note":
			seen = d.Seen(seen, 8)
			v.Note = new(d.String())
			d.Length(*v.Note, 0, 500)
		case "coupon":
			seen = d.Seen(seen, 9)
			v.Coupon = new(d.String())
			d.Length(*v.Coupon, 1, 20)
		case "gift":
			seen = d.Seen(seen, 5)
			v.Gift = d.Bool()
		case "total":
			seen = d.Seen(seen, 6)
			v.Total = d.Float64()
			d.Expect(d.CompareFloat(v.Total, 0) >= 0, "at least 0")
		case "tags":
			seen = d.Seen(seen, 10)
			at := d.Offset()
			v.Tags = make([]string, 0, d.Array())
			for d.Element() {
				v.Tags = append(v.Tags, d.String())
				d.Length(v.Tags[len(v.Tags)-1], 1, 30)
			}
			d.Items(at, len(v.Tags), 0, 20)
		case "labels":
			seen = d.Seen(seen, 11)
			v.Labels = make(map[string]string)
			d.Object()
			for d.Member() {
				name := codec.Key(d, v.Labels)
				v.Labels[name] = d.String()
			}
		default:
			v.Unknown = d.Keep(v.Unknown)
		}
	}
	d.Require(at, seen, "id", "placed", "status", "customer", "items", "gift", "total")
}

func (v *Status) DecodeJSON(d *codec.Decoder) {
	*v = Status(d.String())
	switch *v {
	case "open", "paid", "sent":
	default:
		d.Enum("open", "paid", "sent")
	}
}

func (v *Customer) DecodeJSON(d *codec.Decoder) {
	*v = Customer{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "id":
			seen = d.Seen(seen, 0)
			v.ID = d.Int64()
			d.Expect(v.ID >= 1, "at least 1")
		case "name":
			seen = d.Seen(seen, 1)
			v.Name = d.String()
			d.Length(v.Name, 1, 80)
		case "email":
			seen = d.Seen(seen, 2)
			v.Email = d.String()
			d.Match(v.Email, reEmail)
		case "phone":
			seen = d.Seen(seen, 3)
			if d.Null() {
				v.Phone = codec.Null[string]()
			} else {
				v.Phone = codec.Some(d.String())
			}
		default:
			d.NeverMember()
		}
	}
	d.Require(at, seen, "id", "name", "email")
}

func (v *Item) DecodeJSON(d *codec.Decoder) {
	*v = Item{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "sku":
			seen = d.Seen(seen, 0)
			v.SKU = d.String()
			d.Match(v.SKU, reSKU)
		case "title":
			seen = d.Seen(seen, 1)
			v.Title = d.String()
			d.Length(v.Title, 1, 120)
		case "quantity":
			seen = d.Seen(seen, 2)
			v.Quantity = d.Int64()
			d.Expect(v.Quantity >= 1, "at least 1")
			d.Expect(v.Quantity <= 999, "at most 999")
		case "price":
			seen = d.Seen(seen, 3)
			v.Price = d.Float64()
			d.Expect(d.CompareFloat(v.Price, 0) >= 0, "at least 0")
			d.Expect(d.CompareFloat(v.Price, 100000) < 0, "less than 100000")
		case "discount":
			seen = d.Seen(seen, 4)
			v.Discount = new(d.Float64())
			d.Expect(d.CompareFloat(*v.Discount, 0) >= 0, "at least 0")
			d.Expect(d.CompareFloat(*v.Discount, 1) <= 0, "at most 1")
		case "gift":
			seen = d.Seen(seen, 5)
			v.Gift = new(d.Bool())
		default:
			d.NeverMember()
		}
	}
	d.Require(at, seen, "sku", "title", "quantity", "price")
}

func (v *Address) DecodeJSON(d *codec.Decoder) {
	*v = Address{}
	var seen uint64
	at := d.Object()
	for d.Member() {
		switch d.Name() {
		case "street":
			seen = d.Seen(seen, 0)
			v.Street = d.String()
		case "city":
			seen = d.Seen(seen, 1)
			v.City = d.String()
		case "zip":
			seen = d.Seen(seen, 2)
			v.Zip = d.String()
			d.Length(v.Zip, 4, 10)
		case "country":
			seen = d.Seen(seen, 3)
			v.Country = d.String()
			d.Match(v.Country, reCountry)
		default:
			d.NeverMember()
		}
	}
	d.Require(at, seen, "street", "city", "zip", "country")
}

func (v Order) AppendJSON(b []byte) ([]byte, error) {
	var err error
	b = append(b, `{"id":`...)
	b = codec.AppendString(b, v.ID)
	b = append(b, `,"placed":`...)
	if b, err = codec.AppendDateTime(b, v.Placed); err != nil {
		return b, err
	}
	b = append(b, `,"status":`...)
	b = codec.AppendString(b, string(v.Status))
	b = append(b, `,"customer":`...)
	b = v.Customer.appendJSON(b)
	b = append(b, `,"items":[`...)
	for i := range v.Items {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = v.Items[i].AppendJSON(b); err != nil {
			return b, err
		}
	}
	b = append(b, ']')
	if v.Shipping != nil {
		b = append(b, `,"shipping":`...)
		b = v.Shipping.appendJSON(b)
	}
	if v.Note != nil {
		b = append(b, `,"note":`...)
		b = codec.AppendString(b, *v.Note)
	}
	if v.Coupon != nil {
		b = append(b, `,"coupon":`...)
		b = codec.AppendString(b, *v.Coupon)
	}
	b = append(b, `,"gift":`...)
	b = strconv.AppendBool(b, v.Gift)
	b = append(b, `,"total":`...)
	if b, err = codec.AppendFloat(b, v.Total); err != nil {
		return b, err
	}
	if v.Tags != nil {
		b = append(b, `,"tags":[`...)
		for i, s := range v.Tags {
			if i > 0 {
				b = append(b, ',')
			}
			b = codec.AppendString(b, s)
		}
		b = append(b, ']')
	}
	if v.Labels != nil {
		b = append(b, `,"labels":`...)
		start := len(b)
		for name, s := range v.Labels {
			b = append(b, ',')
			b = codec.AppendString(b, name)
			b = append(b, ':')
			b = codec.AppendString(b, s)
		}
		b = codec.EndObject(b, start)
	}
	if b, err = codec.AppendUnknown(b, v.Unknown); err != nil {
		return b, err
	}
	return append(b, '}'), nil
}

func (v Customer) appendJSON(b []byte) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, v.ID, 10)
	b = append(b, `,"name":`...)
	b = codec.AppendString(b, v.Name)
	b = append(b, `,"email":`...)
	b = codec.AppendString(b, v.Email)
	if !v.Phone.IsAbsent() {
		b = append(b, `,"phone":`...)
		if s, ok := v.Phone.Get(); ok {
			b = codec.AppendString(b, s)
		} else {
			b = append(b, "null"...)
		}
	}
	return append(b, '}')
}

func (v Item) AppendJSON(b []byte) ([]byte, error) {
	var err error
	b = append(b, `{"sku":`...)
	b = codec.AppendString(b, v.SKU)
	b = append(b, `,"title":`...)
	b = codec.AppendString(b, v.Title)
	b = append(b, `,"quantity":`...)
	b = strconv.AppendInt(b, v.Quantity, 10)
	b = append(b, `,"price":`...)
	if b, err = codec.AppendFloat(b, v.Price); err != nil {
		return b, err
	}
	if v.Discount != nil {
		b = append(b, `,"discount":`...)
		if b, err = codec.AppendFloat(b, *v.Discount); err != nil {
			return b, err
		}
	}
	if v.Gift != nil {
		b = append(b, `,"gift":`...)
		b = strconv.AppendBool(b, *v.Gift)
	}
	return append(b, '}'), nil
}

func (v Address) appendJSON(b []byte) []byte {
	b = append(b, `{"street":`...)
	b = codec.AppendString(b, v.Street)
	b = append(b, `,"city":`...)
	b = codec.AppendString(b, v.City)
	b = append(b, `,"zip":`...)
	b = codec.AppendString(b, v.Zip)
	b = append(b, `,"country":`...)
	b = codec.AppendString(b, v.Country)
	return append(b, '}')
}

// plainOrder is what a Go programmer would give to encoding/json.
type plainOrder struct {
	ID       string    `json:"id"`
	Placed   time.Time `json:"placed"`
	Status   string    `json:"status"`
	Customer struct {
		ID    int64   `json:"id"`
		Name  string  `json:"name"`
		Email string  `json:"email"`
		Phone *string `json:"phone"`
	} `json:"customer"`
	Items []struct {
		SKU      string   `json:"sku"`
		Title    string   `json:"title"`
		Quantity int64    `json:"quantity"`
		Price    float64  `json:"price"`
		Discount *float64 `json:"discount,omitempty"`
		Gift     *bool    `json:"gift,omitempty"`
	} `json:"items"`
	Shipping *struct {
		Street  string `json:"street"`
		City    string `json:"city"`
		Zip     string `json:"zip"`
		Country string `json:"country"`
	} `json:"shipping,omitempty"`
	Note   *string           `json:"note,omitempty"`
	Coupon *string           `json:"coupon,omitempty"`
	Gift   bool              `json:"gift"`
	Total  float64           `json:"total"`
	Tags   []string          `json:"tags,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// orderJSON is an order of 1 KB, written as most services write JSON.
var orderJSON = compact(`{
	"id": "ord-0123456789ab",
	"placed": "2024-02-29T12:34:56.789+01:00",
	"status": "paid",
	"customer": {"id": 4711, "name": "Zo\u00eb \"Zee\" M\u00fcller", "email": "zoe.mueller@example.org", "phone": null},
	"items": [
		{"sku": "AB-1234", "title": "Espresso cups, set of six, white porcelain", "quantity": 2, "price": 34.9, "discount": 0.15},
		{"sku": "CD-56789", "title": "Grinder burrs 64 mm", "quantity": 1, "price": 129},
		{"sku": "EF-0042", "title": "Descaler\t(500 ml)", "quantity": 3, "price": 8.49, "gift": true},
		{"sku": "GH-777777", "title": "Portafilter, bottomless, 58 mm, walnut handle", "quantity": 1, "price": 89.95}
	],
	"shipping": {"street": "Long Acre Lane 12, 3rd floor", "city": "Springfield", "zip": "12345", "country": "DE"},
	"note": "Please ring twice.\nThe dog is friendly; the cat isn't. If nobody opens, leave it with the neighbours on the left.",
	"coupon": "SPRING-2024",
	"gift": false,
	"total": 314.22,
	"tags": ["kitchen", "coffee", "priority", "returning customer"],
	"labels": {"campaign": "spring-2024", "warehouse": "north"}
}`)

func compact(s string) []byte {
	b, err := codec.AppendRaw(nil, json.RawMessage(s))
	if err != nil {
		panic(err)
	}
	return b
}
