package gentest

import (
	"errors"
	"iter"
	"reflect"
)

// element is what a batch returned for one element.
type element struct {
	Result any    `json:",omitempty"`
	Error  string `json:",omitempty"`
}

// Batch collects the results of a batch through its Query or QueryRow.
func Batch[T any](read func(func(int, T, error))) (any, error) {
	var list []element
	var failed error
	read(func(_ int, result T, err error) {
		text, _ := describe(err)
		list, failed = append(list, element{result, text}), errors.Join(failed, err)
	})
	return list, failed
}

// BatchExec collects the results of a batch through its Exec.
func BatchExec(read func(func(int, error))) (any, error) {
	var failed error
	read(func(_ int, err error) { failed = errors.Join(failed, err) })
	return nil, failed
}

// Rows collects what an iterator yields.
func Rows[T any](seq iter.Seq2[T, error]) (any, error) {
	var list []T
	for row, err := range seq {
		if err != nil {
			return list, err
		}
		list = append(list, row)
	}
	return list, nil
}

// Pointer points to v, or nowhere when v is the zero value: an argument that may be left out.
func Pointer[T any](v T) *T {
	if reflect.ValueOf(&v).Elem().IsZero() {
		return nil
	}
	return &v
}
