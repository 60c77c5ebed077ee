package tenant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Announcements is the channel that announcements of all tenants on a topic are sent to. A trigger on the table of tenants
// sends one, here for the topic "directory", by
//
//	pg_notify('tenants_' || left(encode(sha256(convert_to('directory', 'UTF8')), 'hex'), 40),
//	          json_build_object('topic', 'directory', 'payload', new.id::text)::text)
func Announcements(topic string) string {
	sum := sha256.Sum256([]byte(topic))
	return "tenants_" + hex.EncodeToString(sum[:20])
}

// Announce tells those who Watch the topic that something of the tenant's has changed: at once on a *DB, at the commit on a
// *Tx. Nothing but the tenant's id is told, because whoever may connect to the database may listen. So may they send: an
// announcement is a reason to look, and nothing else.
func Announce(ctx context.Context, q Executor, scope Scope, topic string) error {
	return send(ctx, q, scope, "Announce", Announcements(topic), envelope{Topic: topic, Payload: scope.ID()})
}

// Watch calls handle for what is announced of any tenant on a topic, one after the other, until ctx ends or handle returns an
// error, which it returns. The payload is the id of the tenant as text. It waits on the connection of Listen, and everything that
// is said there holds; with WithPools, on one in each database of Pools.All as they were when it was called. A call of
// the handler with Listening is for one of these: what was announced before may have been missed.
func (db *DB) Watch(ctx context.Context, topic string, handle func(context.Context, Notification) error) error {
	if db.fake {
		return ErrNoDatabase
	}
	places, err := db.everywhere(ctx)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return ErrNoPool
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var one sync.Mutex
	var all sync.WaitGroup
	for _, place := range places {
		l := &listener{db: db, channel: Announcements(topic), pool: place.pool, handle: func(ctx context.Context, n Notification) error {
			one.Lock()
			defer one.Unlock()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return handle(ctx, n)
		}}
		l.call = func() *call {
			return &call{from: db, home: db.home(), hooks: db.hooks, op: Operation{Name: "Watch", Command: CommandListen}}
		}
		l.open = func(got envelope) bool { return got.Topic == topic }
		all.Go(func() { cancel(l.listen(ctx)) })
	}
	all.Wait()
	return context.Cause(ctx)
}
