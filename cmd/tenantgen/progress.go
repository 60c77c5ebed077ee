package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/tenantgen/tenantgen/internal/inert"
)

// bar shows progress on one line of a terminal; elsewhere it shows nothing.
type bar struct {
	out  io.Writer // nil where nothing is shown
	last time.Time
}

func newBar(out io.Writer, wanted bool) *bar {
	if !wanted || !isTerminal(out) {
		return &bar{}
	}
	return &bar{out: out}
}

// barWidth is the number of characters that stand for all the work.
const barWidth = 24

// show shows what is being done, and how much of all.
func (b *bar) show(doing string, done, total int) {
	if b.out == nil || time.Since(b.last) < 50*time.Millisecond {
		return
	}
	b.last = time.Now()
	full, percent := 0, 0
	if total > 0 {
		full, percent = barWidth*done/total, 100*done/total
	}
	fmt.Fprintf(b.out, "\r[%s%s] %3d%% ", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), percent)
	fmt.Fprintf(inert.NewWriter(b.out), "%-40.40s", doing)
}

func (b *bar) clear() {
	if b.out != nil {
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", barWidth+50))
	}
}

// waiting shows on a terminal what a long step does and since when, until done is called.
// What is done at once is not worth a line.
func (b *bar) waiting(what string) (done func()) {
	if b.out == nil {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		begin, tick := time.Now(), time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				fmt.Fprintf(b.out, "\r%s, %d s", what, int(time.Since(begin).Seconds()))
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(stop)
		<-stopped
		fmt.Fprintf(b.out, "\r%s\r", strings.Repeat(" ", len(what)+10))
	})
}
