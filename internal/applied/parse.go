package applied

import (
	"fmt"
	"strings"
)

// parser cuts the text of a file into statements as goose does, which knows nothing of
// quotes: at a line that ends in a semicolon, or at StatementEnd.
type parser struct {
	file  file
	into  *[]string // of the section that is read; nil before the first
	block bool
	text  strings.Builder
}

func parse(text string) (file, error) {
	var p parser
	for line := range strings.Lines(text) {
		if err := p.line(line); err != nil {
			return file{}, err
		}
	}
	if p.block || strings.TrimSpace(p.text.String()) != "" {
		return file{}, fmt.Errorf("the last statement has no end: %s", &p.text)
	}
	return p.file, nil
}

func (p *parser) line(line string) error {
	trimmed := strings.TrimSpace(line)
	isComment := strings.HasPrefix(trimmed, "--")
	switch annotation, ok := strings.CutPrefix(trimmed, "-- +goose "); {
	case ok:
		return p.annotation(annotation)
	case p.into == nil && (isComment || trimmed == ""), p.text.Len() == 0 && (isComment || trimmed == ""):
		return nil
	case p.into == nil:
		return fmt.Errorf("a statement before -- +goose Up: %s", line)
	}
	p.text.WriteString(line)
	code, _, _ := strings.Cut(trimmed, " --")
	if !p.block && !isComment && strings.HasSuffix(strings.TrimSpace(code), ";") {
		p.end()
	}
	return nil
}

func (p *parser) end() {
	*p.into = append(*p.into, p.text.String())
	p.text.Reset()
}

func (p *parser) annotation(name string) error {
	switch {
	case name == "Up" && p.into == nil:
		p.into = &p.file.up
	case name == "Down" && p.into == &p.file.up && !p.block && strings.TrimSpace(p.text.String()) == "":
		p.into = &p.file.down
	case name == "StatementBegin" && p.into != nil && !p.block:
		p.block = true
	case name == "StatementEnd" && p.block:
		p.block = false
		p.end()
	case name == "NO TRANSACTION":
		p.file.bare = true
	default:
		return fmt.Errorf("-- +goose %s does not belong here", name)
	}
	return nil
}
