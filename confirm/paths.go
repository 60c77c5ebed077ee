package confirm

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// reading is what the server makes of a statement by one search path; without a tree, that it refuses it.
type reading struct {
	tree   nodetree.List
	bodies map[uint32]*nodetree.Node // of the SQL functions that it calls
}

// differs reports that both are readings, and not of the same. A body that the server does not read
// fails where it is called.
func (a reading) differs(b reading) bool {
	if a.tree == nil || b.tree == nil {
		return false
	}
	for id, body := range a.bodies {
		if other := b.bodies[id]; body != nil && other != nil && !reflect.DeepEqual(body, other) {
			return true
		}
	}
	return !reflect.DeepEqual(a.tree, b.tree)
}

// paths has the server read the statements by each search path that a session of the application may have:
// one that finds all names finds the same as the path that the proof was made by. One that does not find
// them fails, and tells nobody anything.
func (s *server) paths(ctx context.Context, w *world, in Input) ([]*Difference, error) {
	others := otherPaths(in.Schema)
	if len(others) == 0 {
		return nil, nil
	}
	first, err := s.readings(ctx, w, in, in.Schema.SearchPath)
	if err != nil {
		return nil, err
	}
	var found []*Difference
	for _, path := range others {
		readings, err := s.readings(ctx, w, in, path)
		if err != nil {
			return nil, err
		}
		for i, q := range in.Queries {
			if a, b := first[i], readings[i]; a.differs(b) {
				found = append(found, &Difference{Query: q, What: "a name, by a search_path of " + strings.Join(path, ", "), Ours: "what it means by " + strings.Join(in.Schema.SearchPath, ", "), Server: "something else"})
			}
		}
	}
	return found, nil
}

// otherPaths are the search paths besides the one that statements are read by. What only an
// empty path tells apart has its schema written.
func otherPaths(db *catalog.Database) [][]string {
	var others [][]string
	for _, p := range db.SessionPaths {
		if len(p) > 0 && !slices.Equal(p, db.SearchPath) {
			others = append(others, p)
		}
	}
	return others
}

func (s *server) readings(ctx context.Context, w *world, in Input, path []string) ([]reading, error) {
	if err := s.searchPath(ctx, path); err != nil {
		return nil, err
	}
	all := make([]reading, len(in.Queries))
	for i, q := range in.Queries {
		tree, _, err := s.tree(ctx, q.SQL)
		var bodies map[uint32]*nodetree.Node
		if err == nil {
			bodies, err = s.bodies(ctx, w, tree)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[i] = reading{tree, bodies}
	}
	return all, nil
}
