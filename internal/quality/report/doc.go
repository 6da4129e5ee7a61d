// Package report answers the questions that the quality portal asks of the
// archive: calls per hour with their good, poor and unclassified streams, the
// list of recent calls, one call with what every party measured of it side by
// side, and how fresh all of that is.
//
// Nothing is classified or mapped when a row is stored: a verdict is computed
// here, at query time, from the rule set that the question names, so a changed
// rule shows in the next answer, history included.
package report
