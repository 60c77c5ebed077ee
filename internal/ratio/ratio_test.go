package ratio

import (
	"testing"
	"time"
)

// A turn that other work has slowed down counts for nothing, and every way has its turn.
func TestRace(t *testing.T) {
	var now time.Duration
	took := map[string][]time.Duration{"few": {90, 10, 20}, "many": {300, 500, 40}}
	way := func(name string) func() {
		return func() { now, took[name] = now+took[name][0], took[name][1:] }
	}
	r := Of(func() time.Duration { return now }, way("few"), way("many"))
	for range 3 {
		r.Turn()
	}
	if r.Least(0) != 10 || r.Least(1) != 40 || r.Ratio(1, 0) != 4 {
		t.Errorf("%v, %v, %v", r.Least(0), r.Least(1), r.Ratio(1, 0))
	}
}

// The clocks of processors tell the time that is used, not the time that passes.
func TestProcessor(t *testing.T) {
	idle := Processor()
	time.Sleep(100 * time.Millisecond)
	if idle = Processor() - idle; idle > 50*time.Millisecond {
		t.Errorf("asleep, %v", idle)
	}
	for before := Processor(); Processor()-before < 20*time.Millisecond; {
	}
	if before := Processes(); before != Processes() {
		t.Error("there are no other processes")
	}
}
