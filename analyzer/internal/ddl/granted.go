package ddl

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// granted are the grants by what they are on. Whatever takes grants back or renames lets go of it, and the next
// look-up makes it anew.
type granted map[grantedOn][]*catalog.Grant

type grantedOn struct {
	kind string
	name catalog.Name
}

// grantsOn returns the grants on an object of a kind.
func (l *loader) grantsOn(kind string, name catalog.Name) []*catalog.Grant {
	if l.granted == nil {
		l.granted = granted{}
		for _, g := range l.db.Grants {
			l.granted.add(g)
		}
	}
	return l.granted[grantedOn{kind, name}]
}

func (g granted) add(is *catalog.Grant) {
	if g != nil {
		on := grantedOn{is.Kind, is.On}
		g[on] = append(g[on], is)
	}
}
