package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/bench/internal/measure"
	"github.com/tenantgen/tenantgen/bench/internal/sqlcgen"
)

const (
	slice = 500 * time.Millisecond // that one way has before the next one's turn
	turns = 7
)

// perSecond lets n goroutines make calls for a slice of time.
func perSecond(b *testing.B, n int, w measure.Way) float64 {
	ctx := b.Context()
	var calls atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range n {
		wg.Go(func() {
			for time.Since(began) < slice {
				if err := w.Call(ctx); err != nil {
					b.Errorf("%s: %v", w.Name, err)
					return
				}
				calls.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(calls.Load()) / time.Since(began).Seconds()
}

// BenchmarkThroughput takes its own time, whatever -benchtime is. Each pool has 16 connections; every call is for another
// tenant.
func BenchmarkThroughput(b *testing.B) {
	const tenants = 100
	d := measure.NewDatabase(b, tenants, 200, 200)
	c := d.Connect(b, 0)
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("%d goroutines", n), func(b *testing.B) {
			ways := []measure.Way{
				{Name: "sqlc", Call: func(ctx context.Context) error {
					_, err := c.Queries.GetNote(ctx, measure.PGUUID(b, 1+rand.IntN(tenants)), 7)
					return err
				}},
				{Name: "repository", Call: func(ctx context.Context) error {
					_, err := c.Repos.Notes.GetNote(ctx, d.Org(b, 1+rand.IntN(tenants)), 7)
					return err
				}},
				{Name: "begin, set, query, commit", Call: func(ctx context.Context) error {
					t := 1 + rand.IntN(tenants)
					return c.Classic(ctx, measure.UUID(t), func(q *sqlcgen.Queries) error {
						_, err := q.GetNote(ctx, measure.PGUUID(b, t), 7)
						return err
					})
				}},
			}
			for _, w := range ways {
				perSecond(b, n, w) // connects, prepares
			}
			rates := make([][]float64, len(ways))
			for b.Loop() {
				if len(rates[0]) > 0 {
					continue
				}
				for range turns {
					for _, i := range rand.Perm(len(ways)) {
						rates[i] = append(rates[i], perSecond(b, n, ways[i]))
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			table := []string{"\n" + b.Name(), "| | calls per second | ratio |", "|---|---|---|"}
			var base float64
			for i, w := range ways {
				slices.Sort(rates[i])
				rate := rates[i][len(rates[i])/2]
				if i == 0 {
					base = rate
				}
				table = append(table, fmt.Sprintf("| %s | %.0f | %.2f |", w.Name, rate, rate/base))
			}
			fmt.Println(strings.Join(table, "\n"))
		})
	}
}
