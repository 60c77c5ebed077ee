package schemagen

import "slices"

// Reduction takes a piece away and returns how to put it back.
type Reduction func() (undo func())

// Reductions are the pieces that a schema and its states may do without, larger ones first.
func Reductions(s *Schema, p *Pair) []Reduction {
	var out []Reduction
	for _, list := range []*[]string{&s.After, &s.Before} {
		out = append(out, elements(list)...)
	}
	for _, t := range slices.Backward(s.Tables) {
		out = append(out, s.without(t))
	}
	for _, t := range s.Tables {
		out = append(out, elements(&t.More)...)
		out = append(out, elements(&t.Items)...)
		for _, text := range []*string{&t.ReadAlso, &t.Restrict, &t.Suffix} {
			out = append(out, emptied(text)...)
		}
		out = append(out, t.columns()...)
	}
	for i := range s.Functions {
		out = append(out, func() func() {
			was := s.Functions
			if i < len(was) {
				s.Functions = slices.Delete(slices.Clone(was), i, i+1)
			}
			return func() { s.Functions = was }
		})
	}
	return append(out, p.reductions()...)
}

// elements takes single elements of a list away, last ones first.
func elements(list *[]string) []Reduction {
	var out []Reduction
	for _, x := range slices.Backward(*list) {
		out = append(out, func() func() {
			was := *list
			if i := slices.Index(was, x); i >= 0 {
				*list = slices.Delete(slices.Clone(was), i, i+1)
			}
			return func() { *list = was }
		})
	}
	return out
}

func emptied(text *string) []Reduction {
	if *text == "" {
		return nil
	}
	return []Reduction{func() func() {
		was := *text
		*text = ""
		return func() { *text = was }
	}}
}

// without takes a table away, with what refers to it.
func (s *Schema) without(t *Table) Reduction {
	return func() func() {
		tables := s.Tables
		s.Tables = slices.DeleteFunc(slices.Clone(tables), func(x *Table) bool { return x == t })
		var undo []func()
		for _, x := range s.Tables {
			undo = append(undo, x.unlink(func(l *Link) bool { return l.Table == t }))
		}
		return func() {
			s.Tables = tables
			for _, f := range undo {
				f()
			}
		}
	}
}

func (t *Table) unlink(gone func(*Link) bool) func() {
	links := t.Links // not its parents: they are declared, and say whose its rows are
	t.Links = slices.DeleteFunc(slices.Clone(links), gone)
	return func() { t.Links = links }
}

// columns takes single columns of a table away, or what is said of them.
func (t *Table) columns() []Reduction {
	var out []Reduction
	for _, c := range t.Columns {
		out = append(out, func() func() {
			was := t.Columns
			t.Columns = slices.DeleteFunc(slices.Clone(was), func(x *Column) bool { return x == c })
			undo := t.unlink(func(l *Link) bool { return slices.Contains(l.Columns, c.Name) })
			return func() { t.Columns = was; undo() }
		})
		for _, text := range []*string{&c.Default, &c.Check, &c.Generated} {
			out = append(out, emptied(text)...)
		}
		if c.NotNull {
			out = append(out, func() func() {
				c.NotNull = false
				return func() { c.NotNull = true }
			})
		}
	}
	return out
}

// reductions takes rows away, from both states where both have them.
func (p *Pair) reductions() []Reduction {
	var rows []*Row
	for _, state := range p.States {
		for _, r := range state {
			if !slices.Contains(rows, r) {
				rows = append(rows, r)
			}
		}
	}
	var out []Reduction
	for _, r := range slices.Backward(rows) {
		out = append(out, func() func() {
			was := p.States
			for i := range p.States {
				p.States[i] = slices.DeleteFunc(slices.Clone(was[i]), func(x *Row) bool { return x == r })
			}
			return func() { p.States = was }
		})
	}
	return out
}
