// Package archive keeps the history of call quality: calls, their legs, one
// fact row for each media stream, what each party measured of it, and ratings.
//
// It runs on DuckDB inside of the process or on a ClickHouse server, with the
// same tables and the same queries. Text is dictionary-coded: rows hold small
// integers, and personal data can expire by emptying a dictionary. All writes
// replace rows by key, so doing one twice changes nothing. There is one writer.
package archive
