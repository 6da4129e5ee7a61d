package model

import "parley/internal/quality/archive"

func timeDimensions() []Dimension {
	var all []Dimension
	add := func(key, name string, p Part) {
		all = append(all, Dimension{Key: "time." + key, Name: name, Category: "Time", Kind: Moment, Part: p, Columns: []string{"started"},
			In: []Dataset{Streams, Calls, Ratings}})
	}
	add("year", "Year", ByYear)
	add("month", "Month Year", ByMonth)
	add("week", "Week Start", ByWeek)
	add("day", "Date", ByDay)
	add("hour", "Date Hour", ByHour)
	add("minute", "Date Minute", ByMinute)
	add("month_of_year", "Month", MonthOfYear)
	add("day_of_month", "Day", DayOfMonth)
	add("day_of_week", "Day Number Of Week", DayOfWeek)
	add("day_of_year", "Day Of Year", DayOfYear)
	add("week_of_year", "Week", WeekOfYear)
	add("hour_of_day", "Hour", HourOfDay)
	add("minute_of_hour", "Minute", MinuteOfHour)
	add("second_of_minute", "Second", SecondOfMinute)
	add("start", "Start Time", StartTime)
	all = append(all, Dimension{Key: "time.end", Name: "End Time", Category: "Time", Kind: Moment, Part: EndTime, Columns: []string{"ended"}, In: []Dataset{Streams, Calls}})
	all = append(all, Dimension{Key: "time.day_name", Name: "Day Of Week", Category: "Time", Kind: Moment, Part: DayOfWeek, Columns: []string{"started"},
		Values: []Value{{1, "Monday"}, {2, "Tuesday"}, {3, "Wednesday"}, {4, "Thursday"}, {5, "Friday"}, {6, "Saturday"}, {7, "Sunday"}}, In: []Dataset{Streams, Calls, Ratings}})
	all = append(all, Dimension{Key: "time.full_month", Name: "Full Month", Category: "Time", Kind: Moment, Part: ByMonth, Columns: []string{"started"}, In: []Dataset{Streams, Calls, Ratings}})
	return all
}

// callDimensions describe the call, of which a stream and a rating are a part.
func callDimensions() []Dimension {
	everywhere := []Dataset{Streams, Calls, Ratings}
	var all []Dimension
	add := func(key, name, column string, d Dimension) *Dimension {
		d.Key, d.Name, d.Category, d.In = key, name, "Call", everywhere
		d.Columns = []string{"call_" + column}
		if d.Expr == "" {
			d.Expr = "call_" + column
		}
		all = append(all, d)
		return &all[len(all)-1]
	}
	add("call.outcome", "Call Outcome", "outcome", Dimension{Kind: Code, Dict: archive.Word})
	add("call.classification", "Call Classification", "outcome", Dimension{Kind: Derived, Dict: archive.Word, Derive: callClass})
	add("call.sip_code", "Final SIP Code", "sip_code", Dimension{Kind: Number})
	add("call.reason", "CDR Response Reason", "reason", Dimension{Kind: Code, Dict: archive.Sentence})
	add("call.hung_up_by", "Hung Up By", "hung_up_by", Dimension{Kind: Code, Dict: archive.Word})
	add("call.known", "CDR Record Available", "known", Dimension{Kind: Enum, Unknown: -1, Values: flag})
	add("call.caller", "Caller Sip Uri", "caller", Dimension{Kind: Code, Dict: archive.User, Personal: true})
	add("call.callee", "Callee Sip Uri", "callee", Dimension{Kind: Code, Dict: archive.User, Personal: true})
	add("call.caller_domain", "Caller Domain", "caller", Dimension{Kind: Derived, Dict: archive.User, Derive: domainOf})
	add("call.callee_domain", "Callee Domain", "callee", Dimension{Kind: Derived, Dict: archive.User, Derive: domainOf})
	add("call.failure", "Media Failure Type", "failure", Dimension{Kind: Enum, Unknown: -1, Values: []Value{{0, "NotMediaFailure"}, {1, "CallSetup"}, {2, "Midcall"}}})
	add("rating.stars", "Feedback Rating", "stars", Dimension{Kind: Number}).Category = "Feedback"
	last := &all[len(all)-1]
	last.Columns, last.Expr, last.In = []string{"stars"}, "stars", []Dataset{Streams, Ratings}
	return all
}

func callClass(outcome string) string {
	switch outcome {
	case "":
		return ""
	case "unknown":
		return "ClassificationUnavailable"
	case "failed":
		return "Failure"
	}
	return "Success"
}
