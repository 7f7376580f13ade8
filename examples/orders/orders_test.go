package orders_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"

	"github.com/tpp-rpc/tpp/examples/orders"
	"github.com/tpp-rpc/tpp/runtime"
	"github.com/tpp-rpc/tpp/runtime/codec"
)

// orderJSON is an order of 1 KB with everything that the contract has: nested objects, an
// array of four, optional properties of which one is absent, escapes, a date-time, patterns,
// ranges and an enumeration.
//
//go:embed testdata/order.json
var orderJSON []byte

// A plainOrder is a hand-written struct for an order, without checks.
type plainOrder struct {
	ID       string    `json:"id"`
	Placed   time.Time `json:"placed"`
	Customer struct {
		ID    int64   `json:"id"`
		Name  string  `json:"name"`
		Email string  `json:"email"`
		Phone *string `json:"phone,omitempty"`
	} `json:"customer"`
	ShipTo   *plainAddress `json:"ship_to,omitempty"`
	Items    []plainItem   `json:"items"`
	Currency string        `json:"currency"`
	Total    float64       `json:"total"`
	Gift     *bool         `json:"gift,omitempty"`
	Note     *string       `json:"note,omitempty"`
	Coupon   *string       `json:"coupon,omitempty"`
}

type plainAddress struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

type plainItem struct {
	SKU      string   `json:"sku"`
	Title    string   `json:"title"`
	Quantity int64    `json:"quantity"`
	Price    float64  `json:"price"`
	Tags     []string `json:"tags,omitempty"`
}

// orderSchema returns the contract's schema of an order for jsonschema.
func orderSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var contract any
	if err := yaml.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(contract)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	if err := compiler.AddResource("orders.json", strings.NewReader(string(data))); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("orders.json#/$defs/Order")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// All three ways accept the order and lose nothing.
func TestOrder(t *testing.T) {
	var want any
	if err := json.Unmarshal(orderJSON, &want); err != nil {
		t.Fatal(err)
	}
	if err := orderSchema(t).Validate(want); err != nil {
		t.Error(err)
	}
	for _, order := range []any{new(orders.Order), new(plainOrder)} {
		if err := json.Unmarshal(orderJSON, order); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%T became %s", order, data)
		}
	}
}

// A shop has a few pens.
type shop struct{ pens int64 }

func (s *shop) Place(ctx context.Context, req *orders.Order) (*orders.Order, error) {
	for _, item := range req.Items {
		if item.Quantity > s.pens {
			return nil, orders.NewErrOutOfStock(orders.OutOfStockData{SKU: item.SKU, Left: s.pens})
		}
		s.pens -= item.Quantity
	}
	return req, nil
}

// A client needs no connection: a mux in the same process is enough.
func Example() {
	mux := new(runtime.Mux)
	orders.Register(mux, &shop{pens: 5})
	client := orders.NewClient(mux.Serve)

	order := &orders.Order{
		ID:       "ORD-00000001",
		Placed:   codec.DateTime{Time: time.Date(2026, 11, 22, 4, 30, 0, 0, time.UTC)},
		Customer: orders.Customer{ID: 7, Name: "Ada", Email: "ada@example.org"},
		Items:    []orders.Item{{SKU: "PEN-0007", Title: "Pen", Quantity: 3, Price: 1.5}},
		Currency: orders.OrderCurrencyEUR,
		Total:    4.5,
	}
	for range 2 {
		placed, err := client.Place(context.Background(), order)
		if data, ok := orders.OutOfStockDataOf(err); ok {
			fmt.Println(err, "of", data.SKU, "which has", data.Left)
		} else {
			fmt.Println("placed", placed.ID, err)
		}
	}

	order.Items[0].Quantity = 0
	_, err := client.Place(context.Background(), order)
	fmt.Println(err)

	// Output:
	// placed ORD-00000001 <nil>
	// out of stock of PEN-0007 which has 2
	// bad request: at /items/0/quantity: expected at least 1, found 0
}
