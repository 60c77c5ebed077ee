package prove

import (
	"context"
	"errors"
)

// Lend lets somebody else create things in the disposable database that a URL names, and removes them
// afterwards, roles of the given names included. Nobody else's tables may be in it.
func Lend(ctx context.Context, url string, roles []string, use func() error) (err error) {
	db, err := open(ctx, Options{DatabaseURL: url, Timeout: DefaultTimeout})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close()) }()
	for i := range roles {
		db.created = append(db.created, &roles[i])
	}
	if err := db.withRoles(ctx, func() error { return db.readRoles(ctx) }); err != nil {
		return err
	}
	return use()
}
