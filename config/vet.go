package config

import (
	"path"
	"strings"
)

// Vet is options.tenantgen.vet: what package vet knows of the application's Go code.
type Vet struct {
	Present bool
	// IDTypes are the Go types of tenants' ids that are not generated, each as import/path.Name: of the levels, the
	// outermost first.
	IDTypes []string
	// PlainIDs says why tenants' ids have no type of their own; "" where they have.
	PlainIDs string
	// Packages are the directories whose packages are judged, relative to sqlc.yaml and with /... for those below one as
	// well; none for all of the module.
	Packages []string
	// Tests says why files of tests are not judged; "" where they are.
	Tests string
	// Of these places an analyzer says nothing: what runs other SQL than constants, holds a pool or crosses tenants,
	// makes an id, does something else with a transaction.
	SQL, Bypass, IDs, Tx []Declared
	Line, Column         int
}

// Declared is a place in the Go code of which an analyzer says nothing, and why.
type Declared struct {
	// Where is a directory relative to sqlc.yaml, with /... for those below it as well, and with /*_test.go for the tests
	// of these alone; or a function, a method, a type with its methods or a variable in one: internal/auth, internal/auth/...,
	// internal/.../*_test.go, internal/auth.SignIn, internal/auth.Server.SignIn, internal/auth.Server.
	Where, Reason string
	Line, Column  int
}

func (t *Vet) keys() fields {
	return fields{
		"id_types":  spellings(&t.IDTypes, "name the type of a tenant's id").says("the Go types of tenants' ids that are not generated, as import/path.Name; with levels one for each, the outermost first"),
		"plain_ids": str(&t.PlainIDs).says("why the ids of tenants have no Go type of their own: then no argument is held to be one"),
		"packages":  spellings(&t.Packages, "name the directory of a package").says("the packages that are judged, as directories relative to sqlc.yaml, with /... for those below as well; all of its module without this"),
		"tests":     str(&t.Tests).says("why files of tests are not judged"),
		"sql":       places(&t.SQL).says("the places that may run SQL which is not constant or not proved, each with the reason"),
		"bypass":    places(&t.Bypass).says("the places that may hold a pool, a transaction or sqlc's Queries, and cross tenants, each with the reason"),
		"ids":       places(&t.IDs).says("the places that may make a tenant's id, each with the reason"),
		"tx":        places(&t.Tx).says("the places that may do more with a transaction than its function does, each with the reason"),
	}
}

func (t *Vet) read(v value) {
	t.Present, t.Line, t.Column = true, v.n.Line, v.n.Column
	v.object(t.keys())
	for i, name := range t.IDTypes {
		if slash := strings.LastIndex(name, "/"); !strings.Contains(name[slash+1:], ".") || strings.HasSuffix(name, ".") {
			ids, _ := v.get("id_types")
			if isList(ids) {
				ids = ids.element(i, ids.n.Content[i])
			}
			ids.errorf("write it as import/path.Name", "%q names no type of a package", name)
		}
	}
	for i, dir := range t.Packages {
		list, _ := v.get("packages")
		if isList(list) {
			list = list.element(i, list.n.Content[i])
		}
		if !inside(dir) {
			list.errorf("write ./internal/auth or ./internal/...", "%q is no directory below that of sqlc.yaml", dir)
		}
		t.Packages[i] = path.Clean(dir)
	}
	if t.PlainIDs != "" && len(t.IDTypes) > 0 {
		plain, _ := v.get("plain_ids")
		plain.errorf("keep one of them", "plain_ids and id_types exclude each other")
	}
}

func vetShape(strict bool) *Schema {
	s := new(Vet).keys().shape(strict)
	s.AnyOf = []*Schema{lacking("plain_ids"), lacking("id_types")}
	return s
}

// places reads a mapping from places in the Go code to reasons.
func places(dst *[]Declared) setting {
	return named(func(p pair) {
		d := Declared{Where: p.key.Value, Line: p.key.Line, Column: p.key.Column}
		if p.val.null() {
			p.val.errorf("say why", "no reason is given")
		} else {
			str(&d.Reason).read(p.val)
		}
		if !inside(d.Where) {
			p.val.r.add(p.key.Line, p.key.Column, "write internal/auth, internal/auth/... or internal/auth.SignIn", "%sno directory below that of sqlc.yaml", p.val.prefix())
		}
		d.Where = path.Clean(d.Where)
		*dst = append(*dst, d)
	}, someText)
}

// inside reports whether a path names something below the directory of sqlc.yaml, in the one way to write it.
func inside(where string) bool {
	w := path.Clean(where)
	return w == strings.TrimPrefix(where, "./") && !path.IsAbs(w) && w != ".." && !strings.HasPrefix(w, "../") && !strings.Contains(w, `\`)
}
