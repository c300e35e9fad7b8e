package services

import (
	"time"

	"github.com/slice2go/slice2go/generated/omero"
)

// period reads two days as OMERO's search writes them, "20260131" each; empty is
// no limit. The end is the day's.
func period(from, to string) (start, stop *omero.RTime, err error) {
	if from != "" {
		t, err := time.Parse("20060102", from)
		if err != nil {
			return nil, nil, ApiUsage("the date %q is not like 20260131", firstLine(from))
		}
		start = omero.NewRTime(t.UnixMilli())
	}
	if to != "" {
		t, err := time.Parse("20060102", to)
		if err != nil {
			return nil, nil, ApiUsage("the date %q is not like 20260131", firstLine(to))
		}
		stop = omero.NewRTime(t.AddDate(0, 0, 1).UnixMilli())
	}
	return start, stop, nil
}

// exampleConditions compare the annotation a with an example.
func exampleConditions(e omero.AnyAnnotation, a args) (conditions []string) {
	compare := func(path string, v omero.AnyRType) {
		if isNil(v) {
			return
		}
		name := "e" + number(int64(len(a)))
		a[name] = v
		conditions = append(conditions, "a."+path+" = :"+name)
	}
	compare("ns", e.AsAnnotation().Ns)
	switch e := e.(type) {
	case omero.AnyTextAnnotation:
		compare("textValue", e.AsTextAnnotation().TextValue)
	case *omero.LongAnnotation:
		compare("longValue", e.LongValue)
	case *omero.DoubleAnnotation:
		compare("doubleValue", e.DoubleValue)
	case *omero.BooleanAnnotation:
		compare("boolValue", e.BoolValue)
	case *omero.TimestampAnnotation:
		compare("timeValue", e.TimeValue)
	case *omero.TermAnnotation:
		compare("termValue", e.TermValue)
	}
	return conditions
}
