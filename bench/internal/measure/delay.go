package measure

import (
	"net"
	"time"
)

// delayed is a connection with a round trip of some length. All of it is spent on the way there: the client waits for the
// answer anyway, and one sleep is more exact than two of half the length.
type delayed struct {
	net.Conn
	roundTrip time.Duration
}

func (d delayed) Write(p []byte) (int, error) {
	time.Sleep(d.roundTrip)
	return d.Conn.Write(p)
}
