package workflow

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// textOf returns the text of an error that a step made. Where its method panics,
// as that of a nil pointer in a joined error does, it is put together of the texts
// that can be had; instead of each other one stands what it is.
func textOf(err error) (text string) {
	if err == nil {
		return "<nil>"
	}
	defer func() {
		if recover() != nil {
			text = textOfParts(err)
		}
	}()
	return err.Error()
}

func textOfParts(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("an error of type %T, whose text could not be made", err)
		}
	}()
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Sprintf("a nil %T", err)
	}
	var parts []error
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		parts = e.Unwrap()
	default:
		parts = []error{errors.Unwrap(err)}
	}
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		if p != nil {
			texts = append(texts, textOf(p))
		}
	}
	if len(texts) == 0 {
		panic("there are no parts")
	}
	return strings.Join(texts, "\n")
}
