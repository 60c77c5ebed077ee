package tenanthttp

import (
	"net/netip"
	"time"
)

// SetNow gives the directory a clock.
func (d *Directory) SetNow(now func() time.Time) { d.now = now }

// Len is how many answers are kept.
func (d *Directory) Len() (known, absent int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known.order.Len(), d.absent.order.Len()
}

// Check is check.
func (s Security) Check(p Person, from netip.Addr, now time.Time) error { return s.check(p, from, now) }

var AddressOf = (*Middleware).addressOf
