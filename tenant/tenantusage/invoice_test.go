package tenantusage_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/tenant/tenantusage"
)

func TestCharge(t *testing.T) {
	prices := []tenantusage.Price{
		{Kind: "calls", Description: "1,000 calls", Unit: 1000, Included: 10_000, UnitPrice: 50},
		{Kind: "storage", Description: "GB", Unit: 1 << 30, UnitPrice: 12},
		{Kind: "seats", Unit: 1, Included: 3, UnitPrice: 900},
	}
	for _, c := range []struct {
		used   tenantusage.Used
		units  [3]int64
		amount int64
	}{
		{tenantusage.Used{}, [3]int64{0, 0, 0}, 0},
		{tenantusage.Used{"calls": 10_000, "storage": 0, "seats": 3}, [3]int64{0, 0, 0}, 0},
		{tenantusage.Used{"calls": 10_001, "storage": 1, "seats": 4}, [3]int64{1, 1, 1}, 50 + 12 + 900},
		{tenantusage.Used{"calls": 12_000, "storage": 2 << 30, "seats": 10, "mails": 9}, [3]int64{2, 2, 7}, 100 + 24 + 6300},
		{tenantusage.Used{"calls": 12_001}, [3]int64{3, 0, 0}, 150},
	} {
		b, err := tenantusage.Charge(month.Add(time.Hour), c.used, prices, month.AddDate(0, 1, 0), 14*24*time.Hour)
		if err != nil || b.Total != c.amount || len(b.Lines) != 3 || !b.Final || !b.Month.Equal(month) || !b.Due.Equal(time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%v: %+v, %v", c.used, b, err)
		}
		for i, l := range b.Lines {
			if l.Units != c.units[i] || l.Amount != l.Units*prices[i].UnitPrice || l.Used != c.used[l.Kind] {
				t.Errorf("%v: %+v", c.used, l)
			}
		}
	}
	if b, err := tenantusage.Charge(month, tenantusage.Used{"calls": 11_000}, prices, month.AddDate(0, 0, 10), 0); err != nil || b.Final || b.Total != 50 {
		t.Errorf("an estimate: %+v, %v", b, err)
	}
}

func TestChargeRefused(t *testing.T) {
	good := tenantusage.Price{Kind: "calls", Unit: 1, UnitPrice: 1}
	for name, c := range map[string]struct {
		price tenantusage.Price
		used  int64
	}{
		"no kind":            {tenantusage.Price{Unit: 1, UnitPrice: 1}, 0},
		"no unit":            {tenantusage.Price{Kind: "calls", UnitPrice: 1}, 0},
		"a gift":             {tenantusage.Price{Kind: "calls", Unit: 1, UnitPrice: -1}, 0},
		"less than included": {tenantusage.Price{Kind: "calls", Unit: 1, Included: -1, UnitPrice: 1}, 0},
		"less than used":     {good, -1},
		"out of range":       {tenantusage.Price{Kind: "calls", Unit: 1, UnitPrice: 3}, math.MaxInt64 / 2},
	} {
		if _, err := tenantusage.Charge(month, tenantusage.Used{c.price.Kind: c.used}, []tenantusage.Price{good, c.price}, month, 0); !errors.Is(err, tenantusage.ErrPrice) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	half := tenantusage.Used{"calls": math.MaxInt64/2 + 1}
	if _, err := tenantusage.Charge(month, half, []tenantusage.Price{good, good}, month, 0); !errors.Is(err, tenantusage.ErrPrice) {
		t.Errorf("the sum: got %v", err)
	}
	if b, err := tenantusage.Charge(month, tenantusage.Used{"calls": math.MaxInt64}, []tenantusage.Price{good}, month, 0); err != nil || b.Total != math.MaxInt64 {
		t.Errorf("the most there is: %+v, %v", b, err)
	}
}
