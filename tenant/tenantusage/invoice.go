package tenantusage

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Price is what a kind costs: UnitPrice for every begun Unit of it, after what is included. Money is in the smallest unit of
// the currency, cents mostly.
type Price struct {
	Kind        string
	Description string
	Unit        int64 // such as 1000 calls, or 1 << 30 bytes
	Included    int64 // what the plan has already
	UnitPrice   int64
}

// Line is what one price comes to.
type Line struct {
	Kind, Description string
	Used, Included    int64
	Units             int64 // that are paid for
	UnitPrice, Amount int64
}

// Bill is what a month comes to. Before the month is over it is an estimate, of what was used so far.
type Bill struct {
	Month time.Time
	Lines []Line
	Total int64
	// Due is when it has to be paid.
	Due time.Time
	// Final reports that the month was over when the bill was made.
	Final bool
}

// ErrPrice refuses a price that cannot be reckoned with.
var ErrPrice = errors.New("tenantusage: unusable price")

// Charge says what a tenant owes for what it has used in a month: the lines in the order of the prices, those with nothing to pay
// too, due some time after the month's end. A kind without a price costs nothing, and one that was not used is a line of 0.
func Charge(month time.Time, used Used, prices []Price, now time.Time, terms time.Duration) (Bill, error) {
	end := Month(month).AddDate(0, 1, 0)
	b := Bill{Month: Month(month), Due: end.Add(terms), Final: !now.Before(end)}
	for _, p := range prices {
		line, err := p.line(used[p.Kind])
		if err != nil {
			return Bill{}, err
		}
		if b.Total > math.MaxInt64-line.Amount {
			return Bill{}, fmt.Errorf("%w: the total is out of range", ErrPrice)
		}
		b.Lines, b.Total = append(b.Lines, line), b.Total+line.Amount
	}
	return b, nil
}

func (p Price) line(used int64) (Line, error) {
	if p.Kind == "" || p.Unit <= 0 || p.Included < 0 || p.UnitPrice < 0 || used < 0 {
		return Line{}, fmt.Errorf("%w of %q", ErrPrice, p.Kind)
	}
	l := Line{Kind: p.Kind, Description: p.Description, Used: used, Included: p.Included, UnitPrice: p.UnitPrice}
	if over := used - p.Included; over > 0 {
		l.Units = (over-1)/p.Unit + 1
	}
	if p.UnitPrice > 0 && l.Units > math.MaxInt64/p.UnitPrice {
		return Line{}, fmt.Errorf("%w of %q: the amount is out of range", ErrPrice, p.Kind)
	}
	l.Amount = l.Units * p.UnitPrice
	return l, nil
}
