package analyzer

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Recall has what is known of the statements of a query file from an earlier analysis. That has to have been one of the same schema with the same
// configuration, by the same program: whoever keeps it sees to that, and that nobody else wrote it. Statements are known by all of
// their text, with the comments in front. Of one that is refused nothing is kept. What is recalled has no Reading.
type Recall struct {
	src    *source
	pieces []piece
	same   bool // as the text that was known; nothing is to be kept then if all of it is known
	before []byte
	lost   bool // a result stands in no piece
}

// piece is a part of the file with one statement, or none.
type piece struct {
	span    query.Span
	results []*Result
	known   bool
	kept    []kept // of results, unless one is not kept
	keeps   bool
}

// recalled is the form of what is kept of a file.
type recalled struct {
	Text   string // hash of all of it
	Pieces []recalledPiece
}

type recalledPiece struct {
	Span  query.Span
	Text  string // hash
	Known bool
	Kept  []kept
}

// on writes it on a tape, or reads it there.
func (r *recalled) on(t *tape) {
	t.string(&r.Text)
	list(t, &r.Pieces, func(p *recalledPiece) {
		t.span(&p.Span)
		t.string(&p.Text)
		t.bool(&p.Known)
		list(t, &p.Kept, func(k *kept) { k.on(t) })
	})
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return string(s[:])
}

// Recall finds out which statements of a file are known. It is nil where what is handed in does not
// lie in pieces.
func (a *Analyzer) Recall(file, text string, known []byte) *Recall {
	var before recalled
	t := &tape{rest: string(known), reading: true}
	if before.on(t); t.bad || t.rest != "" {
		before = recalled{}
	}
	c := &Recall{before: known, same: before.Text == sum(text)}
	if c.same {
		for _, p := range before.Pieces {
			c.pieces = append(c.pieces, piece{span: p.Span})
		}
	} else {
		for _, s := range sqltext.Cut(text, 1) {
			if s.Start += blankLines(text[s.Start:s.End]); s.Start < s.End {
				c.pieces = append(c.pieces, piece{span: s})
			}
		}
	}
	if !covers(c.pieces, text) {
		return nil
	}
	c.src = newSource(file, text)
	for i, found := range before.find(c) {
		if p := &c.pieces[i]; found != nil && found.Known {
			a.fill(p, c.src, found)
		}
	}
	return c
}

// find is what is known of each piece of a file, nil for nothing.
func (r *recalled) find(c *Recall) []*recalledPiece {
	found, by := make([]*recalledPiece, len(c.pieces)), map[string]*recalledPiece{}
	for i := range r.Pieces {
		if c.same {
			found[i] = &r.Pieces[i]
		}
		by[r.Pieces[i].Text] = &r.Pieces[i]
	}
	for i, p := range c.pieces {
		if !c.same {
			found[i] = by[sum(c.src.text[p.span.Start:p.span.End])]
		}
	}
	return found
}

// blankLines is how long the blank lines are that a text begins with. A statement is the same behind them.
func blankLines(text string) int {
	blank := text[:len(text)-len(strings.TrimLeft(text, " \t\r\n"))]
	if len(blank) == len(text) {
		return len(text)
	}
	return strings.LastIndexByte(blank, '\n') + 1
}

// covers reports whether pieces follow each other, with nothing between and behind them but blanks.
func covers(pieces []piece, text string) bool {
	end := 0
	for _, p := range pieces {
		if p.span.Start < end || p.span.End <= p.span.Start || p.span.End > len(text) || strings.TrimLeft(text[end:p.span.Start], " \t\r\n") != "" {
			return false
		}
		end = p.span.End
	}
	return strings.TrimLeft(text[end:], " \t\r\n") == ""
}

// fill takes over what is known of a piece, if all of it is.
func (a *Analyzer) fill(p *piece, src *source, found *recalledPiece) {
	var results []*Result
	for i := range found.Kept {
		r := a.recall(&found.Kept[i], src, p.span)
		if r == nil {
			return
		}
		results = append(results, r)
	}
	p.results, p.known, p.kept, p.keeps = results, true, found.Kept, true
}

// Unknown are the parts of the file that are still to be analysed, of about a size at most.
func (c *Recall) Unknown(size int) []query.Span {
	var list []query.Span
	for i, p := range c.pieces {
		switch last := len(list) - 1; {
		case p.known:
		case i > 0 && !c.pieces[i-1].known && last >= 0 && list[last].End-list[last].Start < size:
			list[last].End = p.span.End
		default:
			list = append(list, p.span)
		}
	}
	return list
}

// Learn takes what Part has found of one of the Unknown parts. It is for one goroutine at a time.
func (c *Recall) Learn(a *Analyzer, part query.Span, results []*Result) {
	for i := range c.pieces {
		p := &c.pieces[i]
		if p.known || p.span.Start < part.Start || p.span.End > part.End {
			continue
		}
		p.keeps = true
		for len(results) > 0 && results[0].start() >= p.span.Start && results[0].start() < p.span.End {
			p.results = append(p.results, results[0])
			if k := a.keep(results[0], c.src, p.span); k != nil {
				p.kept = append(p.kept, *k)
			} else {
				p.keeps = false
			}
			results = results[1:]
		}
	}
	c.lost = c.lost || len(results) > 0
}

// start is where the statement begins in its file.
func (r *Result) start() int { return r.reading.Origin + r.reading.Start }

// Results are those of the file, once all is learnt; ok is false where one of them stands nowhere in it, which is then to be judged
// as a whole.
func (c *Recall) Results() (all []*Result, ok bool) {
	for _, p := range c.pieces {
		all = append(all, p.results...)
	}
	return all, !c.lost
}

// Kept is what to keep for the next Recall; nil where that is what there was.
func (c *Recall) Kept() []byte {
	if c.lost || c.same && !slices.ContainsFunc(c.pieces, func(p piece) bool { return !p.known && p.keeps }) {
		return nil
	}
	now := recalled{Text: sum(c.src.text)}
	for _, p := range c.pieces {
		r := recalledPiece{Span: p.span, Text: sum(c.src.text[p.span.Start:p.span.End]), Known: p.keeps}
		if p.keeps {
			r.Kept = p.kept
		}
		now.Pieces = append(now.Pieces, r)
	}
	t := &tape{}
	if now.on(t); slices.Equal(t.written, c.before) {
		return nil
	}
	return t.written
}
